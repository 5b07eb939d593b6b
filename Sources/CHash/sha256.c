// SHA-256 of one message: whole blocks where they lie, then the padded rest from the stack.

#include "internal.h"

chash_sha256_state chash_sha256_initial(void) { return chash_initial(); }

void chash_sha256_bytes(const chash_sha256_state *state, uint8_t digest[32]) {
  chash_store_digest(state, digest);
}

void chash_sha256_blocks(chash_sha256_state *state, const void *blocks, size_t block_count) {
  chash_lane lane = chash_lane_over(*state, blocks);
  chash_current_engine()->compress[0](&lane, block_count);
  *state = lane.state;
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
  hasher.lane = chash_lane_over(chash_initial(), NULL);
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
  chash_store_digest(&hasher->lane.state, digest);
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

size_t chash_sha256_chain_prepare(const void *prepared, size_t count, chash_sha256_state *states) {
  return chash_current_engine()->chain_prepare(prepared, count, states);
}

void chash_sha256_chain_many(const void *prepared, size_t count, const chash_sha256_state *states,
                             size_t state_count, const uint8_t previous[32], uint64_t first,
                             uint64_t time, uint8_t *chains) {
  chash_current_engine()->chain_many(prepared, count, states, state_count, previous, first, time,
                                     chains);
}

void chash_sha256_links(const chash_link *links, size_t link_count, uint8_t *digests) {
  chash_current_engine()->links(links, link_count, digests);
}
