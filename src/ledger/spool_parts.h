/* What the files of the spool share: spool.c writes and takes, spool_open.c
 * begins and reads what was left, spool_slots.c knows which slots are free.
 * Only they include this. */
#ifndef BATCHTOP_LEDGER_SPOOL_PARTS_H
#define BATCHTOP_LEDGER_SPOOL_PARTS_H

#include "ledger/spool.h"

#include <stdatomic.h>

#include "sys/thread.h"

enum {
    SPOOL_SLOTS_AT = 64,   /* bytes before the first slot */
    SPOOL_LIMIT_FACTOR = 2 /* slots for each document that can be in flight */
};

/* What comes before each vector. */
struct spool_stamp {
    uint64_t sum; /* of the rest and the vector, from the identity on */
    uint64_t paid;
    struct spool_key key;
};

enum spool_use {
    SPOOL_FREE,
    SPOOL_USED, /* a document in flight has it */
    SPOOL_LEFT  /* an earlier process left it; no document took it yet */
};

/* What an earlier process left; open addressing by the hash of the id. */
struct spool_left {
    struct spool_key key;
    uint32_t slot; /* 0: nothing here (any more) */
    bool there;    /* there was something, so a search goes on */
};

struct spool {
    int fd;
    char *path;
    uint64_t identity;
    size_t dim, stride; /* stride: bytes of a slot */
    uint64_t paid;      /* [const after open] */

    struct monitor lock;
    unsigned char *use; /* [lock] enum spool_use of each slot */
    size_t slots, room, free, most, cursor; /* [lock] */
    struct spool_left *left; /* [lock] */
    size_t left_mask;        /* [const after open] */
    atomic_size_t left_count;
};

/* The sum of a slot: fast enough for every vector of a run, no protection
 * against an enemy. */
uint64_t spool_sum(const struct spool *s, const struct spool_stamp *stamp,
                   const float *vector);
/* Read a slot; false when it is not whole. */
bool spool_read(const struct spool *s, uint32_t slot,
                struct spool_stamp *stamp, float *vector);
uint64_t spool_slot_at(const struct spool *s, uint32_t slot);

/* Are both of one document with one text? */
bool spool_same(const struct spool_key *a, const struct spool_key *b);

/* spool_slots.c. Call the first two at opening or under the lock; the others
 * take it. */
bool spool_slots_room(struct spool *s, size_t slots);
/* Remember what an earlier process left for a document. */
void spool_slots_leave(struct spool *s, const struct spool_key *key,
                       uint32_t slot);
/* Do n records need more slots than the file has? */
bool spool_slots_short(struct spool *s, size_t n);
/* Take n free slots, together if possible. False: there are too few and the
 * file must not grow, or no memory. */
bool spool_slots_take(struct spool *s, struct spool_record *rec, size_t n);
void spool_slots_give(struct spool *s, struct spool_record *rec, size_t n);
/* The slot that an earlier process left for this document; 0: none. */
uint32_t spool_slots_claim(struct spool *s, const struct spool_key *key);

#endif
