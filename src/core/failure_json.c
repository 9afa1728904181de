/*
 * The one place that writes a failed document as JSON, so that the export and
 * the list of `batchtop failures` cannot differ.
 */
#include "config.h"
#include "core/failure_json.h"

#include "sys/clock.h"
#include "util/json.h"

void failure_put_json(struct buf *to, const struct ledger_failure *f)
{
    char when[24];

    buf_puts(to, "{\"id\":");
    if (f->id.len)
        json_put_shown(to, f->id);
    else
        buf_puts(to, "null");
    buf_puts(to, ",\"stage\":");
    json_put_shown(to, text_of(f->stage));
    buf_puts(to, ",\"kind\":");
    json_put_shown(to, text_of(error_word(f->kind)));
    buf_printf(to, ",\"code\":%d,\"message\":", f->code);
    json_put_shown(to, text_of(f->message));
    buf_printf(to, ",\"tries\":%u,\"source\":%u", f->tries, f->source);
    if (f->line > 0) /* not counted beyond the reader: the offset is */
        buf_printf(to, ",\"line\":%llu", (unsigned long long)f->line);
    buf_printf(to, ",\"offset\":%llu,\"length\":%llu,\"time\":\"%s\"}\n",
               (unsigned long long)f->offset, (unsigned long long)f->length,
               clock_iso8601(when, sizeof when, f->wall_s));
}
