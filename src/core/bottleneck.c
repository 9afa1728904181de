/* This file names the bottleneck by how full the queues were, with the figures
 * that show it. */
#include "config.h"
#include "core/bottleneck.h"

#include <stdio.h>
#include <string.h>

enum { CLEAR_PCT = 50, WORTH_A_WORD_PCT = 10 };

/* The limit is the bottleneck when, summed over the workers, more than half of
 * one worker's time waits for it: more workers would only wait more. */
static bool bottleneck_is_limit(const struct stage_view *v)
{
    return v->limited_pct * v->duty > CLEAR_PCT;
}

static void say_bottleneck(struct snapshot *s, const char *word,
                           const char *before, double full,
                           const struct stage_view *v)
{
    /* What its service takes is said behind it. */
    bool told = v->seek.sought && (v->seek.per_s > 0 ||
                                   strcmp(v->seek.phase, "refused") == 0);
    char waiting[64] = "";

    snprintf(s->bottleneck, sizeof s->bottleneck, "%s", word);
    if (v->backoff_pct >= WORTH_A_WORD_PCT && !told)
        snprintf(waiting, sizeof waiting, ", %d %% put off by the service",
                 (int)v->backoff_pct);
    snprintf(s->bottleneck_why, sizeof s->bottleneck_why,
             "%s %d %% full, workers %d %% busy%s", before, (int)full,
             (int)v->busy_pct, waiting);
}

/* More would be tried, but for what the service takes, or for a number that
 * somebody gave. */
static void bottleneck_add_bound(struct snapshot *s, const struct seek_view *v)
{
    size_t used = strlen(s->bottleneck_why);
    char *to = s->bottleneck_why + used;
    size_t size = sizeof s->bottleneck_why - used;

    if (!v->sought)
        return;
    if (v->per_s > 0)
        snprintf(to, size, ", its service takes %.1f requests a second",
                 v->per_s);
    else if (v->width >= v->bound && *v->bound_by)
        snprintf(to, size, ", %u at once by %s", v->bound, v->bound_by);
    else if (strcmp(v->phase, "refused") == 0)
        snprintf(to, size, ", its service takes %u at once", v->width);
}

const char *bottleneck_word(const struct snapshot *s)
{
    return bottleneck_is_limit(&s->embed)              ? "LIMIT"
           : s->upsert_queue.full_pct >= CLEAR_PCT ? "UPSERT"
           : s->embed_queue.full_pct >= CLEAR_PCT  ? "EMBED"
                                                   : "READ";
}

/* Name the stage with a full queue before it and room behind it. */
static void bottleneck_fill_stage(struct snapshot *s)
{
    if (s->upsert_queue.full_pct >= CLEAR_PCT) {
        say_bottleneck(s, "UPSERT", "queue before it",
                       s->upsert_queue.full_pct, &s->upsert);
        bottleneck_add_bound(s, &s->upsert.seek);
    } else if (s->embed_queue.full_pct >= CLEAR_PCT) {
        say_bottleneck(s, "EMBED", "queue before it",
                       s->embed_queue.full_pct, &s->embed);
        bottleneck_add_bound(s, &s->embed.seek);
    } else {
        say_bottleneck(s, "READ", "queue behind it",
                       s->embed_queue.full_pct, &s->embed);
    }
}

void bottleneck_fill(struct snapshot *s)
{
    bool limit = bottleneck_is_limit(&s->embed);

    s->bottleneck[0] = s->bottleneck_why[0] = s->limit_now[0] = '\0';
    if (limit && s->state != RUN_DONE && s->state != RUN_FAILED)
        snprintf(s->limit_now, sizeof s->limit_now, "%s is the limit now",
                 s->embed.limited_by);
    if (s->state != RUN_RUNNING || s->history_len < 2 || s->reading_done)
        return;
    if (!limit) {
        bottleneck_fill_stage(s);
        return;
    }
    snprintf(s->bottleneck, sizeof s->bottleneck, "LIMIT");
    snprintf(s->bottleneck_why, sizeof s->bottleneck_why,
             "%s: workers wait for it %d %% of their time",
             s->embed.limited_by, (int)s->embed.limited_pct);
}
