/* What a failure is called, which ones a command means, and how one is written
 * as JSON: once, so that the export and `batchtop failures` cannot differ. */
#include "config.h"
#include "data/failure.h"

#include <stdio.h>
#include <string.h>

#include "data/batch.h"
#include "data/failure_fold.h"
#include "sys/clock.h"
#include "util/json_write.h"

struct failure failure_of(const struct doc *d, const char *stage,
                          const struct error *why)
{
    struct failure f = {
        .cause = { .kind = why->kind, .code = why->code },
        .source = d->source, .pos = d->pos, .offset = d->offset,
        .length = d->length, .tries = d->tries, .message = why->text
    };

    snprintf(f.cause.stage, sizeof f.cause.stage, "%s", stage);
    return f;
}

void failure_cause_key(const struct failure_cause *c, char key[FAILURE_KEY])
{
    snprintf(key, FAILURE_KEY, "%s/%s/%d", c->rejected ? "rejected" : c->stage,
             error_word(c->kind), c->code);
}

bool failure_cause_named(const struct failure_cause *c, const char *word)
{
    char key[FAILURE_KEY], code[16];

    failure_cause_key(c, key);
    snprintf(code, sizeof code, "%d", c->code);
    return strcmp(word, key) == 0 || strcmp(word, error_word(c->kind)) == 0 ||
           (c->code && strcmp(word, code) == 0) ||
           strcmp(word, c->stage) == 0 ||
           (c->rejected && strcmp(word, "rejected") == 0);
}

bool failure_named(const struct failure *f, const char *word)
{
    uint64_t hash = failure_fold_parse(word);

    return hash ? failure_fold(f).hash == hash
                : failure_cause_named(&f->cause, word);
}

bool failure_word_valid(const char *word)
{
    static const char *const words[] = { "read", "embed", "upsert",
                                         "rejected" };
    enum error_kind kind;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return error_kind_parse(word, &kind) || strchr(word, '/') ||
           failure_fold_parse(word) ||
           strspn(word, "0123456789") == strlen(word);
}

int failure_tag_find(const struct failure_select *select, uint16_t source,
                     uint64_t pos)
{
    for (uint32_t i = 0; i < select->tags && i < SELECT_TAGS; i++)
        if (select->tag[i].source == source && select->tag[i].pos == pos)
            return (int)i;
    return -1;
}

bool failure_selected(const struct failure_select *select,
                      const struct failure *f)
{
    switch (select->by) {
    case SELECT_ALL:
        return true;
    case SELECT_KIND:
        return failure_named(f, select->kind);
    case SELECT_ONE:
        return select->source == f->source && select->pos == f->pos;
    case SELECT_TAGGED:
        return failure_tag_find(select, f->source, f->pos) >= 0;
    }
    return false;
}

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
