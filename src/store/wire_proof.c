/* This file keeps what the instances of a store know together: whether a guessed
 * port is proven to be of the same store. */
#include "config.h"
#include "store/wire_proof.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MISSES = 3, NOTHINGS = 16 };

struct wire_proof {
    atomic_int state;
    atomic_uint owners;
    unsigned missed, nothing; /* of whoever tries */
    char root[];
};

struct wire_proof *wire_proof_new(const char *root)
{
    size_t size = strlen(root) + 1;
    struct wire_proof *p = calloc(1, sizeof *p + size);

    if (!p)
        return NULL;
    atomic_init(&p->state, WIRE_OPEN);
    atomic_init(&p->owners, 1);
    memcpy(p->root, root, size);
    return p;
}

struct wire_proof *wire_proof_share(struct wire_proof *p)
{
    atomic_fetch_add(&p->owners, 1);
    return p;
}

void wire_proof_release(struct wire_proof *p)
{
    if (p && atomic_fetch_sub(&p->owners, 1) == 1)
        free(p);
}

const char *wire_proof_root(const struct wire_proof *p)
{
    return p->root;
}

enum wire_state wire_proof_state(const struct wire_proof *p)
{
    return (enum wire_state)atomic_load_explicit(&p->state,
                                                 memory_order_acquire);
}

bool wire_proof_begin(struct wire_proof *p)
{
    int open = WIRE_OPEN;

    return atomic_compare_exchange_strong(&p->state, &open, WIRE_TRYING);
}

enum wire_state wire_proof_end(struct wire_proof *p, enum wire_found found)
{
    enum wire_state state = WIRE_OPEN;

    p->missed += found == WIRE_MISSED;
    p->nothing += found == WIRE_NOTHING;
    if (found == WIRE_SHOWN)
        state = WIRE_PROVEN;
    else if (p->missed == MISSES || p->nothing == NOTHINGS)
        state = WIRE_LEFT;
    atomic_store_explicit(&p->state, state, memory_order_release);
    return state;
}
