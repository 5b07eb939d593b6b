#define _GNU_SOURCE
#include "internal.h"

#include "chash.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 20 };

struct plain_log {
  int fd;
  plain_chain chain_form;
  plain_mode mode;
  uint8_t chain[32];
  uint64_t count;
  off_t offset;
  uint8_t *buffer;
  size_t capacity;
  size_t used;
  // PLAIN_PIPELINED only.
  pthread_mutex_t lock;
  pthread_cond_t work, room, synced;
  pthread_t committer;
  uint8_t *spare;
  uint64_t synced_count;
  bool closing;
};

static void write_all(int fd, const uint8_t *bytes, size_t count, off_t offset) {
  while (count > 0) {
    ssize_t written = pwrite(fd, bytes, count, offset);
    PLAIN_CHECK(written > 0);
    bytes += written;
    count -= (size_t)written;
    offset += written;
  }
}

static void prepare(int fd, size_t count) {
  uint8_t *zeros = calloc(1, BUFFER_SIZE);
  for (size_t done = 0; done < count; done += BUFFER_SIZE)
    write_all(fd, zeros, BUFFER_SIZE, (off_t)done);
  free(zeros);
  PLAIN_CHECK(fdatasync(fd) == 0);
}

/// Writes and syncs a buffer while the other is filled.
static void *commit_forever(void *context) {
  plain_log *log = context;
  pthread_mutex_lock(&log->lock);
  for (;;) {
    while (log->used == 0 && !log->closing) pthread_cond_wait(&log->work, &log->lock);
    if (log->used == 0) break;
    uint8_t *full = log->buffer;
    size_t count = log->used;
    uint64_t records = log->count;
    log->buffer = log->spare;
    log->spare = full;
    log->used = 0;
    pthread_cond_broadcast(&log->room);
    pthread_mutex_unlock(&log->lock);
    write_all(log->fd, full, count, log->offset);
    PLAIN_CHECK(fdatasync(log->fd) == 0);
    pthread_mutex_lock(&log->lock);
    log->offset += (off_t)count;
    log->synced_count = records;
    pthread_cond_broadcast(&log->synced);
  }
  pthread_mutex_unlock(&log->lock);
  return NULL;
}

plain_log *plain_create(const char *path, plain_chain chain, plain_mode mode, size_t prepared) {
  plain_log *log = calloc(1, sizeof *log);
  unlink(path);
  log->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  PLAIN_CHECK(log->fd >= 0);
  log->chain_form = chain;
  log->mode = mode;
  log->capacity = BUFFER_SIZE;
  log->buffer = malloc(log->capacity);
  memset(log->buffer, 0, log->capacity);
  if (prepared > 0) prepare(log->fd, prepared);
  if (mode == PLAIN_PIPELINED) {
    log->spare = malloc(log->capacity);
    memset(log->spare, 0, log->capacity);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->work, NULL);
    pthread_cond_init(&log->room, NULL);
    pthread_cond_init(&log->synced, NULL);
    PLAIN_CHECK(pthread_create(&log->committer, NULL, commit_forever, log) == 0);
  }
  return log;
}

static void write_buffer(plain_log *log) {
  if (log->used == 0) return;
  write_all(log->fd, log->buffer, log->used, log->offset);
  log->offset += (off_t)log->used;
  log->used = 0;
}

static void encode_two_step(plain_log *log, uint8_t *frame, const void *payload, size_t count) {
  size_t padded = plain_padded(count);
  memset(frame, 0, 128);
  memset(frame + 128 + padded - 8 * (padded > 0), 0, 8 * (padded > 0));
  memcpy(frame + 128, payload, count);
  *(uint32_t *)frame = (uint32_t)count;
  frame[4] = 1;
  *(uint32_t *)(frame + 24) = (uint32_t)count;
  *(uint32_t *)(frame + 32) = 0x01010100;
  chash_sha256(payload, count, frame + 48);
  chash_sha256_state state = chash_sha256_initial();
  chash_sha256_blocks(&state, frame + 16, 1);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *(uint64_t *)(frame + 80) = log->count;
  *(uint64_t *)(frame + 88) = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  chash_sha256_chain(&state, log->chain, frame + 80, frame + 96);
  memcpy(log->chain, frame + 96, 32);
  uint32_t crc = chash_crc32c(0, frame + 128, padded);
  *(uint32_t *)(frame + 12) = chash_crc32c(crc, frame, 12);
}

static void encode_one_lane(plain_log *log, uint8_t *frame, const void *payload, size_t count) {
  size_t padded = plain_padded(count);
  memset(frame + 48 + padded - 8 * (padded > 0), 0, 8 * (padded > 0));
  memcpy(frame + 48, payload, count);
  *(uint32_t *)frame = (uint32_t)count;
  *(uint64_t *)(frame + 8) = log->count;
  chash_sha256_pair(log->chain, 32, payload, count, frame + 16);
  memcpy(log->chain, frame + 16, 32);
  *(uint32_t *)(frame + 4) = chash_crc32c(0, frame + 8, 40 + padded);
}

uint64_t plain_append(plain_log *log, const void *payload, size_t count) {
  bool pipelined = log->mode == PLAIN_PIPELINED;
  size_t size = plain_header_size(log->chain_form) + plain_padded(count);
  PLAIN_CHECK(size <= log->capacity);
  if (pipelined) {
    pthread_mutex_lock(&log->lock);
    while (log->used + size > log->capacity) pthread_cond_wait(&log->room, &log->lock);
  } else if (log->used + size > log->capacity) {
    write_buffer(log);
  }
  uint8_t *frame = log->buffer + log->used;
  if (log->chain_form == PLAIN_TWO_STEP)
    encode_two_step(log, frame, payload, count);
  else
    encode_one_lane(log, frame, payload, count);
  bool was_empty = log->used == 0;
  log->used += size;
  uint64_t number = ++log->count;
  if (pipelined) {
    if (was_empty) pthread_cond_signal(&log->work);
    pthread_mutex_unlock(&log->lock);
  }
  return number;
}

void plain_commit(plain_log *log) {
  if (log->mode == PLAIN_PIPELINED) return;
  write_buffer(log);
  if (log->mode == PLAIN_SYNCED) PLAIN_CHECK(fdatasync(log->fd) == 0);
}

void plain_wait(plain_log *log, uint64_t count) {
  pthread_mutex_lock(&log->lock);
  while (log->synced_count < count) pthread_cond_wait(&log->synced, &log->lock);
  pthread_mutex_unlock(&log->lock);
}

void plain_close(plain_log *log) {
  if (log->mode == PLAIN_PIPELINED) {
    pthread_mutex_lock(&log->lock);
    log->closing = true;
    pthread_cond_signal(&log->work);
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->committer, NULL);
    free(log->spare);
  } else {
    write_buffer(log);
  }
  PLAIN_CHECK(ftruncate(log->fd, log->offset) == 0);
  close(log->fd);
  free(log->buffer);
  free(log);
}
