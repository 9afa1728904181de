/* This file keeps what a run found for a later one, as a line of the ledger. */
#include "config.h"
#include "flow/seek.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { KNEE_MOST = 1000000 }; /* of each number: what is larger is damage */

void seek_knee(const struct seek *s, struct seek_knee *out)
{
    struct seek_stats now;

    seek_stats(s, 0, &now);
    *out = (struct seek_knee){ .width = now.knee,
                               .batch = now.batch,
                               .per_s = now.per_s,
                               .ceiling = s->refusals.ceiling };
}

static void knee_print(const uint64_t n[4], const char *endpoint,
                       char text[SEEK_TEXT])
{
    snprintf(text, SEEK_TEXT, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
             " %s", n[0], n[1], n[2], n[3], endpoint);
}

void seek_knee_write(const struct seek_knee *knee, const char *endpoint,
                     char text[SEEK_TEXT])
{
    uint64_t n[] = { knee->width, knee->batch,
                     (uint64_t)(knee->per_s * 1000 + 0.5), knee->ceiling };

    text[0] = '\0';
    if (knee->width)
        knee_print(n, endpoint, text);
}

bool seek_knee_read(struct seek_knee *knee, const char *endpoint,
                    const char *text)
{
    char same[SEEK_TEXT];
    const char *at = text;
    uint64_t n[4];

    for (size_t i = 0; i < 4; i++)
        if (!str_take_u64(&at, &n[i]) || n[i] > KNEE_MOST)
            return false;
    knee_print(n, endpoint, same);
    if (n[0] == 0 || strcmp(same, text) != 0)
        return false;
    *knee = (struct seek_knee){ .width = (size_t)n[0],
                                .batch = (size_t)n[1],
                                .per_s = (double)n[2] / 1000,
                                .ceiling = (size_t)n[3] };
    return true;
}
