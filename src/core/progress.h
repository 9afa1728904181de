/*
 * How far a job has come: in documents if their number is known, else in bytes
 * that were read. The time left goes by work: bytes if the size of the corpus
 * is known, since documents differ in size, else documents.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_PROGRESS_H
#define BATCHTOP_CORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t total; /* documents of the corpus; 0: unknown */
    bool estimated; /* by bytes */
    bool complete;  /* its end was read */
    double done_pct; /* 0..100 */
    double work, work_left; /* bytes, or documents; left < 0: unknown */
};

/* final      records that are final, in any way
 * in_flight  read, and not final yet
 * size       bytes of the corpus; 0: unknown, a pipe
 * complete   its end was read */
struct progress progress_of(uint64_t final, uint64_t in_flight, uint64_t read,
                            uint64_t size, bool complete);

/* A run that ends when it has read `left` documents more, if its corpus has as
 * many. */
void progress_end_behind(struct progress *p, uint64_t final, uint64_t in_flight,
                         uint64_t left);

#endif
