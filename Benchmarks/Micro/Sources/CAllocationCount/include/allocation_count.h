// Counts the heap allocations of the process, by standing in front of the functions of glibc.

#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

#include <stdint.h>

/// How many times memory was allocated so far, by all threads.
uint64_t allocation_count(void);

#endif
