/* This file writes the causes of failures, and what passed by itself, as JSON:
 * what the console's pane of failures shows. */
#include "config.h"
#include "host/plain_causes.h"

#include "sys/clock.h"

static void causes_put(struct json_writer *w, const struct cause_view *k)
{
    char when[24];

    json_open(w, NULL, '{');
    json_put_text(w, "key", k->key);
    json_put_text(w, "stage", k->cause.stage);
    json_put_text(w, "kind", k->hash ? error_word(k->cause.kind) : NULL);
    json_put_i64(w, "code", k->cause.code);
    json_put_text(w, "message", k->message);
    json_put_u64(w, "open", k->open);
    json_put_u64(w, "waiting", k->waiting);
    json_put_text(w, "last", clock_iso8601(when, sizeof when, k->wall_s));
    json_put_text(w, "helps", k->helps);
    json_open(w, "per_30_s", '[');
    for (int i = 0; i < CAUSE_SPARK; i++)
        json_put_u64(w, NULL, k->spark[i]);
    json_close(w, ']');
    json_close(w, '}');
}

void plain_causes_json(struct json_writer *w, const struct snapshot *s)
{
    json_open(w, "causes", '[');
    for (uint32_t i = 0; i < s->cause_count; i++)
        causes_put(w, &s->causes[i]);
    json_close(w, ']');
    json_open(w, "healed", '[');
    for (uint32_t i = 0; i < s->healed_count; i++) {
        json_open(w, NULL, '{');
        json_put_text(w, "what", s->healed[i].label);
        json_put_u64(w, "count", s->healed[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
}
