/*
 * Intaglio: an append-only, tamper-evident log of what agents do, with states, checkpoints and rollbacks, and a governor that decides
 * beforehand what their tools may do. This file is the manual of its C interface, which any language can call.
 * Tests/IntaglioCTests/Example/example.c uses most of it once.
 *
 *
 * Caveats first
 *
 * - Link with -lIntaglioC. The library starts threads of its own, only for handles that are open, and installs no signal handlers;
 *   its threads block all signals.
 * - Fork: a handle belongs to the process that opened it. In a child every call on it gives INTAGLIO_ERROR_FORKED, before any lock is
 *   taken; the child opens its own, and whatever other threads of the parent were doing here at that moment does not hold it up.
 *   For that a fork waits until calls that are under way are done, wait for something or have come to a place between two parts of
 *   a long verification, but at most a second: only one that takes longer, as the reading of a huge state may, is cut through.
 * - What no check of a log's directory can see: that all of it was set back to an older copy, or that the newest records were cut off.
 *   Note the chain value of a receipt, or of intaglio_log_head, somewhere else to see that too.
 * - One process writes a log at a time; any number read it, with intaglio_reader_open.
 * - Payloads are read from mapped files. If a stranger cuts a segment file short at that moment, the process ends with SIGBUS.
 *
 *
 * Rules that hold for all functions
 *
 * Errors.    Whatever can fail returns INTAGLIO_OK, which is 0, or one of INTAGLIO_ERROR_*. If the last parameter is not NULL, *error is
 *            set: to NULL on success, else to an object that says what, where, and what to do, on one line. It is the caller's:
 *            intaglio_error_free. Out parameters are set to zero first; they may be NULL where nobody wants to know, but for handles.
 * Handles.   A handle is a number, never a pointer: 0 is none. One that is 0, of another kind or never given is an error
 *            (INTAGLIO_ERROR_INVALID), and so is one that was closed (INTAGLIO_ERROR_CLOSED); no use of a number can crash. Handles are
 *            never given twice. Calls that other threads are in while a handle is closed end as they would have, or with CLOSED.
 * Text in.   A pointer and a count of bytes, no terminator needed, UTF-8, or the call is INVALID. NULL with the count 0 is the empty text.
 *            NULL with another count, and a count over half of the address space (as -1 becomes), is INVALID. Paths may have any bytes
 *            but NUL.
 * Bytes in.  As text, without the demand of UTF-8. Everything is copied before the call returns.
 * Bytes out. An intaglio_bytes is the caller's: intaglio_bytes_free. Text in it is UTF-8; a NUL stands behind it, not counted.
 * JSON in.   One object, read strictly: repeated and unknown members, numbers in the place of texts and the like are INVALID. Nothing was
 *            done then. NULL, 0 stands for {} where options are taken.
 * JSON out.  One text without white space. Integers are written whole: times in nanoseconds have more digits than a double.
 * Bytes in JSON. {"base64": "..."} with padding (RFC 4648); a plain string stands for its UTF-8. Values that are UTF-8 come as strings.
 * Threads.   Every function may be called from any thread, on one handle also at the same time, unless it says otherwise.
 * Blocking.  Functions that may wait for the disk say so. None calls back into the caller.
 */
#ifndef INTAGLIO_H
#define INTAGLIO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------------------------- */

/* The version of the interface that this header describes: functions and codes are only added while it stays. */
#define INTAGLIO_ABI_VERSION 1

/* The library's version, such as "0.1.0"; static. */
const char *intaglio_version(void);

/* The INTAGLIO_ABI_VERSION of the library that is loaded: compare it with that of the header. */
uint32_t intaglio_abi_version(void);

/* ---- Errors ----------------------------------------------------------------------------------------------------------------------- */

/* Codes keep their numbers; more may be added. */
enum {
  INTAGLIO_OK = 0,

  /* Of the interface. */
  INTAGLIO_ERROR_INVALID = 1,  /* an argument, handle, name, option or JSON that is not allowed; nothing was done */
  INTAGLIO_ERROR_CLOSED = 2,   /* the handle was closed */
  INTAGLIO_ERROR_FORKED = 3,   /* the handle was opened before the process was forked: open another */
  INTAGLIO_ERROR_TIMEOUT = 4,  /* nothing came in the time that was given */
  INTAGLIO_ERROR_END = 5,      /* there is no more to read now */
  INTAGLIO_ERROR_POLICY = 6,   /* a text is no policy; the message says where */

  /* Of the log. */
  INTAGLIO_ERROR_NOT_A_LOG = 16,         /* the directory is not a log, or is not there */
  INTAGLIO_ERROR_EXISTS = 17,            /* a log is to be created where something is */
  INTAGLIO_ERROR_BUSY = 18,              /* another process, or another handle of this one, writes the log */
  INTAGLIO_ERROR_UNSUPPORTED = 19,       /* a newer version wrote the log */
  INTAGLIO_ERROR_DAMAGED = 20,           /* the log is damaged; nothing was changed */
  INTAGLIO_ERROR_STORAGE = 21,           /* a system call failed */
  INTAGLIO_ERROR_FULL = 22,              /* the disk is full; what was acknowledged is safe */
  INTAGLIO_ERROR_POISONED = 23,          /* a write or sync failed after records were ordered: open the log again */
  INTAGLIO_ERROR_TOO_LARGE = 24,         /* over a limit; nothing was appended */
  INTAGLIO_ERROR_NOT_FOUND = 25,         /* no record, stream, space, key or checkpoint of that name */
  INTAGLIO_ERROR_HISTORY_REPLACED = 26,  /* the log has another history than that which the reader had read */
  INTAGLIO_ERROR_CONFLICT = 27,          /* the state has another version than was expected; nothing was changed */
  INTAGLIO_ERROR_TRANSACTION_OPEN = 28,  /* a transaction of the space is open around the call */
  INTAGLIO_ERROR_ERASED = 29,            /* the value was lawfully erased */
  INTAGLIO_ERROR_UNSUITABLE_FILE_SYSTEM = 30, /* locks and syncs there are not what durability needs */
  INTAGLIO_ERROR_NOT_PERMITTED_TO_READ = 31,  /* intaglio_verify: the system does not allow reading */

  /* Of the governor; most come inside answers, by their names. */
  INTAGLIO_ERROR_ENGINE = 48,            /* the engine could not record: nothing that was asked for may be done */
  INTAGLIO_ERROR_ENGINE_TIMEOUT = 49,    /* the engine did not answer in time; as ENGINE */
  INTAGLIO_ERROR_RUN_OVER = 50,          /* the run has ended, is paused, or was begun by another handle */
  INTAGLIO_ERROR_ABORTED = 51,           /* the policy has ended the run */
  INTAGLIO_ERROR_NOT_PERMITTED = 52,     /* the call was denied, or waits for a review; a vote does not count */
  INTAGLIO_ERROR_USED = 53,              /* the decision was used before */
  INTAGLIO_ERROR_MISSION_ELSEWHERE = 54, /* another log of the store began the mission */
  INTAGLIO_ERROR_NOT_PAUSED = 55,        /* a run is to go on that is not paused */
  INTAGLIO_ERROR_STATE_DIFFERS = 56,     /* a paused run is to go on with another state than the log has of it */
  INTAGLIO_ERROR_MISSION_LIVE = 57,      /* a mission is to be taken back while a run of it goes on */
  INTAGLIO_ERROR_NOT_RESTORABLE = 58,    /* something was not captured with the checkpoint */
  INTAGLIO_ERROR_IRREVERSIBLE = 59,      /* effects since then are declared irreversible: force it */
  INTAGLIO_ERROR_ROLLBACK_FAILED = 60,   /* a participant could not be restored */
  INTAGLIO_ERROR_ROLLBACK_PENDING = 61,  /* a rollback of the mission was begun and is not done */
  INTAGLIO_ERROR_NO_MISSION = 62,        /* nobody has begun the mission */
  INTAGLIO_ERROR_SESSION_CHANGED = 63,   /* others have changed what would be taken back: force it */

  INTAGLIO_ERROR_OTHER = 255             /* a reason that has no code yet: see its name */
};

/* What went wrong. Not a handle: a pointer to an object that is the caller's until intaglio_error_free, once. */
typedef struct intaglio_error intaglio_error;

/* The code that the call returned; INTAGLIO_OK for NULL. */
int intaglio_error_code(const intaglio_error *error);

/* The code's name, for programs: "invalid", "full", "mission_live"; "" for NULL. Valid until the error is freed. */
const char *intaglio_error_name(const intaglio_error *error);

/* What happened, where, and what to do, on one line; text that others wrote is escaped, so that it is safe to print. "" for NULL.
 * Valid until the error is freed. */
const char *intaglio_error_message(const intaglio_error *error);

/* Frees an error; NULL is allowed. */
void intaglio_error_free(intaglio_error *error);

/* ---- Bytes ------------------------------------------------------------------------------------------------------------------------ */

typedef struct intaglio_bytes {
  const uint8_t *data; /* never NULL in what a call gave with INTAGLIO_OK */
  size_t count;        /* in bytes, without the NUL behind them */
} intaglio_bytes;

/* Frees what a call gave, and sets it to zero; again, and for NULL, it does nothing. */
void intaglio_bytes_free(intaglio_bytes *bytes);

/* ---- The log ---------------------------------------------------------------------------------------------------------------------- */
/*
 * A directory of segment files: records in one order, each chained to the one before by SHA-256, in named streams. Limits: a payload
 * has at most 32 MiB, a batch 256 MiB, a name 255 bytes of UTF-8 without control characters.
 */

typedef uint64_t intaglio_log;

/*
 * Opens the log at `path` for writing. Reads its end only; a torn tail, as a crash leaves it, is moved to the directory `quarantine`
 * and recorded; any other damage is refused. May wait for the disk.
 *
 * Options:
 *   "mode"         "open_or_create" (default) | "open" | "create"
 *   "origin"       a name for people, of a log that "create" makes; made of its id if left out
 *   "durability"   "synced" (default) | "written" (survives the process, not the loss of power) | {"milliseconds": n, "bytes": n}
 *   "compression"  "none" | {"lz4": smallest size of a payload, in bytes}; default {"lz4": 1024}
 *   "segment_bytes", "automatic_checkpoint_changes", "allows_unsuitable_file_system" as the library's own options
 * Errors: NOT_A_LOG, EXISTS, BUSY, DAMAGED, UNSUPPORTED, STORAGE, FULL, UNSUITABLE_FILE_SYSTEM, INVALID.
 */
int intaglio_log_open(const char *path, size_t path_count, const char *options, size_t options_count, intaglio_log *log,
                      intaglio_error **error);

/*
 * Opens the log at `path` for reading only, beside a process that writes it; takes no lock and writes nothing.
 *
 * Its handle is one of a log, and closed as one; what writes gives INVALID. It sees what is durable at the time of each call.
 * Options: "including_unsynced" (default false): also what is written and not known to be synced; the loss of power may take that back.
 * Errors: NOT_A_LOG, DAMAGED, UNSUPPORTED, STORAGE.
 */
int intaglio_reader_open(const char *path, size_t path_count, const char *options, size_t options_count, intaglio_log *reader,
                         intaglio_error **error);

/*
 * Syncs everything, and gives the log back for others to open. Its cursors can still read what they had found; those that wait give CLOSED.
 * Errors: POISONED or STORAGE if the last records could not be synced (the log is closed all the same), CLOSED, FORKED.
 */
int intaglio_log_close(intaglio_log log, intaglio_error **error);

/* What the log is, as JSON: {path, log (its id), origin, is_reader}. */
int intaglio_log_describe(intaglio_log log, intaglio_bytes *description, intaglio_error **error);

/*
 * The number of the stream `name`, which is declared now if it is new (one record); of a reader NOT_FOUND then.
 * The number 0 is the log's own stream, named "log", to which nobody else appends.
 */
int intaglio_log_stream(intaglio_log log, const char *name, size_t name_count, uint32_t *stream, intaglio_error **error);

/* All streams, as JSON: {streams: [{stream, name, count}]}. */
int intaglio_log_streams(intaglio_log log, intaglio_bytes *streams, intaglio_error **error);

/* The proof of order that an append returns: not of durability, which intaglio_log_wait gives. */
typedef struct intaglio_receipt {
  uint64_t first;    /* the number of the first record appended */
  uint64_t last;     /* the number of the last */
  uint8_t chain[32]; /* the chain value of the last: noted elsewhere, it pins all history up to there */
} intaglio_receipt;

/* The kind of records that have no more exact one; those below it are the log's own. */
#define INTAGLIO_KIND_EVENT 256

/* Random bytes are digested and stored with the payload, so that nobody can guess it from its digest after it was erased. */
#define INTAGLIO_SALTED 1u
/* Of a record that was read: its payload was lawfully erased. */
#define INTAGLIO_ERASED 2u

/*
 * Appends one record, and returns as soon as its place in the order is certain; waits only while all buffers are full.
 *
 * `kind` is 256 or more, `flags` 0 or INTAGLIO_SALTED.
 * Errors: TOO_LARGE, INVALID (also for a stream that was never declared), FULL (nothing was appended), POISONED, CLOSED, FORKED.
 */
int intaglio_log_append(intaglio_log log, uint32_t stream, uint16_t kind, uint32_t flags, const uint8_t *data, size_t count,
                        intaglio_receipt *receipt, intaglio_error **error);

/* One record of a batch. */
typedef struct intaglio_item {
  const uint8_t *data;
  size_t count;
  uint32_t stream;
  uint32_t flags;
  uint16_t kind;
} intaglio_item;

/* Appends all records, or none: a crash leaves no part of them. They are consecutive. At least one. Otherwise as intaglio_log_append. */
int intaglio_log_append_batch(intaglio_log log, const intaglio_item *items, size_t item_count, intaglio_receipt *receipt,
                              intaglio_error **error);

/*
 * Waits until the record `sequence` and all before it are as safe as the log's durability says. One sync serves all who wait.
 * Errors: INVALID for a record that was not appended; POISONED, CLOSED, FORKED.
 */
int intaglio_log_wait(intaglio_log log, uint64_t sequence, intaglio_error **error);

/* Waits until everything appended so far is synced, whatever the log's durability. Errors: POISONED, FORKED. */
int intaglio_log_synchronize(intaglio_log log, intaglio_error **error);

/* How many records the log has, numbered from 0, and the chain value of the last, 32 bytes; either may be NULL. */
int intaglio_log_head(intaglio_log log, uint64_t *record_count, uint8_t *chain, intaglio_error **error);

/* ---- Reading ---------------------------------------------------------------------------------------------------------------------- */

typedef struct intaglio_record {
  uint64_t sequence;      /* from 0 */
  uint64_t time;          /* nanoseconds since 1970, by the wall clock when the record was ordered */
  uint64_t payload_count; /* the payload's bytes as it was appended, also if it was erased */
  uint32_t stream;
  uint32_t flags;         /* INTAGLIO_SALTED, INTAGLIO_ERASED */
  uint16_t kind;
  uint8_t digest[32];     /* SHA-256 of the content */
  uint8_t chain[32];      /* commits to all records up to this one */
  intaglio_bytes payload; /* the caller's: intaglio_bytes_free(&record.payload) */
} intaglio_record;

/*
 * The record numbered `sequence`. Its CRC was checked; digests and chain are the work of intaglio_verify.
 * Errors: NOT_FOUND, DAMAGED, STORAGE, HISTORY_REPLACED (of a reader), CLOSED, FORKED.
 */
int intaglio_log_read(intaglio_log log, uint64_t sequence, intaglio_record *record, intaglio_error **error);

typedef uint64_t intaglio_cursor;

/* All streams. */
#define INTAGLIO_ALL_STREAMS UINT32_MAX

/* Reads the records of `stream` in their order, from the number `from` on. `log` may be a reader, and may be closed before the cursor. */
int intaglio_cursor_open(intaglio_log log, uint32_t stream, uint64_t from, intaglio_cursor *cursor, intaglio_error **error);

/*
 * The next record.
 *
 * Where there is none: with a timeout of 0 END, and the cursor can be asked again later; else waits so many milliseconds for one to be
 * appended (a negative number: for ever), then TIMEOUT. One thread at a time; others wait for it.
 * Errors: END, TIMEOUT, CLOSED when the cursor or its log was closed, also to a thread that waits; as intaglio_log_read.
 */
int intaglio_cursor_next(intaglio_cursor cursor, int64_t timeout_ms, intaglio_record *record, intaglio_error **error);

int intaglio_cursor_close(intaglio_cursor cursor, intaglio_error **error);

/* ---- State ------------------------------------------------------------------------------------------------------------------------ */
/*
 * A state space is a map from (component, key) to value in a log, which can be checkpointed and taken back. A component has 1 to 64
 * printable ASCII characters, a key 1 to 1,024 bytes, a value up to 16 MiB. `space` is "main" if it is empty. Readers can look.
 * Changes can be read when the call returns; intaglio_log_wait(receipt.last) waits until they are safe.
 */

/* The current state, where a checkpoint is asked for. */
#define INTAGLIO_CURRENT UINT64_MAX

/* The value of a key: as it is now, or as a checkpoint has it. Errors: NOT_FOUND, INVALID, ERASED, DAMAGED. */
int intaglio_state_get(intaglio_log log, const char *space, size_t space_count, const char *component, size_t component_count,
                       const uint8_t *key, size_t key_count, uint64_t checkpoint, intaglio_bytes *value, intaglio_error **error);

/* Sets a key. Errors: INVALID, TOO_LARGE, and as intaglio_log_append. */
int intaglio_state_set(intaglio_log log, const char *space, size_t space_count, const char *component, size_t component_count,
                       const uint8_t *key, size_t key_count, const uint8_t *value, size_t value_count, intaglio_receipt *receipt,
                       intaglio_error **error);

/* Removes a key; no error if it is not there. */
int intaglio_state_remove(intaglio_log log, const char *space, size_t space_count, const char *component, size_t component_count,
                          const uint8_t *key, size_t key_count, intaglio_receipt *receipt, intaglio_error **error);

/*
 * Changes up to 8,192 keys together or not at all.
 *
 * {"changes": [{"component", "key": text | {"base64"}, "value": text | {"base64"} | null}], "if_version"?: number}; null removes. With
 * "if_version" it is CONFLICT if the state has another version by now: intaglio_state_list gives it.
 */
int intaglio_state_transaction(intaglio_log log, const char *space, size_t space_count, const char *changes, size_t changes_count,
                               intaglio_receipt *receipt, intaglio_error **error);

/*
 * Entries in the order of their keys: {entries: [{component, key, value}], version, is_cut}.
 *
 * Query: {"component"?, "prefix"? (needs the component), "checkpoint"?: number, "limit"?: default 1000, "with_values"?: default true}.
 * Errors: NOT_FOUND if there is no such space or checkpoint.
 */
int intaglio_state_list(intaglio_log log, const char *space, size_t space_count, const char *query, size_t query_count,
                        intaglio_bytes *entries, intaglio_error **error);

/* The names of all spaces: {spaces: [name]}. */
int intaglio_state_spaces(intaglio_log log, intaglio_bytes *spaces, intaglio_error **error);

/* Names the current state; costs what changed since the last checkpoint. The label has up to 255 bytes. Durable when it returns. */
int intaglio_checkpoint(intaglio_log log, const char *space, size_t space_count, const char *label, size_t label_count,
                        uint64_t *checkpoint, intaglio_error **error);

/* The checkpoints of a space, from the newest back: {checkpoints: [{checkpoint: its number, label, is_automatic, time (ns), root,
 * counts: {component: n}}]}. Errors: NOT_FOUND if there is no such space. */
int intaglio_checkpoints(intaglio_log log, const char *space, size_t space_count, intaglio_bytes *checkpoints, intaglio_error **error);

/*
 * Makes the state of a checkpoint current: one atomic append; nothing is erased, and later checkpoints stay valid. Durable when it returns.
 * `reason` has up to 4,096 bytes, `by` up to 255. Errors: NOT_FOUND, INVALID, and as intaglio_log_append.
 */
int intaglio_rollback(intaglio_log log, const char *space, size_t space_count, uint64_t checkpoint, const char *reason,
                      size_t reason_count, const char *by, size_t by_count, intaglio_receipt *receipt, intaglio_error **error);

/* What a rollback would change: {checkpoint, version, record_count_since, components: {name: {added, changed, removed}}}. */
int intaglio_rollback_preview(intaglio_log log, const char *space, size_t space_count, uint64_t checkpoint, intaglio_bytes *preview,
                              intaglio_error **error);

/* ---- Verifying -------------------------------------------------------------------------------------------------------------------- */

/*
 * Checks the log at `path` offline, trusting nothing but its bytes and the heads that are given. Reads everything, on all processors.
 *
 * Damage is no error, but in the report: the JSON of `intaglio verify --json`, with "verdict" and "exitCode" (0 clean or empty, 1 damaged,
 * 4 torn tail). Of a governor's store verify each of its logs.
 * Options: "heads": ["sequence:chain in hexadecimal digits"] noted elsewhere; "state": false does not follow states; "threads": n.
 * Errors: NOT_A_LOG, NOT_PERMITTED_TO_READ, STORAGE, INVALID.
 */
int intaglio_verify(const char *path, size_t path_count, const char *options, size_t options_count, intaglio_bytes *report,
                    intaglio_error **error);

/* ---- The governor ----------------------------------------------------------------------------------------------------------------- */
/*
 * Records what agents do, and decides beforehand what they may do. Its store is a directory of logs 0, 1, ...: every process writes
 * the first that nobody else writes, and governors of one process on one path share it. Before a tool that was allowed begins, its
 * request, decision and start are synced.
 *
 * It is spoken to in requests: JSON objects with a member "do". The answer is {"ok": {...}}, or {"error": {"code": ..., "message": ...}}
 * with a code as intaglio_error_name has it, and "cause" where the log has said why ("full", "poisoned"). A code of "engine",
 * "engine_timeout", "run_over" or "aborted" means that nothing which was asked for may be done.
 */

typedef uint64_t intaglio_governor;

/*
 * Opens the store at `path`, which is made if nothing is there (readable by its owner alone). May wait for the disk.
 *
 * Options:
 *   "policy"          {"text": YAML or JSON} | {"file": path} | null (default: everything is allowed, and that is recorded)
 *   "on_engine_error" "deny" (default) | "allow_and_count": go on without a record, count, and record the count later
 *   "engine_timeout"  seconds that the engine may take to answer; default 10
 *   "participants"    names of what outside the log takes part in rollbacks: see "Rollbacks" below
 *   "durability"      as intaglio_log_open; of the first governor of this process on the path
 *
 * Errors: INVALID, POLICY, ENGINE (the log's error is in the message).
 */
int intaglio_governor_open(const char *path, size_t path_count, const char *options, size_t options_count,
                           intaglio_governor *governor, intaglio_error **error);

/*
 * Asks, and waits for the answer: for threads that may block.
 *
 * A "review.wait" waits until people have decided; any other request at most "engine_timeout" for each time that it goes to the disk.
 * Errors: INVALID for what is no request (nothing was done); CLOSED, FORKED. Whatever else goes wrong is an answer.
 */
int intaglio_governor_call(intaglio_governor governor, const char *request, size_t request_count, intaglio_bytes *answer,
                           intaglio_error **error);

/*
 * Asks, and returns as soon as the request has its place in the order; never waits for the disk.
 *
 * Requests that one thread sends take place in the order in which they are sent. `id` is chosen by the caller and comes back
 * with the answer; nothing else is made of it. What a request does after its first step in the log is done by threads
 * that are inside intaglio_governor_next: keep one there.
 * Errors: as intaglio_governor_call; then no answer comes.
 */
int intaglio_governor_send(intaglio_governor governor, uint64_t id, const char *request, size_t request_count,
                           intaglio_error **error);

/*
 * The next answer to what was sent, in the order in which answers come.
 *
 * Waits at most `timeout_ms` milliseconds: 0 does not wait, a negative number waits for ever. Several threads may wait; each answer goes
 * to one of them.
 * Errors: TIMEOUT; CLOSED once the governor was closed, to threads that wait then when all answers were taken; FORKED.
 */
int intaglio_governor_next(intaglio_governor governor, int64_t timeout_ms, uint64_t *id, intaglio_bytes *answer,
                           intaglio_error **error);

/*
 * Closes the governor, and with the store's last one in this process its log; waits until all is synced.
 *
 * Runs that are live then are recorded as orphaned. Whatever was asked is answered; requests that wait for people with the error
 * "closed". Answers that no thread is waiting for in intaglio_governor_next are lost.
 * Errors: CLOSED for the second close, FORKED.
 */
int intaglio_governor_close(intaglio_governor governor, intaglio_error **error);

/*
 * Requests. A member with ? may be left out, or be null. "captured" is {participant: text}, allowed wherever a checkpoint may be made;
 * a participant that is not in it counts as not captured, and a checkpoint without one cannot be rolled back to.
 *
 * Runs.
 *   run.start   {agent, run?, mission?, conversation?, parent?, policy?, capabilities?: {agent: [pattern]}, traceparent?,
 *                framework?: {name, trace_id?, group_id?}, captured?} -> {run, mission, trace_id}
 *               Names have 1 to 200 bytes in NFC without control characters. "policy" as in the options; null and nothing stand for the
 *               governor's own.
 *   run.end     {run, output?, captured?} -> {}
 *   run.fail    {run, type, message, captured?} -> {}
 *   run.pause   {run, reason, state?, captured?} -> {}      nothing of the run may be asked until it is resumed
 *   run.paused  {run} -> {run, agent, mission, paused_state}      it stays paused: for who compares before going on
 *   run.resume  {run, state?} -> {run, agent, mission, paused_state, reviews: [decision]}      in any process, from the log's copy
 *   run.policy  {run, policy} -> {}
 *   policy.use  {policy} -> {}      for runs that begin from now on
 *
 * What happens in a run. These are answered when their place in the order is certain, and are on disk with the next tool.start, handoff,
 * pause or end of the run.
 *   agent.start       {run, agent} -> {}
 *   agent.end         {run, agent, output} -> {}
 *   model.request     {run, model?, provider?, instructions?, input: [text], captured?} -> {}      each item one JSON text
 *   model.response    {run, output: [text], model?, id?, finish_reasons?: [text], input_tokens?, output_tokens?} -> {}
 *   model.failed      {run, type, message} -> {}
 *   agent.handoff     {run, call, from, to, captured?} -> {}      the use of an allowed call of the family handoff
 *   tool.hosted       {run, tool, arguments, id?, result} -> {}      the model's provider has run it already
 *   guardrail.tripped {run, name, stage: input|output|tool_input|tool_output, message?} -> {}
 *   approval.foreign  {run, id, tool, approved} -> {}      a framework's own approval: recorded, satisfies no review
 *   audit.gap         {run?, count, what} -> {}      what nobody could see
 *
 * Tools: decide all calls of a turn at once, in the model's order; start each allowed one before its body runs; end it after.
 *   tools.decide {run, calls: [{tool, arguments, id?}], captured?} -> {decisions: [decision]}
 *                "tool" as policies write it with its family: "function:NAME", "mcp:SERVER/NAME", "agent:NAME", "handoff:NAME",
 *                "hosted:NAME". "arguments" is the raw text; an empty one stands for {}. A decision is {call, tool, id,
 *                effect: allow|review|deny, message (for the model), reason (for people), deciders: [text], aborts_run, is_recorded,
 *                ticket?, review?: {mode: wait|pause,
 *                approvers, quorum, expires_after_seconds?}}. Where one aborts the run, no tool of the turn may run. "call" is the
 *                number by which everything else knows the call; below zero where it could not be recorded.
 *   tool.start   {run, call} -> {arguments}      durable when answered; once; the body runs with these arguments
 *   tools.withhold {run, tools: [tool]} -> {withheld: [tool]}      of tools that the model's provider runs unasked, those that
 *                the policy could deny or send to review: do not offer them to the model; each is recorded once in a run
 *   tool.end     {run, call, status: ok|error|timeout|cancelled|unknown, result, error_type?, used?} -> {}
 *                "used": false says that the body was never run.
 *
 * Reviews.
 *   review.wait   {run, call} -> decision      when people have decided, or the ticket has expired or was voided
 *   review.answer {run, call} -> decision      as it is now
 *   tickets       {} -> {tickets: [ticket]}    of this process's log: open ones, and approved ones that were not used
 *   review.vote   {ticket, approve, reason?, label?, expires?, key?: {text | file, approver}} -> {outcome: counted|approved|rejected,
 *                 approvals?, needed?}; not_permitted if it does not count. "expires" is in nanoseconds since 1970.
 *                 A ticket is {ticket: its name, state: open|approved, run, mission, call, tool, arguments_digest, policy, reason,
 *                 time, review: as in a decision, votes: [{identity, approves, reason, expires?}]}.
 *
 * Checkpoints and rollbacks of a mission's state. The host restores the participants between begin and finish; what a crash
 * leaves is in rollback.pending, and the mission takes no runs until it is finished. Restoring what is restored must change nothing.
 *   checkpoint        {run, label, captured?} -> checkpoint
 *   checkpoints       {mission} -> {checkpoints: [checkpoint]}      newest first
 *   checkpoint.latest {mission} -> {checkpoint: checkpoint | null}      the newest whose state differs from now
 *   checkpoint.start  {run} -> {mission, checkpoint}
 *                     A checkpoint is {checkpoint: its number, label, is_automatic, time (ns), root, counts: {component: n}}.
 *   rollback.captured {mission} -> {captured: {participant: text}}      what was captured last: by it the host tells whether others
 *                     have changed things since
 *   rollback.preview  {mission, checkpoint, session_changed?: [participant]} -> preview
 *                     "session_changed": what others have changed, or of what the host cannot tell. A preview is {mission, state: as
 *                     intaglio_rollback_preview, tickets, paused_runs, calls: [{run, call, tool, effect_class, status}], not_captured,
 *                     participants, changed_by_others: [{participant} | {conversation, mission}]}.
 *   rollback.begin    {mission, checkpoint, reason, by, forced?, session_changed?} -> {preview, pending: [{participant, captured}]}
 *   rollback.finish   {mission} -> {}
 *   rollback.failed   {mission, participant, why} -> {}
 *   rollback.pending  {} -> {rollbacks: [{mission, checkpoint, reason, by, forced, pending: [{participant, captured}]}]}
 *
 * State and memory of a mission.
 *   state.change  {run, changes: [{component, key, value: text | {"base64"} | null}]} -> {}      null removes
 *                 {mission, by, reason?, changes} -> {}      without a live run; synced, and recorded as mission.changed
 *   state.read    {mission, checkpoint?, component, key} -> {value}      null if there is none
 *                 {mission, checkpoint?, component, prefix?} -> {entries: [{key, value}]}      in the order of keys
 *   memory.remember {run, key, value: text | {"base64"} | {reference: {kind, id, location?}}, tags?, expires_after? (seconds), call?}
 *                 -> {}      also what `call` gave, the number of a call of the run
 *   memory.recall   {run, key? | prefix?, tags?, words?, limit? (10)} -> {entries: [entry]}      an entry: {key, value, tags, time,
 *                 expires?, run, agent, turn, call?, is_tainted}
 *   memory.forget   {run, key} -> {forgotten}      false if nothing was there
 *   capability.grant, capability.revoke {run | mission, agent, pattern, by} -> {capabilities: [pattern]}      what the agent holds now
 *   capability.list {run | mission} -> {capabilities: {agent: [pattern]} | null}      null if every agent holds every tool
 *
 * The governor.
 *   governor.status {} -> {log_path, unrecorded_event_count}
 */

#ifdef __cplusplus
}
#endif

#endif
