// What the files of CHash share: an engine is one way to do the work.

#ifndef CHASH_INTERNAL_H
#define CHASH_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "chash.h"

#define BLOCK_BYTE_COUNT CHASH_SHA256_BLOCK_BYTE_COUNT
#define MOST_LANES 3

/// A message of which all blocks lie at `blocks`.
static inline chash_lane chash_lane_over(chash_sha256_state state, const void *blocks) {
  return (chash_lane){.state = state, .next = blocks};
}

/// Goes on to the next block, without a branch: where messages end is not foreseen.
static inline void chash_lane_move(chash_lane *lane) {
  const uint8_t *const next = lane->next + BLOCK_BYTE_COUNT;
  lane->next = lane->left == 1 ? lane->then : next;
  lane->left -= lane->left > 0;
}

/// Compresses `block_count` blocks of every lane. How many lanes is a property of the function.
typedef void chash_compress(chash_lane *lanes, size_t block_count);
typedef void chash_chain(const chash_sha256_state *prepared, const uint8_t previous[32],
                         const uint8_t ordered[16], uint8_t digest[32]);
typedef size_t chash_chain_prepare(const uint8_t *prepared, size_t count,
                                   chash_sha256_state *states);
typedef void chash_chain_many(const uint8_t *prepared, size_t count,
                              const chash_sha256_state *states, size_t state_count,
                              const uint8_t previous[32], uint64_t first, uint64_t time,
                              uint8_t *chains);
typedef void chash_links(const chash_link *links, size_t link_count, uint8_t *digests);
typedef void chash_prefetch_function(const void *bytes, size_t count);
typedef uint32_t chash_crc(uint32_t crc, const void *bytes, size_t count);
typedef uint32_t chash_crc_joined(uint32_t crc, const void *first, size_t first_count,
                                  const void *second, size_t second_count, uint64_t last);

typedef struct chash_engine {
  const char *description;
  size_t lane_count;
  chash_compress *compress[MOST_LANES];  ///< for one lane, two, three, as far as `lane_count`
  chash_compress *compress_and_crc[MOST_LANES];  ///< the same, and the lanes' CRCs
  chash_chain *chain;
  chash_chain_prepare *chain_prepare;
  chash_chain_many *chain_many;
  chash_links *links;
  chash_crc *crc32c;
  chash_crc_joined *crc32c_joined;
  chash_prefetch_function *prefetch_for_writing;
} chash_engine;

chash_compress chash_compress_portable, chash_compress_and_crc_portable;
chash_chain chash_chain_portable;
chash_chain_prepare chash_chain_prepare_portable;
chash_chain_many chash_chain_many_portable;
chash_links chash_links_portable;
chash_crc chash_crc32c_portable;
chash_crc_joined chash_crc32c_joined_portable;

#if defined(__x86_64__)
chash_compress chash_compress_shani_1, chash_compress_shani_2, chash_compress_shani_3;
chash_compress chash_compress_and_crc_shani_1, chash_compress_and_crc_shani_2,
    chash_compress_and_crc_shani_3;
chash_chain chash_chain_shani;
chash_chain_prepare chash_chain_prepare_shani;
chash_chain_many chash_chain_many_shani;
chash_links chash_links_shani;
chash_crc chash_crc32c_sse42;
chash_crc_joined chash_crc32c_joined_sse42;
chash_prefetch_function chash_prefetch_for_writing_prfchw;
#endif

/// The engine in use, NULL before the first call. Engines are constants, so the pointer is all that
/// threads have to agree on.
extern _Atomic(const chash_engine *) chash_chosen_engine;
const chash_engine *chash_choose_engine(void);

static inline const chash_engine *chash_current_engine(void) {
  const chash_engine *engine = atomic_load_explicit(&chash_chosen_engine, memory_order_acquire);
  return engine ? engine : chash_choose_engine();
}

/// The 64 round constants (FIPS 180-4, section 4.2.2), aligned for loads of four.
extern const uint32_t chash_round_constants[64];

static inline uint32_t chash_load_big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void chash_store_big_endian(uint8_t *bytes, uint32_t word) {
  bytes[0] = (uint8_t)(word >> 24);
  bytes[1] = (uint8_t)(word >> 16);
  bytes[2] = (uint8_t)(word >> 8);
  bytes[3] = (uint8_t)word;
}

static inline void chash_store_little_endian(uint8_t *bytes, uint64_t word) {
  for (size_t index = 0; index < 8; index++) bytes[index] = (uint8_t)(word >> (8 * index));
}

/// The state before the first block (FIPS 180-4, section 5.3.3).
static inline chash_sha256_state chash_initial(void) {
  return (chash_sha256_state){{
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }};
}

static inline void chash_store_digest(const chash_sha256_state *state, uint8_t digest[32]) {
  for (size_t word = 0; word < 8; word++) {
    chash_store_big_endian(digest + 4 * word, state->words[word]);
  }
}

/// Ends a message in `tail`, which already holds the `held` (0...63) bytes after its last whole
/// block: the mark, zeros, and the length of the whole message. Returns the blocks to compress, 1
/// or 2.
static inline size_t chash_pad(uint8_t tail[2 * BLOCK_BYTE_COUNT], size_t held,
                               uint64_t byte_count) {
  const size_t block_count = held + 1 + sizeof byte_count <= BLOCK_BYTE_COUNT ? 1 : 2;
  uint8_t *end = tail + block_count * BLOCK_BYTE_COUNT;
  const uint64_t bit_count = byte_count * 8;
  tail[held] = 0x80;
  // As many as may be needed, in any case: a constant is no call.
  memset(tail + held + 1, 0, BLOCK_BYTE_COUNT);
  chash_store_big_endian(end - 8, (uint32_t)(bit_count >> 32));
  chash_store_big_endian(end - 4, (uint32_t)bit_count);
  return block_count;
}

#endif
