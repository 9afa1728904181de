/* This file opens the store once more at the end of a run, as one who makes no
 * file, and lets it finish. */
#include "config.h"
#include "engine/job/store_finish.h"

static void finish_say(void *notices, const char *line)
{
    notices_add(notices, "--store: %s", line);
}

bool store_finish(struct run *r)
{
    struct store_config cfg = r->store_config;
    struct error err;
    struct store *s;

    if (!r->store_ops->finish)
        return true;
    pool_resize(r->pool, 1); /* the store takes memory, batches need none */
    cfg.read_only = true;
    cfg.model = NULL;
    cfg.say = finish_say;
    cfg.say_ctx = r->notices;
    s = r->store_ops->open(r->store_ops, &cfg, &err);
    if (!s) /* store_check_at_end() says what became of it */
        return true;
    if (!s->ops->finish(s, &err) && err.kind != ERROR_STOPPED)
        notices_add(r->notices, "--store: %s", err.text);
    s->ops->close(s);
    return !control_stopping(r->control);
}
