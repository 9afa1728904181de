#include "config.h"
#include "core/progress.h"

struct progress progress_of(uint64_t final, uint64_t in_flight, uint64_t read,
                            uint64_t size, bool complete)
{
    struct progress p = { .estimated = !complete };
    uint64_t known = final + in_flight;

    if (complete)
        p.total = known;
    else if (size > 0 && read > 0)
        p.total = (uint64_t)((double)known * (double)size / (double)read);
    if (p.total > 0)
        p.done_pct = (double)final * 100 / (double)p.total;
    else if (complete)
        p.done_pct = 100;
    if (p.done_pct > 100)
        p.done_pct = 100;
    return p;
}
