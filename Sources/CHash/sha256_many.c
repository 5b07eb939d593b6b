// SHA-256 of many messages: which message runs in which lane.
//
// One message leaves half of the SHA unit idle, for every round waits for the one before. So as
// many messages run side by side as the engine has lanes, always over as many blocks as all of them
// have at hand. A message that ends leaves its lane to the next one; lanes run empty only when no
// message is left to start.

#include "internal.h"

/// What the scheduler knows of the message in a lane.
typedef struct job {
  size_t block_count;  ///< blocks to compress, those of the padded rest in `tail` among them
  uint8_t *tail;
  size_t message_index;
} job;

static inline void start(chash_lane *lane, job *job, const uint8_t *message, size_t count) {
  const size_t held = count % BLOCK_BYTE_COUNT;
  const size_t whole = count / BLOCK_BYTE_COUNT;
  if (held > 0) memcpy(job->tail, message + (count - held), held);
  job->block_count = whole + chash_pad(job->tail, held, count);
  *lane = whole > 0
              ? (chash_lane){chash_initial(), message, whole, job->tail, UINT32_MAX}
              : (chash_lane){chash_initial(), job->tail, 0, NULL, UINT32_MAX};
}

static inline size_t blocks_common_to(const job *jobs, size_t job_count) {
  size_t common = jobs[0].block_count;
  for (size_t index = 1; index < job_count; index++) {
    if (jobs[index].block_count < common) common = jobs[index].block_count;
  }
  return common;
}

/// `sums` is NULL where only digests are wanted: a constant wherever this is inlined.
static inline void hash_many(chash_compress *const *compress, size_t lane_count,
                             const void *const *messages, const size_t *counts,
                             size_t message_count, uint8_t *digests, chash_sum *sums) {
  chash_lane lanes[MOST_LANES];
  job jobs[MOST_LANES];
  uint8_t tails[MOST_LANES][2 * BLOCK_BYTE_COUNT];
  size_t started = 0;
  size_t active = 0;

  for (; active < lane_count && started < message_count; active++, started++) {
    jobs[active].tail = tails[active];
    jobs[active].message_index = started;
    start(&lanes[active], &jobs[active], messages[started], counts[started]);
  }
  while (active > 0) {
    const size_t block_count = blocks_common_to(jobs, active);
    compress[active - 1](lanes, block_count);
    for (size_t index = active; index-- > 0;) {
      jobs[index].block_count -= block_count;
      if (jobs[index].block_count > 0) continue;
      const size_t ended = jobs[index].message_index;
      if (sums) {
        chash_store_digest(&lanes[index].state, sums[ended].digest);
        sums[ended].crc = ~lanes[index].crc;
      } else {
        chash_store_digest(&lanes[index].state, digests + ended * CHASH_SHA256_BYTE_COUNT);
      }
      if (started < message_count) {
        jobs[index].message_index = started;
        start(&lanes[index], &jobs[index], messages[started], counts[started]);
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

void chash_sha256_many(const void *const *messages, const size_t *counts, size_t message_count,
                       uint8_t *digests) {
  const chash_engine *engine = chash_current_engine();
  hash_many(engine->compress, engine->lane_count, messages, counts, message_count, digests, NULL);
}

void chash_sum_many(const void *const *messages, const size_t *counts, size_t message_count,
                    chash_sum *sums) {
  const chash_engine *engine = chash_current_engine();
  hash_many(engine->compress_and_crc, engine->lane_count, messages, counts, message_count, NULL,
            sums);
}
