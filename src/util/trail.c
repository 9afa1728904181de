/* This file computes the hash: it keeps four lanes and the bytes that do not
 * fill a step yet. As text it is the byte count, the lanes and those bytes, so
 * that a later process can go on where this one stopped. */
#include "config.h"
#include "util/trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/mix.h"

/* Steps of 64 bytes. Each lane is one of mix_step()'s, on 16 of them. */
static void trail_add_steps(struct trail *r, const unsigned char *p,
                            size_t count)
{
    uint64_t lane[TRAIL_LANES];

    memcpy(lane, r->lane, sizeof lane);
    for (; count > 0; count--, p += TRAIL_STEP)
        for (size_t i = 0; i < TRAIL_LANES; i++) {
            uint64_t w[2];

            memcpy(w, p + i * sizeof w, sizeof w);
            lane[i] = mix_lane(lane[i], w);
        }
    memcpy(r->lane, lane, sizeof lane);
}

static void trail_begin(struct trail *r)
{
    const uint64_t first[TRAIL_LANES] = { mix_pi, mix_two, mix_e,
                                          mix_three };

    memcpy(r->lane, first, sizeof first); /* zeros must not stay zero */
}

/* Fill the rest of the last step with bytes; returns how many it took. */
static size_t fill_tail(struct trail *r, const unsigned char *p, size_t n)
{
    size_t have = r->bytes % TRAIL_STEP, room = TRAIL_STEP - have;
    size_t part = n < room ? n : room;

    memcpy(r->tail + have, p, part);
    if (part == room) {
        trail_add_steps(r, r->tail, 1);
        memset(r->tail, 0, sizeof r->tail);
    }
    r->bytes += part;
    return part;
}

void trail_add(struct trail *r, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t done = 0, whole;

    if (r->bytes == 0)
        trail_begin(r);
    if (n > 0 && r->bytes % TRAIL_STEP)
        done = fill_tail(r, p, n);
    whole = (n - done) / TRAIL_STEP;
    trail_add_steps(r, p + done, whole);
    done += whole * TRAIL_STEP;
    r->bytes += whole * TRAIL_STEP;
    if (done < n)
        fill_tail(r, p + done, n - done);
}

bool trail_same(const struct trail *a, const struct trail *b)
{
    return a->bytes == b->bytes &&
           (a->bytes == 0 ||
            (memcmp(a->lane, b->lane, sizeof a->lane) == 0 &&
             memcmp(a->tail, b->tail, sizeof a->tail) == 0));
}

/* BYTES:LANES TAIL, the latter two in hexadecimal */
void trail_write(const struct trail *r, char to[TRAIL_TEXT])
{
    int n = snprintf(to, TRAIL_TEXT, "%" PRIu64 ":", r->bytes);

    for (size_t i = 0; i < TRAIL_LANES; i++)
        n += snprintf(to + n, TRAIL_TEXT - (size_t)n, "%016" PRIx64,
                      r->lane[i]);
    for (size_t i = 0; i < TRAIL_STEP; i++)
        n += snprintf(to + n, TRAIL_TEXT - (size_t)n, "%02x", r->tail[i]);
}

bool trail_read(const char *text, struct trail *out)
{
    struct trail r = { .bytes = 0 };
    char again[TRAIL_TEXT];
    int at = 0;

    if (sscanf(text, "%" SCNu64 ":%n", &r.bytes, &at) != 1 || at == 0)
        return false;
    for (size_t i = 0; i < TRAIL_LANES; i++, at += 16)
        if (sscanf(text + at, "%16" SCNx64, &r.lane[i]) != 1)
            return false;
    for (size_t i = 0; i < TRAIL_STEP; i++, at += 2)
        if (sscanf(text + at, "%2hhx", &r.tail[i]) != 1)
            return false;
    trail_write(&r, again);
    if (strcmp(again, text) != 0)
        return false;
    *out = r;
    return true;
}
