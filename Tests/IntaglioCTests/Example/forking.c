/* Forks that come while another thread opens and closes: the children can use the library.
 *
 * Not under the sanitizer for addresses, whose own allocator a fork may find locked. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "intaglio.h"

#define TEXT(text) text, strlen(text)

static int failures;

static void open_and_close_once(const char *store) {
  intaglio_governor governor;
  intaglio_bytes answer;
  if (intaglio_governor_open(TEXT(store), NULL, 0, &governor, NULL) != INTAGLIO_OK) abort();
  if (intaglio_governor_call(governor, TEXT("{\"do\":\"run.start\",\"agent\":\"a\"}"), &answer, NULL) != INTAGLIO_OK) abort();
  intaglio_bytes_free(&answer);
  if (intaglio_governor_close(governor, NULL) != INTAGLIO_OK) abort();
}

struct churn {
  const char *store;
  atomic_bool is_over;
};

/* Opens and closes all the time, so that forks come while locks are held. */
static void *open_and_close(void *argument) {
  struct churn *churn = argument;
  while (!churn->is_over) {
    intaglio_governor governor;
    if (intaglio_governor_open(TEXT(churn->store), NULL, 0, &governor, NULL) != INTAGLIO_OK) abort();
    if (intaglio_governor_close(governor, NULL) != INTAGLIO_OK) abort();
  }
  return NULL;
}

static void fork_while_others_open(const char *store, const char *children_store) {
  struct churn churn = {.store = store};
  pthread_t thread;
  if (pthread_create(&thread, NULL, open_and_close, &churn) != 0) abort();
  for (int turn = 0; turn < 20; turn++) {
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
      alarm(60);
      open_and_close_once(children_store);
      _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) { /* 14: it hung */
      fprintf(stderr, "forking: a child forked while others opened ended with the status %d\n", status);
      failures += 1;
    }
  }
  churn.is_over = true;
  pthread_join(thread, NULL);
}

int main(int argument_count, char **arguments) {
  if (argument_count != 2) {
    fprintf(stderr, "usage: forking DIRECTORY\n");
    return 2;
  }
  char store[4096], children_store[4096];
  snprintf(store, sizeof store, "%s/store", arguments[1]);
  snprintf(children_store, sizeof children_store, "%s/children", arguments[1]);
  fork_while_others_open(store, children_store);
  return failures == 0 ? 0 : 1;
}
