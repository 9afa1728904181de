/* This file keeps the accounts in one array under a lock; a move takes from one
 * and gives to another under that lock. An assertion checks that no account
 * becomes negative. */
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
    struct record_counts *c = calloc(1, sizeof *c);

    if (c)
        monitor_init(&c->lock);
    return c;
}

void record_counts_free(struct record_counts *c)
{
    if (!c)
        return;
    monitor_release(&c->lock);
    free(c);
}

void record_counts_move(struct record_counts *c, enum record_account from,
                        enum record_account to, uint64_t n)
{
    monitor_lock(&c->lock);
    assert(from == COUNT_CORPUS || c->now.at[from] >= n);
    if (from == COUNT_CORPUS)
        c->now.at[from] += n;
    else
        c->now.at[from] -= n;
    c->now.at[to] += n;
    monitor_unlock(&c->lock);
}

struct record_balance record_counts_balance(struct record_counts *c)
{
    struct record_balance now;

    monitor_lock(&c->lock);
    now = c->now;
    monitor_unlock(&c->lock);
    return now;
}
