// SHA-256 of one message: whole blocks where they lie, then the padded rest from the stack.

#include <string.h>

#include "internal.h"

chash_sha256_state chash_sha256_initial(void) {
  return (chash_sha256_state){{
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }};
}

void chash_sha256_bytes(const chash_sha256_state *state, uint8_t digest[32]) {
  for (size_t word = 0; word < 8; word++) {
    chash_store_big_endian(digest + 4 * word, state->words[word]);
  }
}

void chash_sha256_blocks(chash_sha256_state *state, const void *blocks, size_t block_count) {
  chash_lane lane = {*state, blocks};
  chash_current_engine()->compress[0](&lane, block_count);
  *state = lane.state;
}

size_t chash_pad(uint8_t tail[2 * BLOCK_BYTE_COUNT], size_t held, uint64_t byte_count) {
  const size_t block_count = held + 1 + sizeof byte_count <= BLOCK_BYTE_COUNT ? 1 : 2;
  uint8_t *end = tail + block_count * BLOCK_BYTE_COUNT;
  const uint64_t bit_count = byte_count * 8;
  tail[held] = 0x80;
  memset(tail + held + 1, 0, (size_t)(end - 8 - (tail + held + 1)));
  chash_store_big_endian(end - 8, (uint32_t)(bit_count >> 32));
  chash_store_big_endian(end - 4, (uint32_t)bit_count);
  return block_count;
}

/// A message under way, with the bytes that do not yet fill a block.
typedef struct hasher {
  const chash_engine *engine;
  chash_lane lane;
  uint8_t tail[2 * BLOCK_BYTE_COUNT];
  size_t held;
} hasher;

static hasher begin(void) {
  hasher hasher;
  hasher.engine = chash_current_engine();
  hasher.lane.state = chash_sha256_initial();
  hasher.held = 0;
  return hasher;
}

static inline void compress(hasher *hasher, const uint8_t *blocks, size_t block_count) {
  hasher->lane.next = blocks;
  hasher->engine->compress[0](&hasher->lane, block_count);
}

static inline void hold(hasher *hasher, const uint8_t *bytes, size_t count) {
  memcpy(hasher->tail + hasher->held, bytes, count);
  hasher->held += count;
}

static inline void update(hasher *hasher, const uint8_t *bytes, size_t count) {
  if (count == 0) return;  // `bytes` may be NULL, which even memcpy of nothing may not be given
  if (hasher->held > 0) {
    const size_t room = BLOCK_BYTE_COUNT - hasher->held;
    const size_t taken = count < room ? count : room;
    hold(hasher, bytes, taken);
    if (hasher->held < BLOCK_BYTE_COUNT) return;
    compress(hasher, hasher->tail, 1);
    hasher->held = 0;
    bytes += taken;
    count -= taken;
  }
  const size_t block_count = count / BLOCK_BYTE_COUNT;
  if (block_count > 0) compress(hasher, bytes, block_count);
  hold(hasher, bytes + block_count * BLOCK_BYTE_COUNT, count % BLOCK_BYTE_COUNT);
}

static inline void finish(hasher *hasher, uint64_t byte_count, uint8_t digest[32]) {
  compress(hasher, hasher->tail, chash_pad(hasher->tail, hasher->held, byte_count));
  chash_sha256_bytes(&hasher->lane.state, digest);
}

void chash_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
  hasher hasher = begin();
  update(&hasher, bytes, count);
  finish(&hasher, count, digest);
}

void chash_sha256_pair(const void *first, size_t first_count, const void *second,
                       size_t second_count, uint8_t digest[32]) {
  hasher hasher = begin();
  update(&hasher, first, first_count);
  update(&hasher, second, second_count);
  finish(&hasher, (uint64_t)first_count + second_count, digest);
}

void chash_sha256_chain(const chash_sha256_state *prepared, const uint8_t previous[32],
                        const uint8_t ordered[16], uint8_t digest[32]) {
  chash_current_engine()->chain(prepared, previous, ordered, digest);
}
