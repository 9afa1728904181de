/*
 * The corpus as the ledger knows it: is it unchanged, where does reading go on,
 * and what the ledger keeps of it.
 *
 * Beside the row of a source the ledger has under "past.N" the file's change
 * time and running hashes of its bytes below the frontier and below the place
 * where its reader was (some of what is between them may be done), as text. A
 * ledger of an earlier version has none, which is accepted.
 *
 * Threads     corpus_known_write(): the recorder. The rest: before the run
 * begins.
 */
#ifndef BATCHTOP_ENGINE_JOB_CORPUS_KNOWN_H
#define BATCHTOP_ENGINE_JOB_CORPUS_KNOWN_H

#include "core/frontier.h"
#include "engine/job/corpus.h"

/* Read what is under the key of file i; NULL is fine. */
void corpus_known_read(const char *text, struct corpus_known *to);
/* The key; to[CORPUS_KNOWN_KEY]. */
enum { CORPUS_KNOWN_KEY = 24 };
const char *corpus_known_key(size_t i, char to[CORPUS_KNOWN_KEY]);

/* Is each file of the corpus unchanged? *changed: no, and the user accepted it.
 * fails    FOREIGN: no, with the remedy; as the ledger. */
bool corpus_known_check(struct run *r, bool *changed, struct error *err);

/* Write the corpus as it is now and go to its frontiers. */
bool corpus_known_start(struct run *r, bool by_ids, struct error *err);

/* Write the running hashes at the frontier of file i and at the reader's place
 * into the open transaction. */
bool corpus_known_write(struct run *r, size_t i, const struct place *at,
                        const struct place *reach, struct error *err);

#endif
