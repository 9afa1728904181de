/*
 * The files of a run's corpus: as they were for the ledger, as they are, and
 * open while they are read. Each is opened at the start, to be known again and
 * refused while nothing is lost. Where there are more than are read at a time,
 * each is closed until its turn: a corpus may have more files than a process
 * may open.
 *
 * Threads     corpus_begin(), _check_reread(), _end(): its reader. The rest:
 *             any, once corpus_open() was through.
 */
#ifndef BATCHTOP_ENGINE_JOB_CORPUS_H
#define BATCHTOP_ENGINE_JOB_CORPUS_H

#include "engine/engine.h"

/* How file i is to be read; stop_fd is -1. */
void corpus_source_config(const struct options *opt, size_t i,
                          struct source_config *cfg);

/* fails    INPUT, LOCAL, MEMORY: with the file's name. */
bool corpus_open(struct run *r, struct error *err);

/* What the ledger knows of a file. */
struct corpus_known {
    struct ledger_source row;
    uint64_t ctime_ns; /* 0: not known */
    struct trail past; /* of the bytes below the frontier; not known: not of
                          so many */
    struct place reach; /* how far was read: below it documents may be done,
                           too; pos 0: no farther than the frontier */
};

enum corpus_verdict { CORPUS_SAME, CORPUS_APPENDED, CORPUS_CHANGED };

/*
 * File i as corpus_open() found it, against what the ledger knows. Reads ends
 * and a window; a file that was touched since also up to the frontier, about a
 * second a GB. A pipe is SAME until corpus_begin() has read so far.
 */
enum corpus_verdict corpus_compare(struct run *r, size_t i,
                                   const struct corpus_known *known);

/* To read records of file i once more, beside its reader. The stop of the run
 * ends it.
 * fails    INPUT: it is a pipe, whose bytes are its reader's. */
bool corpus_reread(struct run *r, size_t i, struct source_config *cfg,
                   struct error *err);

/* source_window_hash(), also of a file that is not open. */
bool corpus_window_hash(struct run *r, size_t i, uint64_t end, uint64_t *hash,
                        struct error *err);

/* Stand where file i is to be read from.
 * fails    like corpus_open(); LOCAL, too, when it is another file by now;
 *          FOREIGN: what stands before that place is not what stood there. */
bool corpus_begin(struct run *r, size_t i, struct error *err);
/* Where an earlier run had read farther than its frontier, and finished some of
 * that: are the bytes so far those of then? `at_end`: there are no more.
 * fails    FOREIGN. */
bool corpus_check_reread(struct run *r, size_t i, bool at_end,
                         struct error *err);
void corpus_end(struct run *r, size_t i);

#endif
