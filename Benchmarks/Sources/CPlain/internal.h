#ifndef PLAIN_INTERNAL_H
#define PLAIN_INTERNAL_H

#include "plain.h"

#include <stdio.h>
#include <stdlib.h>

/// The bytes before a payload.
static inline size_t plain_header_size(plain_chain chain) {
  return chain == PLAIN_TWO_STEP ? 128 : 48;
}

static inline size_t plain_padded(size_t count) { return (count + 7) & ~(size_t)7; }

#define PLAIN_CHECK(condition)                                                                     \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      perror("plain C writer: " #condition);                                                       \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

#endif
