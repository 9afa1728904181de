/* This file computes progress: it estimates the total from the bytes that were
 * read, and assumes that records in flight have the average size of what was
 * read. */
#include "config.h"
#include "core/progress.h"

/* Assume that records that are not final have the average size of all that were
 * read. */
static void put_work(struct progress *p, double final, double known,
                     double read, double size)
{
    p->work = size > 0 ? (known > 0 ? read * final / known : 0) : final;
    p->work_left = size > 0         ? size - p->work
                   : !p->estimated  ? known - final
                                    : -1;
    if (size > 0 && p->work_left < 0)
        p->work_left = 0; /* it has shrunk */
}

struct progress progress_of(uint64_t final, uint64_t in_flight, uint64_t read,
                            uint64_t size, bool complete)
{
    struct progress p = { .estimated = !complete, .complete = complete };
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
    put_work(&p, (double)final, (double)known, (double)read, (double)size);
    return p;
}

void progress_end_behind(struct progress *p, uint64_t final, uint64_t in_flight,
                         uint64_t left)
{
    uint64_t open = in_flight + left;
    double each = final > 0 ? p->work / (double)final : 0;

    if (!p->estimated || (p->total > 0 && p->total <= final + open))
        return;
    p->estimated = false;
    p->total = final + open;
    p->done_pct = p->total > 0 ? (double)final * 100 / (double)p->total : 100;
    p->work_left = each > 0 ? each * (double)open : -1;
}
