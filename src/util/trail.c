#include "config.h"
#include "util/trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/mix.h"

static void step(struct trail *r, const unsigned char *p)
{
    uint64_t w[2];

    if (r->bytes < TRAIL_STEP) { /* the first; zeros must not stay zero */
        r->lane[0] = mix_pi;
        r->lane[1] = mix_two;
    }
    memcpy(w, p, sizeof w);
    mix_step(r->lane, w);
}

/* Bytes to what is left of the last step; returns how many. */
static size_t fill_tail(struct trail *r, const unsigned char *p, size_t n)
{
    size_t have = r->bytes % TRAIL_STEP, room = TRAIL_STEP - have;
    size_t part = n < room ? n : room;

    memcpy(r->tail + have, p, part);
    if (part == room) {
        step(r, r->tail);
        memset(r->tail, 0, sizeof r->tail);
    }
    r->bytes += part;
    return part;
}

void trail_add(struct trail *r, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t done = 0;

    if (n > 0 && r->bytes % TRAIL_STEP)
        done = fill_tail(r, p, n);
    for (; n - done >= TRAIL_STEP; done += TRAIL_STEP) {
        step(r, p + done);
        r->bytes += TRAIL_STEP;
    }
    if (done < n)
        fill_tail(r, p + done, n - done);
}

bool trail_same(const struct trail *a, const struct trail *b)
{
    return a->bytes == b->bytes && a->lane[0] == b->lane[0] &&
           a->lane[1] == b->lane[1] &&
           memcmp(a->tail, b->tail, sizeof a->tail) == 0;
}

void trail_write(const struct trail *r, char to[TRAIL_TEXT])
{
    int n = snprintf(to, TRAIL_TEXT, "%" PRIu64 ":%016" PRIx64 "%016" PRIx64,
                     r->bytes, r->lane[0], r->lane[1]);

    for (size_t i = 0; i < TRAIL_STEP; i++)
        n += snprintf(to + n, TRAIL_TEXT - (size_t)n, "%02x", r->tail[i]);
}

bool trail_read(const char *text, struct trail *out)
{
    struct trail r = { .bytes = 0 };
    char again[TRAIL_TEXT];
    int at = 0;

    if (sscanf(text, "%" SCNu64 ":%16" SCNx64 "%16" SCNx64 "%n", &r.bytes,
               &r.lane[0], &r.lane[1], &at) != 3)
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
