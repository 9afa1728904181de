/*
 * A failure as a value: what happened, how bad it is, when to try again.
 *
 * A function that can fail returns false (or NULL) and fills `err` exactly
 * then; on success `err` is untouched. `err` is never NULL. Each layer may add
 * where it happened with error_wrap(); the layer that can act decides. Closed,
 * timed out and end of corpus are outcomes, not errors: those are enums.
 *
 * Threads     Values: copy them, queue them, store them.
 */
#ifndef BATCHTOP_UTIL_ERROR_H
#define BATCHTOP_UTIL_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a kind of error means for the work. */
enum error_course {
    /* It may pass by itself. */
    COURSE_WAIT,    /* wait as long as the service says; uses up no try */
    COURSE_RETRY,   /* send it again, then less of it, then one document alone,
                       --retries times; the circuit breaker counts it */
    COURSE_MACHINE, /* the same, but this machine lacks something: no run starts
                       with such an error */
    COURSE_PATIENCE, /* wait for some minutes, then hold */
    /* It does not pass by itself. */
    COURSE_DOUBT,   /* once more; then find out whether the service or a
                       document is at fault */
    COURSE_SPLIT,   /* send it as halves; where they pass, learn their size */
    COURSE_ISOLATE, /* halves, until the document that is to blame is alone */
    COURSE_HOLD,    /* hold until a person has mended something */
    COURSE_END      /* the run ends */
};

/* Exit status of the program, see the man page. */
enum exit_status {
    EXIT_STORED = 0,
    EXIT_SOME_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_RESUMABLE = 3,
    EXIT_FATAL = 4,
    EXIT_LOCKED = 5,
    EXIT_FOREIGN = 6
};

/*
 * The one table of what an error means: its word in ledger and JSON, what it
 * means for the work, the exit status of a program that ends for it, and the
 * failure log's words. flow/policy.h judges a single failure by it and by what
 * only the caller knows: how large the request was, what passed since.
 */
#define ERROR_KINDS(X)                                                         \
    X(INPUT, "input", ISOLATE, USAGE, "record cannot be used")                 \
    X(NETWORK, "network", RETRY, RESUMABLE, "connection failed")               \
    X(TIMEOUT, "timeout", RETRY, RESUMABLE, "timeout, no answer")              \
    X(LIMITED, "limited", WAIT, RESUMABLE, "rate limited")                     \
    X(QUOTA, "quota", PATIENCE, RESUMABLE,                                     \
      "the account has no quota or money left")                                \
    X(SERVER, "server", RETRY, RESUMABLE, "service failed")                    \
    X(AUTH, "auth", HOLD, USAGE, "the key was not accepted")                   \
    X(CONFIG, "config", HOLD, USAGE, "the configuration cannot work")          \
    X(REFUSED, "refused", ISOLATE, USAGE, "refused by the service")            \
    X(SIZE, "size", SPLIT, USAGE, "larger than the service takes")             \
    X(PROTOCOL, "protocol", DOUBT, USAGE, "answer made no sense")              \
    X(VECTOR, "vector", ISOLATE, USAGE, "unusable vector")                     \
    X(LOCAL, "local", MACHINE, FATAL, "this machine's disk or files failed")   \
    X(MEMORY, "memory", MACHINE, FATAL, "memory ran out")                      \
    X(STOPPED, "stopped", END, RESUMABLE, "we were asked to stop")             \
    X(UNREAD, "unread", END, RESUMABLE, "nobody reads our output any more")    \
    X(LOCKED, "locked", END, LOCKED, "another process holds the job")          \
    X(FOREIGN, "foreign", END, FOREIGN,                                        \
      "the checkpoint belongs to something else")

enum error_kind {
#define X(name, word, course, status, label) ERROR_##name,
    ERROR_KINDS(X)
#undef X
        ERROR_KIND_COUNT
};

/* Whom the service's own words (its message, code or type; never an echo of a
 * document) blame for a refusal. */
enum error_about {
    ABOUT_UNKNOWN,  /* they do not say: the caller finds out */
    ABOUT_DOCUMENT, /* one document: its text, id or metadata */
    ABOUT_REQUEST,  /* the amount in the request: a smaller one may pass */
    ABOUT_SERVICE   /* the account, the model, the server: any document fails */
};

struct error {
    enum error_kind kind;
    enum error_about about;
    int code;               /* HTTP status or errno; 0 when neither */
    bool for_all;           /* the status alone says that every request would
                               fail so, whatever is in it */
    bool in_reply;          /* the service took the request and answered with
                               success (2xx), but the answer is useless */
    uint32_t most;          /* SIZE: the largest number of documents in a
                               request, if the service names it; else 0 */
    int64_t retry_after_ms; /* the service's wish; -1: it names none */
    char text[640];         /* one line, printable; never a secret */
};

/* Fill `err` (retry_after_ms becomes -1, about UNKNOWN, the rest 0) and return
 * false. The text is made printable, whatever the arguments hold. */
bool error_set(struct error *err, enum error_kind kind, int code,
               const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Like error_set(MEMORY) with "no memory " before the message, which says what
 * it was for: "for a vector", "to read %s". */
bool error_memory(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Like error_set(LOCAL) with errno's own text behind the message. */
bool error_errno(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* errno's own text, in `room` or static: strerror() for any thread. */
const char *error_reason(int code, char *room, size_t size);

/* Like error_set() with code 200: something is wrong in a reply. */
bool error_reply(struct error *err, enum error_kind kind, const char *format,
                 ...)
    __attribute__((format(printf, 3, 4)));

/* Put "format: " in front of the text; returns false. */
bool error_wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The word that ledger and JSON use, e.g. "limited"; and its kind. */
const char *error_word(enum error_kind kind);
bool error_kind_parse(const char *word, enum error_kind *kind);

enum error_course error_course(enum error_kind kind);
enum exit_status exit_status_of(const struct error *err);
/* The kind's name in the failure log, e.g. "rate limited". */
const char *error_label(enum error_kind kind);

/* It may pass by itself: another try may help. */
static inline bool error_passes(enum error_kind kind)
{
    return error_course(kind) <= COURSE_PATIENCE;
}

/* Nothing was served: enough of these in a row open the circuit breaker. */
static inline bool error_is_outage(enum error_kind kind)
{
    return error_course(kind) == COURSE_RETRY ||
           error_course(kind) == COURSE_MACHINE;
}

#endif
