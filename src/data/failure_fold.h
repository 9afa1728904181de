/*
 * The cause of a failure as a person sees it: stage, kind, code, and the
 * message without what differs from document to document. So 225 bad records
 * are a handful of causes.
 *
 * Words with a digit (numbers, ids, addresses), the document's own id in
 * quotes, and long quotations become "#"; "line 7: " goes, with its column. The ledger's row of
 * a failure gives the same cause as the failure itself.
 *
 * Threads     Values; nothing is allocated.
 */
#ifndef BATCHTOP_DATA_FAILURE_FOLD_H
#define BATCHTOP_DATA_FAILURE_FOLD_H

#include "data/failure.h"

enum { FOLD_TEXT = 160 };

struct failure_fold {
    uint64_t hash;        /* equal causes have equal ones; never 0 */
    char text[FOLD_TEXT]; /* the folded message, printable */
};

struct failure_fold failure_fold(const struct failure *f);

/* "cause-0123456789abcdef": a word that selects the failures of this cause, see
 * failure_named(). */
void failure_fold_key(uint64_t hash, char key[FAILURE_KEY]);
/* 0: the word is no such key. */
uint64_t failure_fold_parse(const char *word);

/* The message behind what other columns of a row say: "line 7: " or "line 7,
 * column 9: " of the reader, "HTTP 429: " where that is its code. */
const char *failure_fold_behind(const char *message, int code);

#endif
