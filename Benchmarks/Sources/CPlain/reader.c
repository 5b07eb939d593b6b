#define _GNU_SOURCE
#include "internal.h"

#include "chash.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct plain_reader {
  const uint8_t *bytes;
  size_t size;
  plain_chain chain_form;
  uint64_t count;
  uint64_t *offsets;
};

plain_reader *plain_open(const char *path, plain_chain chain) {
  plain_reader *reader = calloc(1, sizeof *reader);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  PLAIN_CHECK(fd >= 0);
  struct stat status;
  PLAIN_CHECK(fstat(fd, &status) == 0);
  reader->size = (size_t)status.st_size;
  reader->bytes = mmap(NULL, reader->size, PROT_READ, MAP_SHARED, fd, 0);
  PLAIN_CHECK(reader->bytes != MAP_FAILED);
  close(fd);
  reader->chain_form = chain;
  size_t header = plain_header_size(chain), capacity = 0, offset = 0;
  while (offset + header <= reader->size) {
    uint32_t count = *(const uint32_t *)(reader->bytes + offset);
    if (count == 0) break;
    if (reader->count == capacity) {
      capacity = capacity ? capacity * 2 : 1024;
      reader->offsets = realloc(reader->offsets, capacity * sizeof *reader->offsets);
    }
    reader->offsets[reader->count++] = offset;
    offset += header + plain_padded(count);
  }
  return reader;
}

uint64_t plain_count(const plain_reader *reader) { return reader->count; }

uint64_t plain_sum(const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint64_t sum = 0, word;
  for (; count >= 8; count -= 8, p += 8) {
    memcpy(&word, p, 8);
    sum += word;
  }
  while (count-- > 0) sum += *p++;
  return sum;
}

const void *plain_payload(const plain_reader *reader, uint64_t index, size_t *length) {
  const uint8_t *frame = reader->bytes + reader->offsets[index];
  uint32_t count = *(const uint32_t *)frame, stored, crc;
  size_t padded = plain_padded(count);
  if (reader->chain_form == PLAIN_TWO_STEP) {
    stored = *(const uint32_t *)(frame + 12);
    crc = chash_crc32c(chash_crc32c(0, frame + 128, padded), frame, 12);
  } else {
    stored = *(const uint32_t *)(frame + 4);
    crc = chash_crc32c(0, frame + 8, 40 + padded);
  }
  PLAIN_CHECK(crc == stored);
  *length = count;
  return frame + plain_header_size(reader->chain_form);
}

uint64_t plain_read(const plain_reader *reader, uint64_t index) {
  size_t count;
  const void *payload = plain_payload(reader, index, &count);
  return plain_sum(payload, count);
}

uint64_t plain_allocated(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
}

static const uint8_t genesis[32];

/// Adjacent pairs verify alone, in any order: digests and links in interleaved lanes.
static bool verify_two_step(const plain_reader *reader, uint64_t first, uint64_t end) {
  enum { GROUP = 48 };
  const void *messages[2 * GROUP];
  size_t counts[2 * GROUP];
  uint8_t digests[2 * GROUP][32], links[GROUP][112];
  while (first < end) {
    size_t group = end - first < GROUP ? (size_t)(end - first) : GROUP;
    for (size_t i = 0; i < group; i++) {
      const uint8_t *frame = reader->bytes + reader->offsets[first + i];
      const uint8_t *previous =
          first + i == 0 ? genesis : reader->bytes + reader->offsets[first + i - 1] + 96;
      messages[i] = frame + 128;
      counts[i] = *(const uint32_t *)frame;
      memcpy(links[i], frame + 16, 64);
      memcpy(links[i] + 64, previous, 32);
      memcpy(links[i] + 96, frame + 80, 16);
      messages[group + i] = links[i];
      counts[group + i] = 112;
    }
    chash_sha256_many(messages, counts, 2 * group, digests[0]);
    for (size_t i = 0; i < group; i++) {
      const uint8_t *frame = reader->bytes + reader->offsets[first + i];
      if (memcmp(digests[i], frame + 48, 32) != 0) return false;
      if (memcmp(digests[group + i], frame + 96, 32) != 0) return false;
    }
    first += group;
  }
  return true;
}

static bool verify_one_lane(const plain_reader *reader, uint64_t first, uint64_t end) {
  for (uint64_t i = first; i < end; i++) {
    const uint8_t *frame = reader->bytes + reader->offsets[i];
    const uint8_t *previous =
        i == 0 ? genesis : reader->bytes + reader->offsets[i - 1] + 16;
    uint8_t digest[32];
    chash_sha256_pair(previous, 32, frame + 48, *(const uint32_t *)frame, digest);
    if (memcmp(digest, frame + 16, 32) != 0) return false;
  }
  return true;
}

bool plain_verify(const plain_reader *reader, uint64_t first, uint64_t end) {
  return reader->chain_form == PLAIN_TWO_STEP ? verify_two_step(reader, first, end)
                                              : verify_one_lane(reader, first, end);
}

void plain_release(plain_reader *reader) {
  munmap((void *)reader->bytes, reader->size);
  free(reader->offsets);
  free(reader);
}
