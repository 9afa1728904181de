#include "config.h"
#include "core/judge.h"

bool judge_open(struct run *r, const struct store *first, struct error *err)
{
    struct store *judge;

    if (!first->ops->takes)
        return true;
    judge = first->ops->open(&r->store_config, err);
    if (judge && first->ops->learn)
        first->ops->learn(judge, first);
    r->judge = judge;
    return judge != NULL;
}

void judge_close(struct run *r)
{
    if (r->judge)
        r->judge->ops->close((struct store *)(uintptr_t)r->judge);
    r->judge = NULL;
}

static bool takes(struct worker *w, const struct batch *b, size_t i,
                  struct upsert_item *item)
{
    const struct store *judge = w->desk->run->judge;
    const struct doc *d = &b->docs[i];

    item->id = batch_text(b, d->id);
    item->id_number = d->flags & DOC_ID_NUMBER;
    item->text = batch_text(b, d->text);
    item->text_escaped = d->flags & DOC_TEXT_ESCAPED;
    item->metadata = batch_text(b, d->metadata);
    return judge->ops->takes(judge, item, &w->room);
}

void judge_batch(struct worker *w, struct batch *b)
{
    struct run *r = w->desk->run;
    struct upsert_item item = { .vector = NULL };

    for (size_t i = 0; r->judge && i < b->count; i++)
        if (b->docs[i].fate == DOC_OPEN && !takes(w, b, i, &item))
            worker_fail_for(w, r->upsert.name, b, i, &item.why);
    buf_clear(&w->room);
    buf_trim(&w->room, KEEP_BYTES);
}
