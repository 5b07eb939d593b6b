// Hints for the caches: they change no value, and none is needed.

#include "internal.h"

enum { LINE_BYTE_COUNT = 64, MOST_BYTES = 2048 };

static const uint8_t *line_of(const void *bytes) {
  return (const uint8_t *)((uintptr_t)bytes / LINE_BYTE_COUNT * LINE_BYTE_COUNT);
}

/// The end of what is asked for, counted from the beginning of its first line.
static size_t end_of(const void *bytes, size_t count) {
  if (count == 0) return 0;
  return (uintptr_t)bytes % LINE_BYTE_COUNT + (count < MOST_BYTES ? count : MOST_BYTES);
}

void chash_prefetch(const void *bytes, size_t count) {
  const uint8_t *line = line_of(bytes);
  const size_t end = end_of(bytes, count);
  for (size_t offset = 0; offset < end; offset += LINE_BYTE_COUNT) {
    __builtin_prefetch(line + offset);
  }
}

void chash_prefetch_for_writing(const void *bytes, size_t count) {
  chash_current_engine()->prefetch_for_writing(bytes, count);
}

#if defined(__x86_64__)

// Of processors that have the SHA instructions every one has this one.
__attribute__((target("prfchw"))) void chash_prefetch_for_writing_prfchw(const void *bytes,
                                                                         size_t count) {
  const uint8_t *line = line_of(bytes);
  const size_t end = end_of(bytes, count);
  for (size_t offset = 0; offset < end; offset += LINE_BYTE_COUNT) {
    __builtin_prefetch(line + offset, 1);
  }
}

#endif
