// SHA-256 of many messages: which message runs in which lane.
//
// One message leaves half of the SHA unit idle, for every round waits for the one before. So as
// many messages run side by side as the engine has lanes, always over as many blocks as all of them
// have at hand. A message that ends leaves its lane to the next one; lanes run empty only when no
// message is left to start.

#include <stdbool.h>
#include <string.h>

#include "internal.h"

/// What the scheduler knows of the message in a lane: first its whole blocks, where they lie, then
/// the padded rest in `tail`.
typedef struct job {
  size_t block_count;       ///< blocks to compress at the lane's `next`
  size_t tail_block_count;  ///< blocks in `tail` that come after those; 0 once they are at `next`
  uint8_t *tail;
  uint8_t *digest;
} job;

static inline void turn_to_tail(chash_lane *lane, job *job) {
  lane->next = job->tail;
  job->block_count = job->tail_block_count;
  job->tail_block_count = 0;
}

static inline void start(chash_lane *lane, job *job, const uint8_t *message, size_t count,
                         uint8_t *digest) {
  const size_t held = count % BLOCK_BYTE_COUNT;
  lane->state = chash_sha256_initial();
  lane->next = message;
  job->digest = digest;
  job->block_count = count / BLOCK_BYTE_COUNT;
  if (held > 0) memcpy(job->tail, message + (count - held), held);
  job->tail_block_count = chash_pad(job->tail, held, count);
  if (job->block_count == 0) turn_to_tail(lane, job);
}

/// Counts blocks as done; true if they were the message's last.
static inline bool advance(chash_lane *lane, job *job, size_t block_count) {
  job->block_count -= block_count;
  if (job->block_count > 0) return false;
  if (job->tail_block_count == 0) return true;
  turn_to_tail(lane, job);
  return false;
}

static inline size_t blocks_common_to(const job *jobs, size_t job_count) {
  size_t common = jobs[0].block_count;
  for (size_t index = 1; index < job_count; index++) {
    if (jobs[index].block_count < common) common = jobs[index].block_count;
  }
  return common;
}

void chash_sha256_many(const void *const *messages, const size_t *counts, size_t message_count,
                       uint8_t *digests) {
  const chash_engine *engine = chash_current_engine();
  chash_lane lanes[MOST_LANES];
  job jobs[MOST_LANES];
  uint8_t tails[MOST_LANES][2 * BLOCK_BYTE_COUNT];
  size_t started = 0;
  size_t active = 0;

  for (; active < engine->lane_count && started < message_count; active++, started++) {
    jobs[active].tail = tails[active];
    start(&lanes[active], &jobs[active], messages[started], counts[started],
          digests + started * CHASH_SHA256_BYTE_COUNT);
  }
  while (active > 0) {
    const size_t block_count = blocks_common_to(jobs, active);
    engine->compress[active - 1](lanes, block_count);
    for (size_t index = active; index-- > 0;) {
      if (!advance(&lanes[index], &jobs[index], block_count)) continue;
      chash_sha256_bytes(&lanes[index].state, jobs[index].digest);
      if (started < message_count) {
        start(&lanes[index], &jobs[index], messages[started], counts[started],
              digests + started * CHASH_SHA256_BYTE_COUNT);
        started++;
      } else {
        // The last lane closes the gap. Its tail stays where it is, so what points there holds.
        active--;
        lanes[index] = lanes[active];
        jobs[index] = jobs[active];
      }
    }
  }
}

void chash_sha256_first_blocks(const void *blocks, size_t count, chash_sha256_state *states) {
  const chash_engine *engine = chash_current_engine();
  const uint8_t *next = blocks;
  while (count > 0) {
    const size_t active = count < engine->lane_count ? count : engine->lane_count;
    chash_lane lanes[MOST_LANES];
    for (size_t index = 0; index < active; index++, next += BLOCK_BYTE_COUNT) {
      lanes[index] = (chash_lane){chash_sha256_initial(), next};
    }
    engine->compress[active - 1](lanes, 1);
    for (size_t index = 0; index < active; index++) *states++ = lanes[index].state;
    count -= active;
  }
}
