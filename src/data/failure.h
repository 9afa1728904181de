/*
 * A document that failed: which one, where and why, when, after how many tries.
 * The stages, the recorder, the ledger and the failure log all use this one
 * struct, and select failures by the one selector below.
 *
 * Ownership   Texts are borrowed; a module that keeps a failure copies it.
 */
#ifndef BATCHTOP_DATA_FAILURE_H
#define BATCHTOP_DATA_FAILURE_H

#include "util/buf.h"
#include "util/error.h"

/* Where and why: failures of equal causes are of one kind. */
struct failure_cause {
    char stage[8]; /* "read", "embed", "upsert" */
    enum error_kind kind;
    int code;      /* HTTP status and the like; 0: none */
    bool rejected; /* the record can never be sent as it stands */
};

struct failure {
    struct failure_cause cause;
    uint16_t source;
    uint64_t pos, offset, length;
    uint64_t line;  /* 0: not counted */
    unsigned tries; /* completed attempts that counted */
    int64_t wall_s;
    struct text id; /* may be empty when rejected */
    const char *message;
};

struct doc;
/* The id stays empty: the document has only an offset for it. */
struct failure failure_of(const struct doc *d, const char *stage,
                          const struct error *why);

/* Which failures: all of them, one kind, one document, or some. */
enum select_by { SELECT_ALL, SELECT_KIND, SELECT_ONE, SELECT_TAGGED };

enum { SELECT_TAGS = 64, FAILURE_KEY = 24 };

struct failure_tag {
    uint64_t pos;
    uint16_t source;
};

struct failure_select {
    enum select_by by;
    char kind[FAILURE_KEY]; /* SELECT_KIND: see failure_named() */
    uint16_t source; /* SELECT_ONE */
    uint64_t pos;
    uint32_t tags; /* SELECT_TAGGED */
    struct failure_tag tag[SELECT_TAGS];
};

/* Which of the tags is this document's; -1: none. */
int failure_tag_find(const struct failure_select *select, uint16_t source,
                     uint64_t pos);
/* "embed/limited/429": the key of the kind. */
void failure_cause_key(const struct failure_cause *c, char key[FAILURE_KEY]);
/* Does the word select failures of this cause? It may be the key, an error's
 * word ("limited"), a code ("429"), a stage ("embed") or "rejected". */
bool failure_cause_named(const struct failure_cause *c, const char *word);
/* The same with the key of a failure_fold, too: that needs the message. */
bool failure_named(const struct failure *f, const char *word);
/* Could the word select failures of some cause, even if there are none yet? */
bool failure_word_valid(const char *word);

bool failure_selected(const struct failure_select *select,
                      const struct failure *f);

/* {"id","stage","kind","code","message","tries","source","line","offset",
 *  "length","time"} and a newline; no "line" where it is not known. */
void failure_put_json(struct buf *to, const struct failure *f);

#endif
