// SHA-256's compression function in plain C, after FIPS 180-4, section 6.2.2.

#include <stdalign.h>

#include "internal.h"

alignas(16) const uint32_t chash_round_constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// Macros, so that a build without optimisation, where the tests run, does not call 500 functions a
// block.
#define ROTATE(x, bits) ((x) >> (bits) | (x) << (32 - (bits)))
#define BIG_SIGMA_0(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define BIG_SIGMA_1(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define SMALL_SIGMA_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define SMALL_SIGMA_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)
#define CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

/// One round. Instead of moving all eight words on by one, the caller names them one further on.
#define ROUND(a, b, c, d, e, f, g, h, index)                                                      \
  do {                                                                                            \
    const uint32_t sum = h + BIG_SIGMA_1(e) + CHOOSE(e, f, g) + k[index] + w[(index) % 16];       \
    d += sum;                                                                                     \
    h = sum + BIG_SIGMA_0(a) + MAJORITY(a, b, c);                                                 \
  } while (0)

#define EIGHT_ROUNDS(index)                                                                       \
  do {                                                                                            \
    ROUND(a, b, c, d, e, f, g, h, (index));                                                       \
    ROUND(h, a, b, c, d, e, f, g, (index) + 1);                                                   \
    ROUND(g, h, a, b, c, d, e, f, (index) + 2);                                                   \
    ROUND(f, g, h, a, b, c, d, e, (index) + 3);                                                   \
    ROUND(e, f, g, h, a, b, c, d, (index) + 4);                                                   \
    ROUND(d, e, f, g, h, a, b, c, (index) + 5);                                                   \
    ROUND(c, d, e, f, g, h, a, b, (index) + 6);                                                   \
    ROUND(b, c, d, e, f, g, h, a, (index) + 7);                                                   \
  } while (0)

/// The message schedule's next sixteen words, each in the place of the one sixteen before it.
static inline void schedule(uint32_t w[16]) {
  for (size_t index = 0; index < 16; index++) {
    const uint32_t early = w[(index + 1) % 16];
    const uint32_t late = w[(index + 14) % 16];
    w[index] += SMALL_SIGMA_0(early) + w[(index + 9) % 16] + SMALL_SIGMA_1(late);
  }
}

static void compress(chash_sha256_state *state, const uint8_t *block) {
  const uint32_t *k = chash_round_constants;
  uint32_t *words = state->words;
  uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
  uint32_t e = words[4], f = words[5], g = words[6], h = words[7];
  uint32_t w[16];

  for (size_t index = 0; index < 16; index++) w[index] = chash_load_big_endian(block + 4 * index);
  EIGHT_ROUNDS(0);
  EIGHT_ROUNDS(8);
  for (size_t index = 16; index < 64; index += 16) {
    schedule(w);
    EIGHT_ROUNDS(index);
    EIGHT_ROUNDS(index + 8);
  }
  words[0] += a, words[1] += b, words[2] += c, words[3] += d;
  words[4] += e, words[5] += f, words[6] += g, words[7] += h;
}

void chash_compress_portable(chash_lane *lane, size_t block_count) {
  for (; block_count > 0; block_count--, chash_lane_move(lane)) {
    compress(&lane->state, lane->next);
  }
}

void chash_compress_and_crc_portable(chash_lane *lane, size_t block_count) {
  const size_t whole = block_count < lane->left ? block_count : lane->left;
  lane->crc = ~chash_crc32c(~lane->crc, lane->next, whole * BLOCK_BYTE_COUNT);
  chash_compress_portable(lane, block_count);
}

void chash_chain_portable(const chash_sha256_state *prepared, const uint8_t previous[32],
                          const uint8_t ordered[16], uint8_t digest[32]) {
  uint8_t block[2 * BLOCK_BYTE_COUNT];
  chash_sha256_state state = *prepared;
  memcpy(block, previous, 32);
  memcpy(block + 32, ordered, 16);
  chash_pad(block, 48, BLOCK_BYTE_COUNT + 48);
  compress(&state, block);
  chash_store_digest(&state, digest);
}

static chash_sha256_state state_after(const uint8_t *prepared) {
  chash_sha256_state state = chash_initial();
  compress(&state, prepared);
  return state;
}

size_t chash_chain_prepare_portable(const uint8_t *prepared, size_t count,
                                    chash_sha256_state *states) {
  for (size_t index = 0; index < count; index++) {
    states[index] = state_after(prepared + index * BLOCK_BYTE_COUNT);
  }
  return count;
}

void chash_chain_many_portable(const uint8_t *prepared, size_t count,
                               const chash_sha256_state *states, size_t state_count,
                               const uint8_t previous[32], uint64_t first, uint64_t time,
                               uint8_t *chains) {
  for (size_t index = 0; index < count; index++, prepared += BLOCK_BYTE_COUNT) {
    const chash_sha256_state state = index < state_count ? states[index] : state_after(prepared);
    uint8_t ordered[16];
    chash_store_little_endian(ordered, first + index);
    chash_store_little_endian(ordered + 8, time);
    chash_chain_portable(&state, previous, ordered, chains);
    previous = chains;
    chains += CHASH_SHA256_BYTE_COUNT;
  }
}

void chash_links_portable(const chash_link *links, size_t link_count, uint8_t *digests) {
  for (; link_count > 0; link_count--, links++, digests += CHASH_SHA256_BYTE_COUNT) {
    const chash_sha256_state state = state_after(links->prepared);
    chash_chain_portable(&state, links->previous, links->ordered, digests);
  }
}
