/*
 * The failure log of the screen: the newest 10,000 rows, and the open failures
 * by kind. The ledger is the durable one; this is what can be looked at. What
 * passes the filter of whoever looks is remembered, for a few that look at once.
 * Without a filter the list has one row for documents with the same error.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_FAULTS_H
#define BATCHTOP_CORE_FAULTS_H

#include "core/folds.h"
#include "api/snapshot.h"
#include "util/buf.h"

enum { FAULTS_ROWS = SIEVE_ROWS };

struct faults;

struct faults *faults_new(unsigned tries_max);
void faults_free(struct faults *f);

/* One failed document; the texts are made printable here. */
struct fault {
    const char *stage; /* "read", "embed", "upsert" */
    enum error_kind kind;
    int code;
    bool rejected;
    unsigned tries;
    struct text id;
    const char *message;
    uint16_t source;
    uint64_t pos, offset;
    int64_t wall_s;
};

/* A final failure: a row in the log, and one more open of its kind. */
void faults_final(struct faults *f, const struct fault *x);
/* A document that will be tried again: a row only. */
void faults_deferred(struct faults *f, const struct fault *x);
/* The service made us wait: a row, told again while it is a recent one. */
void faults_note_wait(struct faults *f, const char *stage,
                      const struct error *err);
/* What the newest of those that wait was told; "": none did. */
void faults_why_waiting(struct faults *f, char *to, size_t size);
/* n open failures of this kind are no longer owed. */
void faults_healed(struct faults *f, const char *stage, enum error_kind kind,
                   int code, bool rejected, uint64_t n);
/* The row of this document, if it is still in the log, now stands so. */
void faults_mark(struct faults *f, uint16_t source, uint64_t pos,
                 enum failure_standing standing);
/* No failure of any kind is open: before they are counted anew. */
void faults_forget(struct faults *f);
/* Open ones of a kind, known from the ledger. */
void faults_preload(struct faults *f, const struct fault *x, uint64_t n);

/* The engine's newest word to the operator. */
void faults_say(struct faults *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fill the kinds, the rows that s->ask wants, the message. */
void faults_fill(struct faults *f, struct snapshot *s);

/* "embed/limited/429", the key of a kind. */
void faults_key(char *to, size_t size, const char *stage,
                enum error_kind kind, int code, bool rejected);
/* The selection covers this failure. A kind is a key, a word ("limited"), a
 * code ("429"), a stage ("embed") or "rejected". */
bool faults_selected(const struct failure_select *select,
                     const struct fault *x);

#endif
