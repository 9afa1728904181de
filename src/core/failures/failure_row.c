/* This file fills the columns of a row: it cuts each text to its column and
 * makes it printable, so that no service's answer can control a terminal. */
#include "config.h"
#include "core/failures/failure_row.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "data/failure_fold.h"
#include "sys/clock.h"
#include "util/str.h"

static void row_put_code(char *to, size_t size, const struct failure_cause *c)
{
    if (c->kind == ERROR_TIMEOUT)
        snprintf(to, size, "timeout");
    else if (c->code > 0 && c->kind != ERROR_LOCAL)
        snprintf(to, size, "%d", c->code);
    else if (c->kind == ERROR_INPUT)
        snprintf(to, size, "-");
    else
        snprintf(to, size, "%.11s", error_word(c->kind));
}

/* "HTTP 429: slow down": the number has a column of its own. A record that
 * could not be read has no id, so its line stays. */
static const char *row_behind_code(const struct failure *x)
{
    return strcmp(x->cause.stage, "read") == 0
               ? x->message
               : failure_fold_behind(x->message, x->cause.code);
}

struct failure_row failure_row_of(const struct failure *x,
                                  enum failure_standing standing)
{
    struct failure_row row = {
        .wall_s = x->wall_s ? x->wall_s : clock_wall_s(),
        .times = 1,
        .documents = 1,
        .tries = (uint16_t)x->tries,
        .standing = standing,
        .kind = x->cause.kind,
        .source = x->source,
        .pos = x->pos,
        .offset = x->offset,
        .cause = failure_fold(x).hash,
    };

    for (size_t i = 0; x->cause.stage[i]; i++)
        row.stage[i] = (char)toupper((unsigned char)x->cause.stage[i]);
    row_put_code(row.code, sizeof row.code, &x->cause);
    str_printable(row.id, sizeof row.id, x->id);
    str_sentence(row.message, sizeof row.message,
                 text_of(row_behind_code(x)));
    return row;
}

uint64_t failure_row_key(const struct failure_row *row)
{
    char text[sizeof row->stage + sizeof row->code + sizeof row->message + 32];
    int n = snprintf(text, sizeof text, "%d %d %d %s\t%s\t%s",
                     failure_has_document(row), (int)row->standing,
                     (int)row->kind, row->stage, row->code, row->message);

    return str_hash64(text, (size_t)n);
}

bool failure_row_passes(const struct failure_row *row, const char *filter)
{
    const char *const texts[] = { row->id, row->stage, row->code,
                                  row->message };

    return filter_passes_any(filter, texts, sizeof texts / sizeof texts[0]);
}
