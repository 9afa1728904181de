/* This file writes JSON. A comma comes before each member or element but the
 * first. The writer knows from what it wrote last, so it needs no stack. */
#include "config.h"
#include "util/json_write.h"

#include <inttypes.h>

#include "util/json.h"

static void json_begin_value(struct json_writer *w, const char *name)
{
    if (w->comma)
        buf_putc(w->to, ',');
    if (name)
        buf_printf(w->to, "\"%s\":", name);
    w->comma = true;
}

void json_open(struct json_writer *w, const char *name, char bracket)
{
    json_begin_value(w, name);
    buf_putc(w->to, bracket);
    w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    buf_putc(w->to, bracket);
    w->comma = true;
}

void json_put_raw(struct json_writer *w, const char *name, const char *json)
{
    json_begin_value(w, name);
    buf_puts(w->to, json);
}

void json_put_bytes(struct json_writer *w, const char *name, struct text text)
{
    json_begin_value(w, name);
    json_put_shown(w->to, text);
}

void json_put_text(struct json_writer *w, const char *name, const char *text)
{
    if (text)
        json_put_bytes(w, name, text_of(text));
    else
        json_put_raw(w, name, "null");
}

void json_put_u64(struct json_writer *w, const char *name, uint64_t n)
{
    json_begin_value(w, name);
    buf_printf(w->to, "%" PRIu64, n);
}

void json_put_i64(struct json_writer *w, const char *name, int64_t n)
{
    json_begin_value(w, name);
    buf_printf(w->to, "%" PRId64, n);
}

void json_put_bool(struct json_writer *w, const char *name, bool yes)
{
    json_put_raw(w, name, yes ? "true" : "false");
}

void json_put_real(struct json_writer *w, const char *name, double x,
                   int decimals)
{
    json_begin_value(w, name);
    buf_printf(w->to, "%.*f", decimals, x);
}

void json_end_line(struct json_writer *w, FILE *to)
{
    json_close(w, '}');
    buf_putc(w->to, '\n');
    fputs(buf_cstr(w->to), to);
    buf_release(w->to);
}
