// Sums of messages that come one after the other, some blocks at a time.
//
// Whoever copies messages waits for memory; hashing does not. So the blocks of earlier messages are
// compressed, in as many lanes as the engine has, while the caches fetch what is copied next.

#include "internal.h"

static void begin(chash_queue_lane *lane, const uint8_t *base, const chash_message *message) {
  const size_t held = message->byte_count % BLOCK_BYTE_COUNT;
  const size_t whole = message->byte_count - held;
  lane->state = chash_initial();
  lane->crc = UINT32_MAX;
  lane->sum_index = message->sum_index;
  lane->offset = message->offset;
  lane->block_count = whole / BLOCK_BYTE_COUNT;
  if (held > 0) memcpy(lane->tail, base + message->offset + whole, held);
  lane->tail_block_count = chash_pad(lane->tail, held, message->byte_count);
  lane->tail_offset = 0;
}

static size_t blocks_left(const chash_queue_lane *lane) {
  return lane->block_count + lane->tail_block_count;
}

/// Counts blocks as done; true if they were the message's last.
static bool advance(chash_queue_lane *lane, size_t block_count) {
  const size_t whole = block_count < lane->block_count ? block_count : lane->block_count;
  lane->offset += whole * BLOCK_BYTE_COUNT;
  lane->block_count -= whole;
  lane->tail_offset += (block_count - whole) * BLOCK_BYTE_COUNT;
  lane->tail_block_count -= block_count - whole;
  return blocks_left(lane) == 0;
}

static size_t blocks_common_to(const chash_queue *queue) {
  size_t common = blocks_left(&queue->lanes[0]);
  for (size_t index = 1; index < queue->active; index++) {
    const size_t left = blocks_left(&queue->lanes[index]);
    if (left < common) common = left;
  }
  return common;
}

/// Compresses `block_count` blocks of every lane that has a message.
static void compress(const chash_engine *engine, chash_queue *queue, const uint8_t *base,
                     size_t block_count) {
  chash_lane lanes[MOST_LANES];
  for (size_t index = 0; index < queue->active; index++) {
    const chash_queue_lane *lane = &queue->lanes[index];
    const uint8_t *tail = lane->tail + lane->tail_offset;
    lanes[index] =
        lane->block_count > 0
            ? (chash_lane){lane->state, base + lane->offset, lane->block_count, tail, lane->crc}
            : (chash_lane){lane->state, tail, 0, NULL, lane->crc};
  }
  // More at once than the engine has lanes only if it was changed meanwhile.
  for (size_t first = 0; first < queue->active; first += engine->lane_count) {
    const size_t left = queue->active - first;
    const size_t count = left < engine->lane_count ? left : engine->lane_count;
    engine->compress_and_crc[count - 1](lanes + first, block_count);
  }
  for (size_t index = 0; index < queue->active; index++) {
    queue->lanes[index].state = lanes[index].state;
    queue->lanes[index].crc = lanes[index].crc;
  }
}

/// Ends the messages whose last blocks these were, and gives their lanes to the next ones.
static void end_rounds(chash_queue *queue, const uint8_t *base, const chash_message *messages,
                       size_t message_count, chash_sum *sums, size_t block_count) {
  for (size_t index = queue->active; index-- > 0;) {
    chash_queue_lane *lane = &queue->lanes[index];
    if (!advance(lane, block_count)) continue;
    chash_store_digest(&lane->state, sums[lane->sum_index].digest);
    sums[lane->sum_index].crc = ~lane->crc;
    if (queue->started < message_count) {
      begin(lane, base, &messages[queue->started++]);
    } else {
      queue->active--;
      if (index < queue->active) *lane = queue->lanes[queue->active];
    }
  }
}

static void run(chash_queue *queue, const uint8_t *base, const chash_message *messages,
                size_t message_count, chash_sum *sums, size_t block_count, bool to_the_end) {
  const chash_engine *engine = chash_current_engine();
  size_t rounds = (block_count + engine->lane_count - 1) / engine->lane_count;
  while (queue->active < engine->lane_count && queue->started < message_count) {
    begin(&queue->lanes[queue->active++], base, &messages[queue->started++]);
  }
  // A lane that stays empty is lost time: unless this is the end, the next messages will fill it.
  const size_t fewest = to_the_end ? 1 : engine->lane_count;
  while (queue->active >= fewest && (to_the_end || rounds > 0)) {
    size_t count = blocks_common_to(queue);
    if (!to_the_end) {
      if (rounds < count) count = rounds;
      rounds -= count;
    }
    compress(engine, queue, base, count);
    end_rounds(queue, base, messages, message_count, sums, count);
  }
}

void chash_queue_advance(chash_queue *queue, const void *base, const chash_message *messages,
                         size_t message_count, chash_sum *sums, size_t block_count) {
  run(queue, base, messages, message_count, sums, block_count, false);
}

void chash_queue_finish(chash_queue *queue, const void *base, const chash_message *messages,
                        size_t message_count, chash_sum *sums) {
  run(queue, base, messages, message_count, sums, 0, true);
}

void chash_prefetch(const void *bytes, size_t count) {
  enum { LINE_BYTE_COUNT = 64, MOST_BYTES = 2048 };
  const uint8_t *next = bytes;
  const uint8_t *end = next + (count < MOST_BYTES ? count : MOST_BYTES);
  for (; next < end; next += LINE_BYTE_COUNT) __builtin_prefetch(next);
}
