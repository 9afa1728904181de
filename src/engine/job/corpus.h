/*
 * The files of a run's corpus: as the ledger knows them, as they are, and open
 * for reading. The run opens each at the start, to recognise it, or refuse it
 * while nothing is lost. If there are more than it reads at a time, it closes
 * each until its turn: a corpus may have more files than a process may open.
 *
 * Threads     corpus_begin(), corpus_check_reread(), corpus_end(): its reader.
 *             The rest: any, after corpus_open().
 */
#ifndef BATCHTOP_ENGINE_JOB_CORPUS_H
#define BATCHTOP_ENGINE_JOB_CORPUS_H

#include "engine/engine.h"

/* How to read file i; stop_fd is -1. */
void corpus_source_config(const struct options *opt, size_t i,
                          struct source_config *cfg);

/* fails    INPUT, LOCAL, MEMORY: with the file's name. */
bool corpus_open(struct run *r, struct error *err);

/* What the ledger knows of a file. */
struct corpus_known {
    struct ledger_source row;
    uint64_t ctime_ns; /* 0: not known */
    struct trail past; /* hash of the bytes below the frontier; unknown if it
                          does not cover them */
    struct place reach; /* how far a run read: below it documents may be done,
                           too; pos 0: no farther than the frontier */
};

enum corpus_verdict { CORPUS_SAME, CORPUS_APPENDED, CORPUS_CHANGED };

/*
 * Compare file i, as corpus_open() found it, with the ledger. It reads the ends
 * and a window; of a file that was touched since, all up to the frontier, about
 * a second a GB. A pipe counts as SAME until corpus_begin() has read so far.
 */
enum corpus_verdict corpus_compare(struct run *r, size_t i,
                                   const struct corpus_known *known);

/* Read records of file i once more, beside its reader. The stop of the run ends
 * it.
 * fails    INPUT: it is a pipe, which only its reader can read. */
bool corpus_reread(struct run *r, size_t i, struct source_config *cfg,
                   struct error *err);

/* source_window_hash(), also for a file that is not open. */
bool corpus_window_hash(struct run *r, size_t i, uint64_t end, uint64_t *hash,
                        struct error *err);

/* Go to where reading of file i begins.
 * fails    like corpus_open(); LOCAL also when it is another file by now;
 *          FOREIGN: the bytes before that place have changed. */
bool corpus_begin(struct run *r, size_t i, struct error *err);
/* If an earlier run had read beyond its frontier, and finished some of that:
 * are the bytes so far unchanged? `at_end`: there are no more.
 * fails    FOREIGN. */
bool corpus_check_reread(struct run *r, size_t i, bool at_end,
                         struct error *err);
void corpus_end(struct run *r, size_t i);

#endif
