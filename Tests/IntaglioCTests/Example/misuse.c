/* Calls that nobody should make: each has to be an error with a name, and never a crash. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "intaglio.h"

static int failures;

/* A call has to give `wanted`, and an error of that code whose name and message say something. */
static void expect(int line, int wanted, int code, intaglio_error *error) {
  int is_right = code == wanted && intaglio_error_code(error) == wanted;
  if (wanted != INTAGLIO_OK) {
    is_right = is_right && error != NULL && intaglio_error_name(error)[0] != 0 && intaglio_error_message(error)[0] != 0 &&
               strchr(intaglio_error_message(error), '\n') == NULL;
  }
  if (!is_right) {
    fprintf(stderr, "misuse: line %d: %d (%s: %s) instead of %d\n", line, code, intaglio_error_name(error),
            intaglio_error_message(error), wanted);
    failures += 1;
  }
  intaglio_error_free(error);
}

/* `call` uses `error`, which is dirty before it. */
#define EXPECT(wanted, call)                               \
  do {                                                     \
    intaglio_error *error = (intaglio_error *)(uintptr_t)1; \
    int code = (call);                                     \
    expect(__LINE__, wanted, code, error);                 \
  } while (0)

#define TEXT(text) text, strlen(text)
#define BYTES(text) (const uint8_t *)text, strlen(text)

/* ---- Handles ---- */

static void misuse_log_handle(intaglio_log log, int wanted) {
  intaglio_bytes bytes;
  intaglio_receipt receipt;
  intaglio_record record;
  intaglio_item item = {.data = NULL, .count = 0, .stream = 1, .flags = 0, .kind = 256};
  uint64_t number;
  uint32_t stream;
  intaglio_cursor cursor;
  EXPECT(wanted, intaglio_log_describe(log, &bytes, &error));
  EXPECT(wanted, intaglio_log_stream(log, TEXT("s"), &stream, &error));
  EXPECT(wanted, intaglio_log_streams(log, &bytes, &error));
  EXPECT(wanted, intaglio_log_append(log, 1, 256, 0, BYTES("x"), &receipt, &error));
  EXPECT(wanted, intaglio_log_append_batch(log, &item, 1, &receipt, &error));
  EXPECT(wanted, intaglio_log_wait(log, 0, &error));
  EXPECT(wanted, intaglio_log_synchronize(log, &error));
  EXPECT(wanted, intaglio_log_head(log, &number, NULL, &error));
  EXPECT(wanted, intaglio_log_read(log, 0, &record, &error));
  EXPECT(wanted, intaglio_cursor_open(log, INTAGLIO_ALL_STREAMS, 0, &cursor, &error));
  /* Another kind of handle it is in any case. */
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_cursor_next(log, 0, &record, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_cursor_close(log, &error));
  EXPECT(wanted, intaglio_state_get(log, NULL, 0, TEXT("c"), BYTES("k"), INTAGLIO_CURRENT, &bytes, &error));
  EXPECT(wanted, intaglio_state_set(log, NULL, 0, TEXT("c"), BYTES("k"), BYTES("v"), &receipt, &error));
  EXPECT(wanted, intaglio_state_remove(log, NULL, 0, TEXT("c"), BYTES("k"), &receipt, &error));
  EXPECT(wanted, intaglio_state_transaction(log, NULL, 0, TEXT("{\"changes\":[]}"), &receipt, &error));
  EXPECT(wanted, intaglio_state_list(log, NULL, 0, NULL, 0, &bytes, &error));
  EXPECT(wanted, intaglio_state_spaces(log, &bytes, &error));
  EXPECT(wanted, intaglio_checkpoint(log, NULL, 0, TEXT("l"), &number, &error));
  EXPECT(wanted, intaglio_checkpoints(log, NULL, 0, &bytes, &error));
  EXPECT(wanted, intaglio_rollback(log, NULL, 0, 0, TEXT("r"), TEXT("b"), &receipt, &error));
  EXPECT(wanted, intaglio_rollback_preview(log, NULL, 0, 0, &bytes, &error));
  EXPECT(wanted, intaglio_log_close(log, &error));
}

static void misuse_governor_handle(intaglio_governor governor, int wanted) {
  intaglio_bytes answer;
  uint64_t id;
  EXPECT(wanted, intaglio_governor_call(governor, TEXT("{\"do\":\"tickets\"}"), &answer, &error));
  EXPECT(wanted, intaglio_governor_send(governor, 1, TEXT("{\"do\":\"tickets\"}"), &error));
  EXPECT(wanted, intaglio_governor_next(governor, 0, &id, &answer, &error));
  EXPECT(wanted, intaglio_governor_close(governor, &error));
}

/* Handles of a log as handles of everything else: only the closing is left out where it would close. */
static void misuse_handles(intaglio_log log, intaglio_governor governor) {
  uint64_t wrong[] = {0, 1, 42, UINT64_MAX, governor};
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) misuse_log_handle(wrong[index], INTAGLIO_ERROR_INVALID);
  wrong[4] = log;
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) misuse_governor_handle(wrong[index], INTAGLIO_ERROR_INVALID);
  /* One that was not given yet. */
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_synchronize(log + 1000, &error));
}

/* ---- Arguments ---- */

static void misuse_arguments(intaglio_log log, intaglio_governor governor, const char *path) {
  intaglio_log other;
  intaglio_bytes bytes;
  uint32_t stream;
  size_t minus_one = (size_t)-1;
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(NULL, 0, NULL, 0, &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(NULL, 7, NULL, 0, &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(path, minus_one, NULL, 0, &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open("a\0b", 3, NULL, 0, &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(TEXT(path), NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(TEXT(path), TEXT("{\"mode\":\"erase\"}"), &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(TEXT(path), TEXT("{\"modus\":\"open\"}"), &other, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_open(TEXT(path), TEXT("[]"), &other, &error));
  EXPECT(INTAGLIO_ERROR_BUSY, intaglio_log_open(TEXT(path), NULL, 0, &other, &error));
  if (other != 0) failures += 1;
  EXPECT(INTAGLIO_ERROR_NOT_A_LOG, intaglio_reader_open(TEXT("/nowhere"), NULL, 0, &other, &error));
  EXPECT(INTAGLIO_ERROR_NOT_A_LOG, intaglio_verify(TEXT("/nowhere"), NULL, 0, &bytes, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_verify(TEXT(path), TEXT("{\"heads\":[\"1\"]}"), &bytes, &error));

  EXPECT(INTAGLIO_OK, intaglio_log_stream(log, TEXT("s"), &stream, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_stream(log, "\xff", 1, &stream, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_stream(log, NULL, 0, &stream, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, stream, 256, 0, NULL, 5, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, stream, 256, 0, BYTES("x") + minus_one, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, stream, 0, 0, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, stream, 255, 0, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, stream, 256, 2, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, 999, 256, 0, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(log, 0, 256, 0, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append_batch(log, NULL, 1, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append_batch(log, NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append_batch(log, NULL, minus_one, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_wait(log, UINT64_MAX, &error));
  EXPECT(INTAGLIO_ERROR_NOT_FOUND, intaglio_log_read(log, UINT64_MAX, NULL, &error));
  EXPECT(INTAGLIO_ERROR_NOT_FOUND,
         intaglio_state_get(log, TEXT("none"), TEXT("c"), BYTES("k"), INTAGLIO_CURRENT, &bytes, &error));
  EXPECT(INTAGLIO_OK, intaglio_state_set(log, NULL, 0, TEXT("c"), BYTES("k"), NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_NOT_FOUND, intaglio_state_get(log, NULL, 0, TEXT("c"), BYTES("k"), 1, &bytes, &error));
  EXPECT(INTAGLIO_ERROR_NOT_FOUND, intaglio_rollback(log, NULL, 0, 1, TEXT("r"), TEXT("b"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_state_set(log, NULL, 0, TEXT(""), BYTES("k"), NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_state_set(log, NULL, 0, TEXT("c"), NULL, 0, NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_state_transaction(log, NULL, 0, TEXT("{}"), NULL, &error));

  intaglio_governor another;
  EXPECT(INTAGLIO_ERROR_POLICY,
         intaglio_governor_open(TEXT("unused"), TEXT("{\"policy\":{\"text\":\"version: 2\"}}"), &another, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_open(TEXT("unused"), TEXT("{\"policy\":\"x\"}"), &another, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_open(TEXT("unused"), TEXT("{\"participants\":[\"a\",\"a\"]}"), &another, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_open(TEXT(path), NULL, 0, &another, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_call(governor, NULL, 0, NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_call(governor, TEXT("{\"do\":\"rm\"}"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_call(governor, TEXT("{\"do\":\"tickets\",\"do\":\"tickets\"}"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_governor_send(governor, 1, "{\"do\":\"tickets\"}\xff", 17, &error));
  EXPECT(INTAGLIO_ERROR_TIMEOUT, intaglio_governor_next(governor, 0, NULL, NULL, &error));
  EXPECT(INTAGLIO_ERROR_TIMEOUT, intaglio_governor_next(governor, 1, NULL, NULL, &error));

  /* Nobody has to want to know. */
  if (intaglio_log_read(log, UINT64_MAX, NULL, NULL) != INTAGLIO_ERROR_NOT_FOUND) failures += 1;
  if (intaglio_log_head(log, NULL, NULL, NULL) != INTAGLIO_OK) failures += 1;
  intaglio_error_free(NULL);
  intaglio_bytes_free(NULL);
  intaglio_bytes none = {NULL, 0};
  intaglio_bytes_free(&none);
  if (intaglio_error_code(NULL) != INTAGLIO_OK || intaglio_error_name(NULL)[0] || intaglio_error_message(NULL)[0]) failures += 1;
}

/* ---- Readers ---- */

static void misuse_reader(const char *path) {
  intaglio_log reader;
  EXPECT(INTAGLIO_OK, intaglio_reader_open(TEXT(path), NULL, 0, &reader, &error));
  uint32_t stream;
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_append(reader, 1, 256, 0, BYTES("x"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_log_synchronize(reader, &error));
  EXPECT(INTAGLIO_ERROR_INVALID, intaglio_checkpoint(reader, NULL, 0, TEXT("l"), NULL, &error));
  EXPECT(INTAGLIO_ERROR_NOT_FOUND, intaglio_log_stream(reader, TEXT("new"), &stream, &error));
  EXPECT(INTAGLIO_OK, intaglio_log_close(reader, &error));
}

/* ---- Threads ---- */

struct shared {
  intaglio_log log;
  intaglio_governor governor;
  intaglio_cursor cursor;
};

/* Whatever comes of it: an error that is known, and no crash, while another thread closes. */
static void *use_at_once(void *argument) {
  struct shared *shared = argument;
  for (int turn = 0; turn < 200; turn++) {
    int code = intaglio_log_append(shared->log, 1, 256, 0, BYTES("x"), NULL, NULL);
    if (code != INTAGLIO_OK && code != INTAGLIO_ERROR_CLOSED) abort();
    intaglio_bytes answer;
    code = intaglio_governor_call(shared->governor, TEXT("{\"do\":\"governor.status\"}"), &answer, NULL);
    if (code != INTAGLIO_OK && code != INTAGLIO_ERROR_CLOSED) abort();
    intaglio_bytes_free(&answer);
    code = intaglio_governor_send(shared->governor, 1, TEXT("{\"do\":\"tickets\"}"), NULL);
    if (code != INTAGLIO_OK && code != INTAGLIO_ERROR_CLOSED) abort();
  }
  return NULL;
}

/* Waits for ever, until what it waits on is closed. */
static void *follow(void *argument) {
  struct shared *shared = argument;
  intaglio_record record;
  int code;
  while ((code = intaglio_cursor_next(shared->cursor, -1, &record, NULL)) == INTAGLIO_OK) intaglio_bytes_free(&record.payload);
  if (code != INTAGLIO_ERROR_CLOSED) abort();
  return NULL;
}

static void *take_answers(void *argument) {
  struct shared *shared = argument;
  intaglio_bytes answer;
  int code;
  while ((code = intaglio_governor_next(shared->governor, -1, NULL, &answer, NULL)) == INTAGLIO_OK) intaglio_bytes_free(&answer);
  if (code != INTAGLIO_ERROR_CLOSED) abort();
  return NULL;
}

static void close_while_used(struct shared *shared) {
  void *(*bodies[])(void *) = {use_at_once, use_at_once, follow, take_answers, take_answers};
  enum { count = sizeof bodies / sizeof *bodies };
  pthread_t threads[count];
  for (int index = 0; index < count; index++) {
    if (pthread_create(&threads[index], NULL, bodies[index], shared) != 0) abort();
  }
  usleep(20000);
  EXPECT(INTAGLIO_OK, intaglio_log_close(shared->log, &error));
  EXPECT(INTAGLIO_OK, intaglio_governor_close(shared->governor, &error));
  for (int index = 0; index < count; index++) pthread_join(threads[index], NULL);
}

/* ---- After fork ---- */

static void misuse_after_fork(struct shared *shared, const char *store) {
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    alarm(60); /* a hang is a failure */
    misuse_log_handle(shared->log, INTAGLIO_ERROR_FORKED);
    misuse_governor_handle(shared->governor, INTAGLIO_ERROR_FORKED);
    intaglio_record record;
    EXPECT(INTAGLIO_ERROR_FORKED, intaglio_cursor_next(shared->cursor, -1, &record, &error));
    /* A store of its own log works, with the library's threads and the caller's. */
    intaglio_governor mine;
    intaglio_bytes answer;
    EXPECT(INTAGLIO_OK, intaglio_governor_open(TEXT(store), NULL, 0, &mine, &error));
    EXPECT(INTAGLIO_OK, intaglio_governor_send(mine, 3, TEXT("{\"do\":\"run.start\",\"agent\":\"a\"}"), &error));
    EXPECT(INTAGLIO_OK, intaglio_governor_next(mine, -1, NULL, &answer, &error));
    if (strncmp((const char *)answer.data, "{\"ok\"", 5) != 0) failures += 1;
    intaglio_bytes_free(&answer);
    EXPECT(INTAGLIO_OK, intaglio_governor_close(mine, &error));
    _exit(failures == 0 ? 0 : 1);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "misuse: the forked child ended with the status %d\n", status);
    failures += 1;
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count != 2) {
    fprintf(stderr, "usage: misuse DIRECTORY\n");
    return 2;
  }
  char path[4096], store[4096];
  snprintf(path, sizeof path, "%s/log", arguments[1]);
  snprintf(store, sizeof store, "%s/store", arguments[1]);
  struct shared shared;
  EXPECT(INTAGLIO_OK, intaglio_log_open(TEXT(path), NULL, 0, &shared.log, &error));
  EXPECT(INTAGLIO_OK, intaglio_governor_open(TEXT(store), NULL, 0, &shared.governor, &error));
  misuse_handles(shared.log, shared.governor);
  misuse_arguments(shared.log, shared.governor, path);
  misuse_reader(path);
  EXPECT(INTAGLIO_OK, intaglio_cursor_open(shared.log, INTAGLIO_ALL_STREAMS, 0, &shared.cursor, &error));
  misuse_after_fork(&shared, store);
  close_while_used(&shared);
  misuse_log_handle(shared.log, INTAGLIO_ERROR_CLOSED);
  misuse_governor_handle(shared.governor, INTAGLIO_ERROR_CLOSED);
  EXPECT(INTAGLIO_OK, intaglio_cursor_close(shared.cursor, &error));
  EXPECT(INTAGLIO_ERROR_CLOSED, intaglio_cursor_close(shared.cursor, &error));
  if (failures > 0) fprintf(stderr, "misuse: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
