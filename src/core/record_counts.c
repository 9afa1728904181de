/*
 * The accounts are one array under a lock, and a move takes from one and gives
 * to another while it is held. A move that would make an account negative is a
 * bug, so an assertion checks it.
 */
#include "config.h"
#include "core/record_counts.h"

#include <assert.h>
#include <stdlib.h>

#include "sys/thread.h"

struct record_counts {
    struct monitor lock;
    struct record_balance now; /* [lock] */
};

struct record_counts *record_counts_new(void)
{
    struct record_counts *b = calloc(1, sizeof *b);

    if (b)
        monitor_init(&b->lock);
    return b;
}

void record_counts_free(struct record_counts *b)
{
    if (!b)
        return;
    monitor_release(&b->lock);
    free(b);
}

void record_counts_move(struct record_counts *b, enum record_account from,
                        enum record_account to, uint64_t n)
{
    monitor_lock(&b->lock);
    assert(from == COUNT_CORPUS || b->now.at[from] >= n);
    if (from == COUNT_CORPUS)
        b->now.at[from] += n;
    else
        b->now.at[from] -= n;
    b->now.at[to] += n;
    monitor_unlock(&b->lock);
}

struct record_balance record_counts_balance(struct record_counts *b)
{
    struct record_balance now;

    monitor_lock(&b->lock);
    now = b->now;
    monitor_unlock(&b->lock);
    return now;
}
