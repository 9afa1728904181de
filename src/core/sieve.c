/*
 * The bitmap of one filter. A row is held against the filter when it enters the
 * log, and afterwards its bit answers.
 */
#include "config.h"
#include "core/sieve.h"

#include <stdio.h>
#include <string.h>

bool sieve_passes(const char *filter, const struct failure_row *row)
{
    const char *const texts[] = { row->id, row->stage, row->code,
                                  row->message };

    return filter_passes_any(filter, texts, sizeof texts / sizeof texts[0]);
}

void sieve_init(struct sieve *s, const char *filter)
{
    memset(s, 0, sizeof *s);
    snprintf(s->filter, sizeof s->filter, "%s", filter);
}

void sieve_put(struct sieve *s, size_t place, const struct failure_row *row)
{
    uint64_t bit = UINT64_C(1) << place % 64;

    s->bits[place / 64] &= ~bit;
    if (!sieve_passes(s->filter, row))
        return;
    s->bits[place / 64] |= bit;
    s->passed++;
}

bool sieve_has(const struct sieve *s, size_t place)
{
    return s->bits[place / 64] >> place % 64 & 1;
}
