/* This file writes and reads the slots of a spool. One write takes slots that
 * lie beside each other; a slot counts only when its sum is right.
 * spool_slots.c decides which slot is free. */
#include "config.h"
#include "ledger/spool_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util/str.h"

/* Leave so much for the ledger: the run holds when it has no room. */
enum { ROOM_LEFT_MB = 64 };

/* --- the sum -------------------------------------------------------------- */

enum { LANES = 8, STEP = LANES * sizeof(uint64_t) };

struct lanes {
    uint64_t lane[LANES];
    uint64_t bytes;
    struct spool_stamp stamp; /* without its sum */
};

/* One to one, so a change of one word is never lost. */
static inline uint64_t spool_mix(uint64_t lane, const unsigned char *p)
{
    uint64_t word, v;

    memcpy(&word, p, sizeof word);
    v = (lane ^ word) * 0x9e3779b97f4a7c15u;
    return v << 29 | v >> 35;
}

/* Four of the lanes take their words of each step: they do not wait for each
 * other, and so many stay in registers. */
static void spool_mix_four(uint64_t lane[4], const unsigned char *p,
                           size_t steps)
{
    enum { WORD = sizeof(uint64_t) };
    uint64_t a = lane[0], b = lane[1], c = lane[2], d = lane[3];

    for (; steps > 0; steps--, p += STEP) {
        a = spool_mix(a, p);
        b = spool_mix(b, p + WORD);
        c = spool_mix(c, p + 2 * WORD);
        d = spool_mix(d, p + 3 * WORD);
    }
    lane[0] = a;
    lane[1] = b;
    lane[2] = c;
    lane[3] = d;
}

static void spool_mix_steps(struct lanes *x, const unsigned char *p,
                            size_t steps)
{
    spool_mix_four(x->lane, p, steps);
    spool_mix_four(x->lane + LANES / 2, p + STEP / 2, steps);
}

uint64_t spool_sum(const struct spool *s, const struct spool_stamp *stamp,
                   const float *vector)
{
    const unsigned char *p = (const unsigned char *)vector;
    size_t bytes = s->dim * sizeof *vector, left = bytes % STEP;
    struct lanes x = { .bytes = bytes, .stamp = *stamp };
    unsigned char rest[STEP] = { 0 };

    x.stamp.sum = 0;
    for (int i = 0; i < LANES; i++)
        x.lane[i] = s->identity + (uint64_t)i;
    spool_mix_steps(&x, p, bytes / STEP);
    if (left > 0)
        memcpy(rest, p + bytes - left, left);
    spool_mix_steps(&x, rest, 1);
    return str_hash64(&x, sizeof x);
}

/* --- writing -------------------------------------------------------------- */

uint64_t spool_slot_at(const struct spool *s, uint32_t slot)
{
    return SPOOL_SLOTS_AT + (uint64_t)(slot - 1) * s->stride;
}

/* A part was written; the next byte shows why no more (disk full, quota, a
 * limit). Returns false with errno. */
static bool stopped_short(const struct spool *s, uint64_t at)
{
    if (pwrite(s->fd, "", 1, (off_t)at) >= 0)
        errno = ENOSPC;
    return false;
}

/* Slots that lie together, in one write. */
static bool write_run(struct spool *s, const struct spool_record *rec,
                      const struct spool_stamp *stamp, size_t n)
{
    static const char padding[sizeof(uint64_t)];
    struct iovec part[3 * SPOOL_PUT_MAX];
    size_t vector = s->dim * sizeof *rec->vector;
    size_t pad = s->stride - sizeof *stamp - vector;
    int parts = 0;
    ssize_t put;

    for (size_t i = 0; i < n; i++) {
        part[parts++] = (struct iovec){ (void *)&stamp[i], sizeof *stamp };
        part[parts++] = (struct iovec){ (void *)rec[i].vector, vector };
        if (pad)
            part[parts++] = (struct iovec){ (void *)padding, pad };
    }
    do {
        put = pwritev(s->fd, part, parts,
                      (off_t)spool_slot_at(s, rec->slot));
    } while (put < 0 && errno == EINTR);
    if (put >= 0 && (size_t)put < n * s->stride)
        return stopped_short(s, spool_slot_at(s, rec->slot) + (uint64_t)put);
    return put >= 0;
}

static bool write_all(struct spool *s, const struct spool_record *rec,
                      size_t n)
{
    struct spool_stamp stamp[SPOOL_PUT_MAX];
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        stamp[i] = (struct spool_stamp){ .paid = rec[i].paid,
                                         .key = rec[i].key };
        stamp[i].sum = spool_sum(s, &stamp[i], rec[i].vector);
    }
    for (size_t i = 1; i <= n; i++) {
        if (i < n && rec[i].slot == rec[i - 1].slot + 1)
            continue;
        if (!write_run(s, rec + from, stamp + from, i - from))
            return false;
        from = i;
    }
    return true;
}

static bool spool_has_room(const struct spool *s, size_t n)
{
    uint64_t wanted = ((uint64_t)ROOM_LEFT_MB << 20) + n * s->stride;
    struct statvfs fs;

    return fstatvfs(s->fd, &fs) != 0 ||
           (uint64_t)fs.f_bavail * fs.f_frsize >= wanted;
}

bool spool_put(struct spool *s, struct spool_record *rec, size_t n,
               struct error *err)
{
    int code;

    for (size_t i = 0; i < n; i++)
        rec[i].slot = 0;
    if (spool_slots_short(s, n) && !spool_has_room(s, n))
        return error_set(err, ERROR_LOCAL, ENOSPC,
                         "%.120s: less than %d MiB of disk are free", s->path,
                         ROOM_LEFT_MB);
    if (!spool_slots_take(s, rec, n))
        return error_set(err, ERROR_MEMORY, 0, "%.120s: no free slot",
                         s->path);
    if (write_all(s, rec, n))
        return true;
    code = errno;
    spool_slots_give(s, rec, n);
    return error_errno(err, code, "%.120s", s->path);
}

/* --- taking --------------------------------------------------------------- */

bool spool_read(const struct spool *s, uint32_t slot,
                struct spool_stamp *stamp, float *vector)
{
    size_t bytes = s->dim * sizeof *vector;
    struct iovec part[2] = { { stamp, sizeof *stamp }, { vector, bytes } };

    return preadv(s->fd, part, 2, (off_t)spool_slot_at(s, slot)) ==
               (ssize_t)(sizeof *stamp + bytes) &&
           spool_sum(s, stamp, vector) == stamp->sum;
}

bool spool_take(struct spool *s, const struct spool_key *key, float *vector,
                uint32_t *slot)
{
    uint32_t found = spool_slots_claim(s, key);
    struct spool_stamp stamp = { .sum = 0 };

    if (!found)
        return false;
    if (!spool_read(s, found, &stamp, vector) ||
        !spool_same(&stamp.key, key)) {
        spool_free(s, found);
        return false;
    }
    *slot = found;
    return true;
}
