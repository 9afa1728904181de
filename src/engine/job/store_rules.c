/* This file checks each document against the store's known rules, through one
 * more instance of the store. That sends nothing, so all workers share it. */
#include "config.h"
#include "engine/job/store_rules.h"

bool store_rules_open(struct run *r, const struct store *first,
                      struct error *err)
{
    struct store *rules;

    if (!first->ops->takes)
        return true;
    rules = first->ops->open(first->ops, &r->store_config, err);
    if (rules && first->ops->learn)
        first->ops->learn(rules, first);
    if (rules && first->ops->follow)
        first->ops->follow(rules, first);
    r->store_rules = rules;
    return rules != NULL;
}

void store_rules_close(struct run *r)
{
    if (r->store_rules)
        r->store_rules->ops->close((struct store *)(uintptr_t)r->store_rules);
    r->store_rules = NULL;
}

void store_rules_check(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;
    const struct store *rules = r->store_rules;
    struct upsert_item record;

    for (size_t i = 0; rules && i < b->count; i++) {
        const struct item item = { b, i };

        if (b->docs[i].fate != DOC_OPEN)
            continue;
        worker_item(&item, &record);
        if (!rules->ops->takes(rules, &record, &w->room))
            worker_fail(w, r->upsert.name, &item, &record.why);
    }
    buf_clear(&w->room);
    buf_trim(&w->room, KEEP_BYTES);
}
