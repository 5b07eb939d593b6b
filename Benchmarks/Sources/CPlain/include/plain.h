// The physical limits that the engines are held against: the least code that writes the same chain
// with plain system calls. One file, frames one after the other, no index, no recovery.
//
// Errors end the process with a message: a benchmark has no use for going on.

#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How a record is chained.
typedef enum plain_chain {
  /// As Intaglio does: SHA-256 of the payload, then of the header with that digest and the previous
  /// value. 128 bytes a frame and a CRC-32C.
  PLAIN_TWO_STEP,
  /// As most do: SHA-256(previous value, payload). 48 bytes a frame and a CRC-32C.
  PLAIN_ONE_LANE,
} plain_chain;

/// When `plain_append` returns.
typedef enum plain_mode {
  /// When the frame is in a buffer of 1 MiB, which is written when it is full.
  PLAIN_BUFFERED,
  /// Frames are written by `plain_commit`.
  PLAIN_WRITTEN,
  /// Frames are written and synced by `plain_commit`.
  PLAIN_SYNCED,
  /// A second thread writes and syncs one buffer while the other is filled; `plain_wait` waits for it.
  PLAIN_PIPELINED,
} plain_mode;

typedef struct plain_log plain_log;

/// Makes `path` anew. `prepared` bytes of zeros are written and synced ahead.
plain_log *plain_create(const char *path, plain_chain chain, plain_mode mode, size_t prepared);
/// Adds one frame and returns its number plus one.
uint64_t plain_append(plain_log *log, const void *payload, size_t count);
/// Writes, and in PLAIN_SYNCED syncs, what was appended.
void plain_commit(plain_log *log);
/// PLAIN_PIPELINED: blocks until `count` records are synced.
void plain_wait(plain_log *log, uint64_t count);
/// Writes what is left.
void plain_close(plain_log *log);

/// A file of frames, mapped.
typedef struct plain_reader plain_reader;
/// Maps `path` and walks along its frames to learn their places.
plain_reader *plain_open(const char *path, plain_chain chain);
uint64_t plain_count(const plain_reader *reader);
/// The payload of a record, borrowed from the mapping; CRC checked.
const void *plain_payload(const plain_reader *reader, uint64_t index, size_t *count);
/// The sum of the payload's words, so that every byte is touched; CRC checked.
uint64_t plain_read(const plain_reader *reader, uint64_t index);
/// Computes digests and chain of the records from `first` up to `end` anew; false if one differs.
bool plain_verify(const plain_reader *reader, uint64_t first, uint64_t end);
void plain_release(plain_reader *reader);

/// The bytes that the file at `path` takes on the disk; 0 if there is none.
uint64_t plain_allocated(const char *path);

/// The same words as `plain_read` sums, for the other contenders.
uint64_t plain_sum(const void *bytes, size_t count);

/// JSON Lines: {"seq":N,"prev":HEX,"data":"escaped payload","hash":HEX}, one record a line,
/// the hash being SHA-256(previous hash, payload).
///
/// Writes one line to `output`, which has room for 256 + 6 * count bytes, and returns its length.
size_t plain_json_line(char *output, uint64_t sequence, uint8_t chain[32], const void *payload,
                       size_t count);
/// Reads the line of `count` bytes; its payload goes to `payload`, which has room for as many, and
/// the chain value read to `chain`. Returns the payload's length, or -1.
ptrdiff_t plain_json_parse(const char *line, size_t count, uint8_t *payload, uint8_t chain[32]);

#endif
