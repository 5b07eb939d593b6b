// CHash: SHA-256 (FIPS 180-4) and CRC-32C (Castagnoli, RFC 3720 appendix B.4).
//
// The fastest implementation that the processor offers is chosen once, at the first call: SHA-NI
// with one, two or three interleaved lanes, and SSE4.2; else portable C. Nothing here allocates,
// fails, or reads outside the ranges given. All functions may be called from any thread at any
// time.

#ifndef CHASH_H
#define CHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHASH_SHA256_BYTE_COUNT 32
#define CHASH_SHA256_BLOCK_BYTE_COUNT 64

/// The eight working words of SHA-256 between two blocks (native integers, not bytes).
typedef struct chash_sha256_state {
  uint32_t words[8];
} chash_sha256_state;

/// SHA-256 of `count` bytes; `bytes` may be NULL when `count` is 0.
void chash_sha256(const void *bytes, size_t count, uint8_t digest[32]);

/// SHA-256 of two ranges one after the other, without joining them in memory.
void chash_sha256_pair(const void *first, size_t first_count, const void *second,
                       size_t second_count, uint8_t digest[32]);

/// SHA-256 of `message_count` messages of any lengths, several at a time in interleaved lanes.
/// `digests` has 32 bytes for each, in the order of the messages. Up to twice the rate of as many
/// calls of `chash_sha256` where the processor has SHA-NI (1.6 to 1.9 times on Zen 4 and 5).
void chash_sha256_many(const void *const *messages, const size_t *counts, size_t message_count,
                       uint8_t *digests);

/// The SHA-256 of a message, and the CRC-32C of its whole blocks of 64 bytes: whoever wants that of
/// the whole message continues it over the rest.
typedef struct chash_sum {
  uint8_t digest[CHASH_SHA256_BYTE_COUNT];
  uint32_t crc;
} chash_sum;

/// As `chash_sha256_many`, with CRCs, which cost nearly nothing beside the hash. `sums` has one for
/// each message, in their order.
void chash_sum_many(const void *const *messages, const size_t *counts, size_t message_count,
                    chash_sum *sums);

/// A message that waits in a queue: where it lies behind the queue's base, and which of the sums is
/// its.
typedef struct chash_message {
  size_t offset, byte_count, sum_index;
} chash_message;

/// A message on its way through the compression function, in one piece or in two: whole blocks
/// where they lie, then the padded rest from elsewhere. Compressing moves it on.
typedef struct chash_lane {
  chash_sha256_state state;
  const uint8_t *next;  ///< the next block
  size_t left;          ///< blocks at `next` after which it goes on at `then`, or 0: it stays there
  const uint8_t *then;
  uint32_t crc;  ///< where CRCs are asked for: that of the whole blocks so far, uncomplemented
} chash_lane;

/// What a queue knows of the message in a lane.
typedef struct chash_job {
  size_t block_count;  ///< blocks to compress, those of the padded rest among them
  size_t sum_index;
} chash_job;

/// Messages that come one after the other and are hashed meanwhile. All zeros is an empty queue.
/// Messages may be moved, and the queue be copied, between calls: the addresses that it holds are
/// put right at the next one.
typedef struct __attribute__((swift_attr("@Sendable"))) chash_queue {
  size_t started;         ///< messages that have or had a lane
  size_t active;          ///< lanes that have a message
  uintptr_t base, place;  ///< where messages and the queue itself were in the call before
  chash_lane lanes[3];
  chash_job jobs[3];
  uint8_t tails[3][2 * CHASH_SHA256_BLOCK_BYTE_COUNT];
} chash_queue;

/// Compresses about `block_count` blocks of the messages, fewer when not all lanes would be busy.
/// Of `messages` those that have or had a lane are the same as in the calls before; `sums` has one
/// for each.
void chash_queue_advance(chash_queue *queue, const void *base, const chash_message *messages,
                         size_t message_count, chash_sum *sums, size_t block_count);

/// Compresses all that remains.
void chash_queue_finish(chash_queue *queue, const void *base, const chash_message *messages,
                        size_t message_count, chash_sum *sums);

/// Asks the caches for the beginning of `bytes`, and does not wait for it. Any address is allowed.
void chash_prefetch(const void *bytes, size_t count);

/// The same for bytes that will be written, which perhaps another core has now.
void chash_prefetch_for_writing(const void *bytes, size_t count);

/// The three places in which a message of a chain lies: 64 bytes, 32 bytes, 16 bytes.
typedef struct chash_link {
  const uint8_t *prepared, *previous, *ordered;
} chash_link;

/// SHA-256 of `link_count` messages of 112 bytes, each in three places, several at a time in
/// interleaved lanes. `digests` has 32 bytes for each, in the order of the links.
void chash_sha256_links(const chash_link *links, size_t link_count, uint8_t *digests);

/// The state before the first block.
chash_sha256_state chash_sha256_initial(void);

/// Continues `state` over `block_count` whole blocks of 64 bytes.
void chash_sha256_blocks(chash_sha256_state *state, const void *blocks, size_t block_count);

/// The state as 32 bytes, big-endian, as a digest is written.
void chash_sha256_bytes(const chash_sha256_state *state, uint8_t digest[32]);

/// The serial step of an append: SHA-256 of a 112-byte message whose first 64 bytes are already in
/// `prepared`, followed by `previous` (32 bytes) and `ordered` (16 bytes). One block. `digest` may
/// lie where `prepared` or `previous` does.
void chash_sha256_chain(const chash_sha256_state *prepared, const uint8_t previous[32],
                        const uint8_t ordered[16], uint8_t digest[32]);

/// For `count` consecutive records, each of which has the value of the one before as its `previous`.
/// `prepared` has the first 64 bytes of each message, one after the other. Compresses what has to
/// be compressed before the serial steps begin, and returns of how many records `states` now has
/// the state: of the first where the other first blocks can be compressed beside the serial steps,
/// else of all.
size_t chash_sha256_chain_prepare(const void *prepared, size_t count, chash_sha256_state *states);

/// The serial steps of such records, one block each. The last 16 bytes of a message are a number
/// that counts up from `first`, and `time`, both little-endian. `chains` gets 32 bytes for each, and
/// may lie where `states` does, of which there are `state_count`.
void chash_sha256_chain_many(const void *prepared, size_t count, const chash_sha256_state *states,
                             size_t state_count, const uint8_t previous[32], uint64_t first,
                             uint64_t time, uint8_t *chains);

/// The CRC-32C of `count` bytes, continuing `crc` (0 for a first range): feeding a message in
/// pieces gives the same value as feeding it whole.
uint32_t chash_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same for two ranges and the eight bytes of `last`, little-endian, one after the other.
uint32_t chash_crc32c_joined(uint32_t crc, const void *first, size_t first_count,
                             const void *second, size_t second_count, uint64_t last);

/// Implementations, for tests, benchmarks and reports.
typedef enum chash_implementation {
  CHASH_FASTEST = 0,   ///< what the processor offers
  CHASH_PORTABLE = 1,  ///< portable C, one lane
  CHASH_ONE_LANE = 2,  ///< SHA-NI, messages one by one, where present
  CHASH_TWO_LANES = 3, ///< SHA-NI, at most two messages at a time, where present
} chash_implementation;

/// Chooses an implementation for the process, for tests and benchmarks only; what the processor
/// lacks falls back to portable. The environment variable INTAGLIO_HASH=portable chooses
/// CHASH_PORTABLE at start.
void chash_select(chash_implementation implementation);

/// What is in use, as text for reports: "sha-ni x3, sse4.2" or "portable".
const char *chash_description(void);

#endif
