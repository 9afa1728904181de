/* This file starts workers up to the wanted numbers. If there is no thread or
 * no connection for some, it says so and wants them no more. */
#include "config.h"
#include "engine/staffing.h"

#include <stdio.h>

#include "engine/job/connection.h"

static bool start_worker(struct worker *w, bool embeds, struct error *err)
{
    char name[16];

    if (!w->embedder && !w->store &&
        !connection_open(w, w->endpoint->key, err))
        return false;
    snprintf(name, sizeof name, "bt-%c%zu", embeds ? 'e' : 'u', w->index + 1);
    w->started = thread_start(&w->thread, name,
                              embeds ? embedder_main : upserter_main, w, err);
    return w->started;
}

/* Start the first `most` of the wanted workers that do not run yet. False: the
 * run has failed, or no more can start. */
static bool start_team(struct run *r, struct worker *team, struct stage *stage,
                       size_t most)
{
    size_t wanted = (size_t)counted(&stage->wanted_workers);

    for (size_t i = 0; i < wanted && i < most; i++) {
        struct error err;

        if (team[i].started ||
            start_worker(&team[i], stage == &r->embed, &err))
            continue;
        if (i == 0) {
            run_fail(r, &err);
            return false;
        }
        notices_add(r->notices, "no more than %zu %s worker%s: %s", i,
                    stage->name, i == 1 ? "" : "s", err.text);
        atomic_store(&stage->wanted_workers, i);
        return false;
    }
    return true;
}

/* One of each before the second of any: a run needs both. */
void staffing_start(struct run *r)
{
    if (start_team(r, r->embedder, &r->embed, 1) &&
        start_team(r, r->upserter, &r->upsert, 1)) {
        start_team(r, r->embedder, &r->embed, SIZE_MAX);
        start_team(r, r->upserter, &r->upsert, SIZE_MAX);
    }
}
