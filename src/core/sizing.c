/* This file has the three formulas. The bytes of a float in our JSON are
 * measured, with straight lines between the measurements. */
#include "config.h"
#include "core/sizing.h"

#include <math.h>

/* {"id":"...","vector":[],"payload":{"_id":...,"text":...,"metadata":}}, less
 * what metadata and floats take. */
enum { RECORD_OVERHEAD = 60, ID_AND_EXTRA = 50 + 100 };

/* Our shortest text of random unit vectors, from `make bench`. */
static const struct {
    double dim, bytes;
} json_float[] = {
    { 384, 12.22 },  { 768, 12.37 },  { 1024, 12.42 },
    { 1536, 12.50 }, { 3072, 12.64 },
};

double sizing_json_float(uint64_t dim)
{
    size_t last = sizeof json_float / sizeof json_float[0] - 1;
    double d = (double)dim;

    if (d <= json_float[0].dim)
        return json_float[0].bytes;
    for (size_t i = 0; i < last; i++)
        if (d <= json_float[i + 1].dim) {
            double share = (d - json_float[i].dim) /
                           (json_float[i + 1].dim - json_float[i].dim);

            return json_float[i].bytes +
                   share * (json_float[i + 1].bytes - json_float[i].bytes);
        }
    return json_float[last].bytes;
}

static uint64_t sizing_fit(double budget, double record, uint64_t cap)
{
    double n = floor(budget / record);

    if (n < 1)
        return 1;
    return n > (double)cap ? cap : (uint64_t)n;
}

void sizing_compute(const struct sizing_input *in, struct sizing *out)
{
    double dim = (double)in->dim, metadata = (double)in->metadata_bytes;

    out->planning_budget = in->max_mb * 1024 * 1024 * in->safety;
    out->planning_record = dim * 4 * 1.5 + metadata + ID_AND_EXTRA;
    out->planning =
        sizing_fit(out->planning_budget, out->planning_record, in->cap);
    out->binary_budget = 2e6;
    out->binary_record = 4 * dim + metadata;
    out->binary = sizing_fit(out->binary_budget, out->binary_record, in->cap);
    out->measured_float = sizing_json_float(in->dim);
    out->measured_budget = in->max_mb * 1e6 * 0.9;
    out->measured_record =
        dim * out->measured_float + metadata + RECORD_OVERHEAD;
    out->measured =
        sizing_fit(out->measured_budget, out->measured_record, in->cap);
}
