/*
 * The bitmap of one filter. A row is held against the filter when it enters the
 * log, and afterwards its bit answers.
 */
#include "config.h"
#include "core/failures/filter_bitmap.h"

#include <stdio.h>
#include <string.h>

bool filter_passes_row(const char *filter, const struct failure_row *row)
{
    const char *const texts[] = { row->id, row->stage, row->code,
                                  row->message };

    return filter_passes_any(filter, texts, sizeof texts / sizeof texts[0]);
}

void filter_bitmap_init(struct filter_bitmap *b, const char *filter)
{
    memset(b, 0, sizeof *b);
    snprintf(b->filter, sizeof b->filter, "%s", filter);
}

void filter_bitmap_put(struct filter_bitmap *b, size_t place,
                       const struct failure_row *row)
{
    uint64_t bit = UINT64_C(1) << place % 64;

    b->bits[place / 64] &= ~bit;
    if (!filter_passes_row(b->filter, row))
        return;
    b->bits[place / 64] |= bit;
    b->passed++;
}

bool filter_bitmap_has(const struct filter_bitmap *b, size_t place)
{
    return b->bits[place / 64] >> place % 64 & 1;
}
