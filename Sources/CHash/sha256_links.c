// SHA-256 of many links of a chain.
//
// All have two blocks, so lanes start and end together: the first blocks are compressed where they
// lie, the second ones from the stack, where what never changes of them is written once.

#include "internal.h"

enum { LINK_BYTE_COUNT = 112, SECOND_BYTE_COUNT = LINK_BYTE_COUNT - BLOCK_BYTE_COUNT };

/// The links of one round, one a lane.
static inline void hash_round(const chash_engine *engine, const chash_link *links, size_t count,
                              uint8_t tails[][2 * BLOCK_BYTE_COUNT], uint8_t *digests) {
  chash_lane lanes[MOST_LANES];
  for (size_t index = 0; index < count; index++) {
    lanes[index] = (chash_lane){chash_initial(), links[index].prepared, 1, tails[index]};
    memcpy(tails[index], links[index].previous, 32);
    memcpy(tails[index] + 32, links[index].ordered, 16);
  }
  engine->compress[count - 1](lanes, 2);
  for (size_t index = 0; index < count; index++) {
    chash_store_digest(&lanes[index].state, digests + index * CHASH_SHA256_BYTE_COUNT);
  }
}

void chash_sha256_links(const chash_link *links, size_t link_count, uint8_t *digests) {
  const chash_engine *engine = chash_current_engine();
  const size_t lane_count = engine->lane_count;
  uint8_t tails[MOST_LANES][2 * BLOCK_BYTE_COUNT];
  for (size_t index = 0; index < lane_count; index++) {
    chash_pad(tails[index], SECOND_BYTE_COUNT, LINK_BYTE_COUNT);
  }
  while (link_count > 0) {
    const size_t count = link_count < lane_count ? link_count : lane_count;
    hash_round(engine, links, count, tails, digests);
    links += count;
    link_count -= count;
    digests += count * CHASH_SHA256_BYTE_COUNT;
  }
}
