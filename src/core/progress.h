/*
 * How far a job has come: documents where their number is known, else by the
 * bytes that were read. The time left goes by work: bytes where the size of the
 * corpus is known, for documents come in different sizes, else documents.
 *
 * Pure.
 */
#ifndef BATCHTOP_CORE_PROGRESS_H
#define BATCHTOP_CORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t total; /* documents of the corpus; 0: not known */
    bool estimated; /* by bytes */
    double done_pct; /* 0..100 */
    double work, work_left; /* bytes, or documents; left < 0: not known */
};

/* final      records that are, however they ended
 * in_flight  read, and not final yet
 * size       bytes of the corpus; 0: not known, a pipe
 * complete   its end was read */
struct progress progress_of(uint64_t final, uint64_t in_flight, uint64_t read,
                            uint64_t size, bool complete);

#endif
