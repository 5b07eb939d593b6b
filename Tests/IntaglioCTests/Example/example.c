/* What intaglio.h describes, used once: a log with a state that is taken back, then a governed run. Every call is checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intaglio.h"

/* Ends the program with what went wrong. */
static void check(int code, intaglio_error *error, const char *what) {
  if (code == INTAGLIO_OK) return;
  fprintf(stderr, "example: %s: %s (%s)\n", what, intaglio_error_message(error), intaglio_error_name(error));
  intaglio_error_free(error);
  exit(1);
}

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "example: %s\n", what);
  exit(1);
}

/* ---- A log ---- */

static void set(intaglio_log log, const char *key, const char *value) {
  intaglio_error *error;
  intaglio_receipt receipt;
  check(intaglio_state_set(log, NULL, 0, "memory", 6, (const uint8_t *)key, strlen(key), (const uint8_t *)value, strlen(value),
                           &receipt, &error),
        error, "set");
  check(intaglio_log_wait(log, receipt.last, &error), error, "wait");
}

static void use_log(const char *path) {
  intaglio_error *error;
  intaglio_log log;
  check(intaglio_log_open(path, strlen(path), NULL, 0, &log, &error), error, "open");

  uint32_t stream;
  check(intaglio_log_stream(log, "run-1", 5, &stream, &error), error, "stream");
  const char *payload = "{\"tool\":\"search\"}";
  intaglio_receipt receipt;
  check(intaglio_log_append(log, stream, INTAGLIO_KIND_EVENT, 0, (const uint8_t *)payload, strlen(payload), &receipt, &error), error,
        "append");
  check(intaglio_log_wait(log, receipt.last, &error), error, "wait"); /* synced */

  intaglio_item items[2] = {
      {.data = (const uint8_t *)"one", .count = 3, .stream = stream, .flags = INTAGLIO_SALTED, .kind = 300},
      {.data = NULL, .count = 0, .stream = stream, .flags = 0, .kind = 301},
  };
  check(intaglio_log_append_batch(log, items, 2, &receipt, &error), error, "append batch");
  expect(receipt.last == receipt.first + 1, "a batch's records are consecutive");
  check(intaglio_log_synchronize(log, &error), error, "synchronize");

  intaglio_cursor cursor;
  check(intaglio_cursor_open(log, stream, 0, &cursor, &error), error, "cursor");
  int count = 0;
  intaglio_record record;
  int code;
  while ((code = intaglio_cursor_next(cursor, 0, &record, &error)) == INTAGLIO_OK) {
    count += 1;
    intaglio_bytes_free(&record.payload);
  }
  expect(code == INTAGLIO_ERROR_END, "a cursor ends");
  intaglio_error_free(error);
  expect(count == 3, "a cursor gives the records of its stream");
  check(intaglio_cursor_close(cursor, &error), error, "close the cursor");

  /* A reader may look while the log is written, here or in another process. */
  intaglio_log reader;
  check(intaglio_reader_open(path, strlen(path), NULL, 0, &reader, &error), error, "open for reading");
  check(intaglio_log_read(reader, receipt.first, &record, &error), error, "read");
  expect(record.payload.count == 3 && memcmp(record.payload.data, "one", 3) == 0, "a record has its payload");
  expect(record.flags == INTAGLIO_SALTED && record.kind == 300, "a record has its flags and kind");
  intaglio_bytes_free(&record.payload);
  check(intaglio_log_close(reader, &error), error, "close the reader");

  /* A state: changed, named, changed again, taken back. */
  set(log, "city", "Berlin");
  uint64_t checkpoint;
  check(intaglio_checkpoint(log, NULL, 0, "before the booking", 18, &checkpoint, &error), error, "checkpoint");
  set(log, "city", "Bern");
  intaglio_bytes json;
  check(intaglio_rollback_preview(log, NULL, 0, checkpoint, &json, &error), error, "preview");
  expect(strstr((const char *)json.data, "\"changed\":1") != NULL, "a preview says what would change");
  intaglio_bytes_free(&json);
  check(intaglio_rollback(log, NULL, 0, checkpoint, "wrong city", 10, "ops", 3, &receipt, &error), error, "roll back");
  intaglio_bytes value;
  check(intaglio_state_get(log, NULL, 0, "memory", 6, (const uint8_t *)"city", 4, INTAGLIO_CURRENT, &value, &error), error, "get");
  expect(value.count == 6 && memcmp(value.data, "Berlin", 6) == 0, "the state is as it was");
  intaglio_bytes_free(&value);

  uint64_t record_count;
  uint8_t chain[32];
  check(intaglio_log_head(log, &record_count, chain, &error), error, "head");
  expect(record_count > 3, "the log has records");
  check(intaglio_log_close(log, &error), error, "close");

  check(intaglio_verify(path, strlen(path), NULL, 0, &json, &error), error, "verify");
  expect(strstr((const char *)json.data, "\"exitCode\":0") != NULL, "the log is clean");
  printf("log: %llu records, clean\n", (unsigned long long)record_count);
  intaglio_bytes_free(&json);
}

/* ---- A governed run ---- */

/* Asks, and gives the answer, which the caller frees. */
static intaglio_bytes ask(intaglio_governor governor, const char *request) {
  intaglio_error *error;
  intaglio_bytes answer;
  check(intaglio_governor_call(governor, request, strlen(request), &answer, &error), error, request);
  if (strncmp((const char *)answer.data, "{\"ok\"", 5) != 0) {
    fprintf(stderr, "example: %s: %s\n", request, (const char *)answer.data);
    exit(1);
  }
  return answer;
}

static void tell(intaglio_governor governor, const char *request) {
  intaglio_bytes answer = ask(governor, request);
  intaglio_bytes_free(&answer);
}

static void govern(const char *path) {
  const char *options =
      "{\"policy\": {\"text\": \"version: 1\\ndefault: allow\\nrules:\\n- id: no-refunds\\n  when: {tool: refund}\\n  effect: deny\\n"
      "  reason: money leaves\\n\"}}";
  intaglio_error *error;
  intaglio_governor governor;
  check(intaglio_governor_open(path, strlen(path), options, strlen(options), &governor, &error), error, "open the governor");

  tell(governor, "{\"do\":\"run.start\",\"run\":\"r1\",\"agent\":\"desk\"}");
  intaglio_bytes decisions = ask(governor,
                                 "{\"do\":\"tools.decide\",\"run\":\"r1\",\"calls\":["
                                 "{\"tool\":\"function:weather\",\"arguments\":\"{\\\"city\\\":\\\"Berlin\\\"}\"},"
                                 "{\"tool\":\"function:refund\",\"arguments\":\"{}\"}]}");
  expect(strstr((const char *)decisions.data, "\"effect\":\"allow\"") != NULL, "the weather is allowed");
  expect(strstr((const char *)decisions.data, "\"effect\":\"deny\"") != NULL, "a refund is denied");
  intaglio_bytes_free(&decisions);

  /* Durable before done: after this the tool runs, with the arguments that are given. */
  intaglio_bytes arguments = ask(governor, "{\"do\":\"tool.start\",\"run\":\"r1\",\"call\":0}");
  printf("the tool runs: %s\n", (const char *)arguments.data);
  intaglio_bytes_free(&arguments);
  tell(governor, "{\"do\":\"tool.end\",\"run\":\"r1\",\"call\":0,\"status\":\"ok\",\"result\":\"sunny\"}");

  /* Sent, not called: answers come as they are ready, here to the same thread. */
  const char *end = "{\"do\":\"run.end\",\"run\":\"r1\",\"output\":\"it is sunny\"}";
  check(intaglio_governor_send(governor, 17, end, strlen(end), &error), error, "send");
  uint64_t id;
  intaglio_bytes answer;
  check(intaglio_governor_next(governor, -1, &id, &answer, &error), error, "next");
  expect(id == 17 && strcmp((const char *)answer.data, "{\"ok\":{}}") == 0, "the answer to what was sent comes");
  intaglio_bytes_free(&answer);
  check(intaglio_governor_close(governor, &error), error, "close the governor");
}

int main(int argument_count, char **arguments) {
  if (argument_count != 2) {
    fprintf(stderr, "usage: example DIRECTORY\n");
    return 2;
  }
  expect(intaglio_abi_version() == INTAGLIO_ABI_VERSION, "the library is that of the header");
  char path[4096];
  snprintf(path, sizeof path, "%s/log", arguments[1]);
  use_log(path);
  snprintf(path, sizeof path, "%s/store", arguments[1]);
  govern(path);
  return 0;
}
