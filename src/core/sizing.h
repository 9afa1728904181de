/*
 * How many records fit into an upsert request: `batchtop size` and the plan.
 *
 * planning  floor(mb * 1024 * 1024 * safety /
 *                 (dim * 4 * 1.5 + metadata + 50 + 100)): the formula that
 *           circulates. It charges 6 bytes a float; JSON takes about 12.5, so
 *           its batches are twice what a 2 MB JSON body holds.
 * binary    floor(2,000,000 / (4 * dim + metadata)), the published table.
 * measured  the size of this program's JSON body.
 *
 * Threads     Pure.
 */
#ifndef BATCHTOP_CORE_SIZING_H
#define BATCHTOP_CORE_SIZING_H

#include <stddef.h>
#include <stdint.h>

struct sizing_input {
    uint64_t dim;
    uint64_t metadata_bytes; /* average of a record */
    double max_mb;           /* limit of a request */
    double safety;           /* of the planning model */
    uint64_t cap;            /* most records in a request */
};

struct sizing {
    double planning_budget, planning_record; /* bytes */
    uint64_t planning;
    double binary_budget, binary_record;
    uint64_t binary;
    double measured_budget, measured_record, measured_float;
    uint64_t measured;
};

/* Results are at least 1 and at most cap. dim > 0. */
void sizing_compute(const struct sizing_input *in, struct sizing *out);

/* Bytes of one float in JSON text, comma included: measured on normalised
 * vectors; longer dimensions have smaller numbers and longer text. */
double sizing_json_float(uint64_t dim);

#endif
