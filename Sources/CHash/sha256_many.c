// Sums of many messages: which message runs in which lane.
//
// One message leaves half of the SHA unit idle, for every round waits for the one before. So as
// many messages run side by side as the engine has lanes, always over as many blocks as all of them
// have at hand. A message that ends leaves its lane to the next one; lanes run empty only when no
// message is left to start.
//
// The messages are all there, or come one after the other into a queue: whoever copies messages
// waits for memory, and hashing does not. So blocks of earlier messages are compressed while the
// caches fetch what is copied next.

#include "internal.h"

// Where messages come from and sums go is decided by who calls: no question of it is to remain.
#define INLINE __attribute__((always_inline)) static inline

/// Where messages come from: a queue, or where `addresses` is not NULL, a list.
typedef struct source {
  const void *const *addresses;
  const size_t *byte_counts;
  const uint8_t *base;
  const chash_message *queued;
  size_t count;
} source;

/// Where sums go: digests alone if `digests` is not NULL.
typedef struct sink {
  uint8_t *digests;
  chash_sum *sums;
} sink;

/// Gives the lane `index` the message `number`.
INLINE void begin(chash_queue *queue, size_t index, const source *source, size_t number) {
  chash_job *job = &queue->jobs[index];
  uint8_t *tail = queue->tails[index];
  const uint8_t *message;
  size_t byte_count;
  if (source->addresses) {
    message = source->addresses[number];
    byte_count = source->byte_counts[number];
    job->sum_index = number;
  } else {
    message = source->base + source->queued[number].offset;
    byte_count = source->queued[number].byte_count;
    job->sum_index = source->queued[number].sum_index;
  }
  const size_t held = byte_count % BLOCK_BYTE_COUNT;
  const size_t whole = byte_count / BLOCK_BYTE_COUNT;
  if (held > 0) memcpy(tail, message + (byte_count - held), held);
  job->block_count = whole + chash_pad(tail, held, byte_count);
  queue->lanes[index] = whole > 0
                            ? (chash_lane){chash_initial(), message, whole, tail, UINT32_MAX}
                            : (chash_lane){chash_initial(), tail, 0, tail, UINT32_MAX};
}

/// Passes on the sum of the message that has ended in the lane `index`.
INLINE void end(const chash_queue *queue, size_t index, const sink *sink) {
  const chash_lane *lane = &queue->lanes[index];
  const size_t sum_index = queue->jobs[index].sum_index;
  if (sink->digests) {
    chash_store_digest(&lane->state, sink->digests + sum_index * CHASH_SHA256_BYTE_COUNT);
  } else {
    chash_store_digest(&lane->state, sink->sums[sum_index].digest);
    sink->sums[sum_index].crc = ~lane->crc;
  }
}

INLINE size_t blocks_common_to(const chash_queue *queue, size_t active) {
  size_t common = queue->jobs[0].block_count;
  for (size_t index = 1; index < active; index++) {
    if (queue->jobs[index].block_count < common) common = queue->jobs[index].block_count;
  }
  return common;
}

/// Compresses `block_count` blocks of the `active` lanes that have a message.
INLINE void compress_all(chash_queue *queue, size_t active, chash_compress *const *compress,
                         size_t lane_count, size_t block_count) {
  // More than the engine has lanes only if it was changed meanwhile.
  for (size_t first = 0; first < active; first += lane_count) {
    const size_t left = active - first;
    const size_t count = left < lane_count ? left : lane_count;
    compress[count - 1](queue->lanes + first, block_count);
  }
}

static const size_t TO_THE_END = SIZE_MAX;

/// Lets a lane's addresses follow what they point to.
static void move_addresses(chash_lane *lane, uintptr_t message_by, uintptr_t tail_by) {
  const uintptr_t next = (uintptr_t)lane->next;
  lane->next = (const uint8_t *)(next + (lane->left > 0 ? message_by : tail_by));
  lane->then = (const uint8_t *)((uintptr_t)lane->then + tail_by);
}

/// Closes a gap: what the lane `from` has is moved to the lane `to`.
static void move_lane(chash_queue *queue, size_t from, size_t to) {
  memcpy(queue->tails[to], queue->tails[from], sizeof queue->tails[to]);
  queue->jobs[to] = queue->jobs[from];
  queue->lanes[to] = queue->lanes[from];
  move_addresses(&queue->lanes[to], 0, (uintptr_t)queue->tails[to] - (uintptr_t)queue->tails[from]);
}

/// Compresses so many blocks of every lane, or as far as the messages that are there reach.
INLINE void work(chash_queue *queue, chash_compress *const *compress, size_t lane_count,
                 const source *source, const sink *sink, size_t rounds) {
  size_t started = queue->started;
  size_t active = queue->active;
  for (; active < lane_count && started < source->count; active++, started++) {
    begin(queue, active, source, started);
  }
  // A lane that stays empty is lost time: unless this is the end, the next messages will fill it.
  const size_t fewest = rounds == TO_THE_END ? 1 : lane_count;
  while (active >= fewest && rounds > 0) {
    size_t block_count = blocks_common_to(queue, active);
    if (block_count > rounds) block_count = rounds;
    if (rounds != TO_THE_END) rounds -= block_count;
    compress_all(queue, active, compress, lane_count, block_count);
    for (size_t index = active; index-- > 0;) {
      queue->jobs[index].block_count -= block_count;
      if (queue->jobs[index].block_count > 0) continue;
      end(queue, index, sink);
      if (started < source->count) {
        begin(queue, index, source, started++);
        continue;
      }
      active--;
      if (index < active) move_lane(queue, active, index);
    }
  }
  queue->started = started;
  queue->active = active;
}

void chash_sha256_many(const void *const *messages, const size_t *counts, size_t message_count,
                       uint8_t *digests) {
  const chash_engine *engine = chash_current_engine();
  const source source = {.addresses = messages, .byte_counts = counts, .count = message_count};
  const sink sink = {.digests = digests};
  chash_queue queue;
  queue.started = queue.active = 0;
  work(&queue, engine->compress, engine->lane_count, &source, &sink, TO_THE_END);
}

void chash_sum_many(const void *const *messages, const size_t *counts, size_t message_count,
                    chash_sum *sums) {
  const chash_engine *engine = chash_current_engine();
  const source source = {.addresses = messages, .byte_counts = counts, .count = message_count};
  const sink sink = {.sums = sums};
  chash_queue queue;
  queue.started = queue.active = 0;
  work(&queue, engine->compress_and_crc, engine->lane_count, &source, &sink, TO_THE_END);
}

/// Lets lanes point to where their messages and tails are now.
static void relocate(chash_queue *queue, const uint8_t *base) {
  const uintptr_t messages_by = (uintptr_t)base - queue->base;
  const uintptr_t tails_by = (uintptr_t)queue - queue->place;
  for (size_t index = 0; index < queue->active; index++) {
    move_addresses(&queue->lanes[index], messages_by, tails_by);
  }
  queue->base = (uintptr_t)base;
  queue->place = (uintptr_t)queue;
}

static void work_on(chash_queue *queue, const chash_engine *engine, const uint8_t *base,
                    const chash_message *messages, size_t message_count, chash_sum *sums,
                    size_t rounds) {
  const source source = {.base = base, .queued = messages, .count = message_count};
  const sink sink = {.sums = sums};
  if (queue->base != (uintptr_t)base || queue->place != (uintptr_t)queue) relocate(queue, base);
  work(queue, engine->compress_and_crc, engine->lane_count, &source, &sink, rounds);
}

/// How often so many lanes compress one block each for `block_count` of them. A division by what
/// the compiler does not know would take as long as a tenth of a block.
static size_t rounds_of(size_t block_count, size_t lane_count) {
  switch (lane_count) {
    case 1: return block_count;
    case 2: return (block_count + 1) / 2;
    default: return (block_count + 2) / 3;
  }
}

void chash_queue_advance(chash_queue *queue, const void *base, const chash_message *messages,
                         size_t message_count, chash_sum *sums, size_t block_count) {
  const chash_engine *engine = chash_current_engine();
  work_on(queue, engine, base, messages, message_count, sums,
          rounds_of(block_count, engine->lane_count));
}

void chash_queue_finish(chash_queue *queue, const void *base, const chash_message *messages,
                        size_t message_count, chash_sum *sums) {
  work_on(queue, chash_current_engine(), base, messages, message_count, sums, TO_THE_END);
}
