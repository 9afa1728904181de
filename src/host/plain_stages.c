/* This file says how many requests each stage has in flight, how large they
 * are, and what was found best: as JSON, in a line and in the summary. */
#include "config.h"
#include "host/plain_stages.h"

#include "util/str.h"

/* Requests that are under way at this moment. */
static uint32_t stages_under_way(const struct stage_view *g)
{
    uint32_t n = 0;

    for (size_t i = 0; i < SNAPSHOT_WORKERS; i++)
        n += g->worker[i].state == WORKER_BUSY;
    return n;
}

static const char *stages_how(const struct seek_view *k)
{
    return k->pinned ? "pinned" : k->sought ? "auto" : "fixed";
}

static void stages_put_found(struct json_writer *w, const struct seek_view *k)
{
    if (k->unloaded_ms > 0)
        json_put_real(w, "unloaded_s", k->unloaded_ms / 1000, 4);
    if (k->latency_ms > 0)
        json_put_real(w, "latency_s", k->latency_ms / 1000, 4);
    if (k->per_s > 0)
        json_put_real(w, "requests_per_s", k->per_s, 1);
}

/* "docs_per_s":4105.0,"busy_pct":97.0,"p50_s":0.126,"p95_s":0.210,... */
static void stages_put_pace(struct json_writer *w, const struct stage_view *g)
{
    json_put_real(w, "docs_per_s", g->rate, 1);
    json_put_real(w, "busy_pct", g->busy_pct, 1);
    if (g->p50_ms >= 0)
        json_put_real(w, "p50_s", (double)g->p50_ms / 1000, 3);
    if (g->p95_ms >= 0)
        json_put_real(w, "p95_s", (double)g->p95_ms / 1000, 3);
    json_put_real(w, "errors_per_min", g->errors_per_min, 1);
}

/* "embed":{"width":8,"bound":64,"how":"auto","phase":"cruising",...} */
static void stages_put(struct json_writer *w, const char *name,
                       const struct stage_view *g)
{
    const struct seek_view *k = &g->seek;

    json_open(w, name, '{');
    json_put_u64(w, "width", k->width);
    json_put_u64(w, "bound", k->bound);
    json_put_text(w, "bound_by", *k->bound_by ? k->bound_by : NULL);
    json_put_text(w, "how", stages_how(k));
    if (*k->phase)
        json_put_text(w, "phase", k->phase);
    if (*k->why)
        json_put_text(w, "why", k->why);
    if (k->tried)
        json_put_u64(w, k->tries_batch ? "tried_batch" : "tried_width",
                     k->tried);
    if (k->knee)
        json_put_u64(w, "knee", k->knee);
    json_put_u64(w, "requests_now", stages_under_way(g));
    json_put_u64(w, "workers", g->workers);
    json_put_u64(w, "batch", g->batch);
    json_put_text(w, "batch_how", k->batch_pinned ? "pinned" : "auto");
    stages_put_found(w, k);
    stages_put_pace(w, g);
    if (*g->wire)
        json_put_text(w, "wire", g->wire);
    json_close(w, '}');
}

void plain_stages_json(struct json_writer *w, const struct snapshot *s)
{
    stages_put(w, "embed", &s->embed);
    stages_put(w, "upsert", &s->upsert);
}

char *plain_stages_text(char *to, size_t size, const struct snapshot *s)
{
    char embed[32], upsert[32];

    *to = '\0';
    if (s->embed.seek.width && s->upsert.seek.width)
        snprintf(to, size, "embed %u in flight x %s, upsert %u x %s",
                 s->embed.seek.width,
                 str_count(embed, sizeof embed, s->embed.batch),
                 s->upsert.seek.width,
                 str_count(upsert, sizeof upsert, s->upsert.batch));
    return to;
}

static void stages_put_line(FILE *to, const char *name,
                            const struct stage_view *g)
{
    const struct seek_view *k = &g->seek;
    char n[32];

    if (!k->width || !g->requests)
        return;
    fprintf(to, "  %-9s %11u   in flight (%s", name, k->width, stages_how(k));
    if (k->knee)
        fprintf(to, ", knee %u of %u", k->knee, k->bound);
    fprintf(to, ") x %s documents (%s)%s%s\n",
            str_count(n, sizeof n, g->batch),
            k->batch_pinned ? "pinned" : "auto", *g->wire ? ", " : "", g->wire);
}

void plain_stages_summary(FILE *to, const struct snapshot *s)
{
    stages_put_line(to, "embed", &s->embed);
    stages_put_line(to, "upsert", &s->upsert);
}
