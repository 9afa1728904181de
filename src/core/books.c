/*
 * The accounts are one array under a lock, and a move takes from one and gives
 * to another while it is held. A move that would make an account negative is a
 * bug, so an assertion checks it.
 */
#include "config.h"
#include "core/books.h"

#include <assert.h>
#include <stdlib.h>

#include "sys/thread.h"

struct books {
    struct monitor lock;
    struct balance now; /* [lock] */
};

struct books *books_new(void)
{
    struct books *b = calloc(1, sizeof *b);

    if (b)
        monitor_init(&b->lock);
    return b;
}

void books_free(struct books *b)
{
    if (!b)
        return;
    monitor_release(&b->lock);
    free(b);
}

void books_move(struct books *b, enum account from, enum account to,
                uint64_t n)
{
    monitor_lock(&b->lock);
    assert(from == BOOK_CORPUS || b->now.at[from] >= n);
    if (from == BOOK_CORPUS)
        b->now.at[from] += n;
    else
        b->now.at[from] -= n;
    b->now.at[to] += n;
    monitor_unlock(&b->lock);
}

struct balance books_balance(struct books *b)
{
    struct balance now;

    monitor_lock(&b->lock);
    now = b->now;
    monitor_unlock(&b->lock);
    return now;
}
