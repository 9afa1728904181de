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
#include <stdint.h>

#define ERROR_KINDS(X) /* name, word in ledger and JSON, retry, meaning */     \
    X(INPUT, "input", false, "the document cannot be used")                    \
    X(NETWORK, "network", true, "no complete answer arrived")                  \
    X(TIMEOUT, "timeout", true, "no answer in time")                           \
    X(LIMITED, "limited", true, "the service asked us to slow down")           \
    X(QUOTA, "quota", false, "the account has no quota or money left")         \
    X(SERVER, "server", true, "the service failed")                            \
    X(AUTH, "auth", false, "the key was not accepted")                         \
    X(CONFIG, "config", false, "the configuration cannot work")                \
    X(REFUSED, "refused", false, "the service rejected the request")           \
    X(SIZE, "size", false, "the request is larger than the service takes")     \
    X(PROTOCOL, "protocol", true, "the answer makes no sense")                 \
    X(VECTOR, "vector", true, "the vector cannot be used")                     \
    X(LOCAL, "local", true, "this machine's disk or files failed")             \
    X(MEMORY, "memory", true, "memory ran out")                                \
    X(STOPPED, "stopped", true, "we were asked to stop")                       \
    X(LOCKED, "locked", false, "another process holds the job")                \
    X(FOREIGN, "foreign", false, "the checkpoint belongs to something else")

enum error_kind {
#define X(name, word, retry, meaning) ERROR_##name,
    ERROR_KINDS(X)
#undef X
        ERROR_KIND_COUNT
};

/* Whom a refusal is about, as far as the service's own words (its message,
 * code or type; never an echo of a document) tell. */
enum error_about {
    ABOUT_UNKNOWN,  /* they do not tell: the caller finds out */
    ABOUT_DOCUMENT, /* one document: its text, id or metadata */
    ABOUT_REQUEST,  /* how much was in it: a smaller one may pass */
    ABOUT_SERVICE   /* the account, the model, the server: any document */
};

struct error {
    enum error_kind kind;
    enum error_about about;
    int code;               /* HTTP status or errno; 0 when neither */
    uint32_t most;          /* SIZE: documents that a request may have, where
                               the service names the number; else 0 */
    int64_t retry_after_ms; /* the service's own word; -1 when silent */
    char text[256];         /* one line, printable; never a secret */
};

/* Fill `err` (retry_after_ms becomes -1, about UNKNOWN, most 0) and return
 * false. Whatever the arguments hold, the text is as str_printable() leaves
 * it. */
bool error_set(struct error *err, enum error_kind kind, int code,
               const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Like error_set(LOCAL) with errno's own text behind the message. */
bool error_errno(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "format: " in front of the text; returns false. */
bool error_wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The word that ledger and JSON use, e.g. "limited"; and its way back. */
const char *error_word(enum error_kind kind);
bool error_kind_parse(const char *word, enum error_kind *kind);

/* Sending the same thing again may help. */
bool error_retryable(enum error_kind kind);
const char *error_meaning(enum error_kind kind);

#endif
