// Hints for the caches: they change no value, and none is needed.

#include "internal.h"

enum { LINE_BYTE_COUNT = 64, MOST_BYTES = 2048 };

/// The end of what is asked for, counted from the beginning of the first line.
static size_t end_of(const void *bytes, size_t count) {
  if (count == 0) return 0;
  return (uintptr_t)bytes % LINE_BYTE_COUNT + (count < MOST_BYTES ? count : MOST_BYTES);
}

void chash_prefetch(const void *bytes, size_t count) {
  const size_t end = end_of(bytes, count);
  const uint8_t *line = (const uint8_t *)((uintptr_t)bytes / LINE_BYTE_COUNT * LINE_BYTE_COUNT);
  for (size_t offset = 0; offset < end; offset += LINE_BYTE_COUNT) {
    __builtin_prefetch(line + offset);
  }
}

// Every x86-64 processor knows the instruction, at least as one that does nothing.
#if defined(__x86_64__)
__attribute__((target("prfchw")))
#endif
void chash_prefetch_for_writing(const void *bytes, size_t count) {
  const size_t end = end_of(bytes, count);
  const uint8_t *line = (const uint8_t *)((uintptr_t)bytes / LINE_BYTE_COUNT * LINE_BYTE_COUNT);
  for (size_t offset = 0; offset < end; offset += LINE_BYTE_COUNT) {
    __builtin_prefetch(line + offset, 1);
  }
}
