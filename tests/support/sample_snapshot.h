/*
 * Scripted moments of a run, for the console's tests: the same every time.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_SAMPLE_SNAPSHOT_H
#define BATCHTOP_TESTS_SUPPORT_SAMPLE_SNAPSHOT_H

#include "api/snapshot.h"

enum sample {
    SAMPLE_STARTING,
    SAMPLE_RUNNING,
    SAMPLE_PAUSED,
    SAMPLE_STAGES, /* reader and store are paused, the embedder is not */
    SAMPLE_THROTTLED,
    SAMPLE_HELD,
    SAMPLE_RETRYING,
    SAMPLE_DRAINING,
    SAMPLE_STOPPING,
    SAMPLE_DONE,
    SAMPLE_DONE_OWING,
    SAMPLE_FAILED,
    SAMPLE_EMPTY,    /* a corpus without documents */
    SAMPLE_UNKNOWN,  /* standard input: no total */
    SAMPLE_LAPTOP,   /* three local embedders, one writer, just begun */
    SAMPLE_SEEKING,  /* how many requests are in flight is found out */
    SAMPLE_REFUSED,  /* the services refused more of them */
    SAMPLE_SLOW,     /* two of 64 answers do not come */
    SAMPLE_ADVISED,  /* requests are scarce, and could carry more */
    SAMPLE_SPENT,    /* the embedders wait for a larger budget */
    SAMPLE_CROWD,    /* 64 workers a stage, numbers as large as they get */
    SAMPLE_WIDE,     /* CJK, combining and emoji text */
    SAMPLE_HOSTILE,  /* text as str_printable() leaves it, and as it must
                      * never come: control characters, broken UTF-8 */
    SAMPLE_COUNT
};

const char *sample_name(enum sample which); /* "running" */
/* About 100 KiB: one static per test program is enough. */
void sample_snapshot(struct snapshot *s, enum sample which);
/* Leave those of its failures that pass s->ask.filter. */
void sample_filter(struct snapshot *s);
/* The wall clock of all samples; rows of the log are a little older. */
enum { SAMPLE_WALL_S = 1795529232 }; /* 2026-11-24 14:07:12 UTC */

#endif
