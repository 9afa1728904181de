/*
 * The one place that writes a failed document as JSON, so that the export and
 * the list of `batchtop failures` cannot differ.
 */
#include "config.h"
#include "core/failures/failure_json.h"

#include "sys/clock.h"
#include "util/json_write.h"

void failure_put_json(struct buf *to, const struct failure *f)
{
    struct json_writer w = { .to = to };
    char when[24];

    json_open(&w, NULL, '{');
    if (f->id.len)
        json_put_bytes(&w, "id", f->id);
    else
        json_put_raw(&w, "id", "null");
    json_put_text(&w, "stage", f->cause.stage);
    json_put_text(&w, "kind", error_word(f->cause.kind));
    json_put_i64(&w, "code", f->cause.code);
    json_put_text(&w, "message", f->message);
    json_put_u64(&w, "tries", f->tries);
    json_put_u64(&w, "source", f->source);
    if (f->line > 0) /* not counted beyond the reader: the offset is */
        json_put_u64(&w, "line", f->line);
    json_put_u64(&w, "offset", f->offset);
    json_put_u64(&w, "length", f->length);
    json_put_text(&w, "time", clock_iso8601(when, sizeof when, f->wall_s));
    json_close(&w, '}');
    buf_putc(to, '\n');
}
