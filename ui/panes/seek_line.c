/* This file says how many requests a stage has in flight, and what is tried. */
#include "config.h"
#include "ui/panes/seek_line.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"

enum { SLIM = 36, ROOMY = 66, FULL = 96, GAP = 2 };

int seek_line_rows(const struct stage_view *g)
{
    return g->seek.sought || g->seek.pinned;
}

uint32_t seek_line_in_flight(const struct stage_view *g)
{
    uint32_t n = 0;

    for (int i = 0; i < SNAPSHOT_WORKERS; i++)
        n += g->worker[i].state == WORKER_BUSY;
    return n;
}

static const char *seek_line_how(const struct stage_view *g)
{
    return g->seek.pinned ? "pinned" : g->seek.sought ? "auto" : "";
}

static bool seek_line_is_refused(const struct seek_view *v)
{
    return strcmp(v->phase, "refused") == 0 || strcmp(v->phase, "paced") == 0;
}

/* --- words ---------------------------------------------------------------- */

char *seek_line_words(char *to, size_t size, const struct stage_view *g,
                      bool roomy)
{
    bool says = g->seek.phase[0] && (roomy || seek_line_is_refused(&g->seek));
    const char *how = says ? g->seek.phase : seek_line_how(g);

    snprintf(to, size, "%u/%u%s%s", seek_line_in_flight(g), g->wanted,
             *how ? " " : "", how);
    return to;
}

char *seek_line_mode(char *to, size_t size, const struct stage_view *g)
{
    char knee[24] = "";

    if (g->seek.knee)
        snprintf(knee, sizeof knee, ", knee %u", g->seek.knee);
    if (g->seek.sought)
        snprintf(to, size, "auto up to %u%s", g->seek.bound, knee);
    else
        snprintf(to, size, "%s", g->seek.pinned ? "pinned" : "fixed");
    return to;
}

/* Without the width in front, which stands beside it. */
static const char *seek_line_reason(const struct seek_view *v)
{
    char lead[16];
    size_t n = (size_t)snprintf(lead, sizeof lead, "%u: ", v->width);

    return v->why + (strncmp(v->why, lead, n) == 0 ? n : 0);
}

char *seek_line_why(char *to, size_t size, const struct snapshot *s,
                    enum stage_id stage)
{
    const struct seek_view *v = stage == STAGE_UPSERT ? &s->upsert.seek
                                                      : &s->embed.seek;
    bool bound = v->bound_by[0] && v->width >= v->bound;

    *to = '\0';
    if (!v->sought || s->state == RUN_DONE || s->state == RUN_FAILED)
        return to;
    if (s->paused >> stage & 1)
        snprintf(to, size, "paused: nothing is tried");
    else if (bound && strcmp(v->phase, "cruising") == 0)
        snprintf(to, size, "bound: %s", v->bound_by);
    else
        snprintf(to, size, "%s", seek_line_reason(v));
    return to;
}

/* --- the line ------------------------------------------------------------- */

/* What it keeps to. A pinned number stands at the beginning of the line. */
static void seek_line_knee(const struct seek_view *v, char *to, size_t size)
{
    if (v->per_s > 0)
        snprintf(to, size, "at %.1f a second", v->per_s);
    else if (v->pinned)
        *to = '\0';
    else if (v->knee)
        snprintf(to, size, "knee %2u of %u", v->knee, v->bound);
    else
        snprintf(to, size, "up to %u", v->bound);
}

/* "knee 24 of 64   52ms, unloaded 48ms", or less of it. */
static void seek_line_found(const struct seek_view *v, int pieces, char *to,
                            size_t size)
{
    char knee[40], now[32], least[32];

    seek_line_knee(v, knee, sizeof knee);
    figure_latency(now, sizeof now, (int64_t)(v->latency_ms + 0.5));
    figure_latency(least, sizeof least, (int64_t)(v->unloaded_ms + 0.5));
    if (pieces > 2 && v->latency_ms > 0 && v->unloaded_ms > 0)
        snprintf(to, size, "%s   %5s, unloaded %s", knee, now, least);
    else if (pieces > 1 && v->latency_ms > 0)
        snprintf(to, size, "%s   %5s", knee, now);
    else if (pieces > 0)
        snprintf(to, size, "%s", knee);
    else
        *to = '\0';
}

/* What was found stands at the right end, as far as the reason leaves room. */
static int seek_line_put_found(struct canvas *c, int row, int col, int end,
                               const struct seek_view *v, const char *why)
{
    int room = end - col - canvas_width(c, why) - GAP;
    char text[128];

    for (int pieces = end - 2 >= FULL ? 3 : 2; pieces > 0; pieces--) {
        seek_line_found(v, pieces, text, sizeof text);
        if (canvas_width(c, text) > room)
            continue;
        canvas_right(c, row, end - canvas_width(c, text),
                     canvas_width(c, text), STYLE_DIM, text);
        return end - canvas_width(c, text) - GAP;
    }
    return end;
}

/* Without room for all of the reason, leave its second half. */
static void seek_line_shorten(struct canvas *c, int room, char *why)
{
    char *half = strchr(why, ',');

    if (half && canvas_width(c, why) > room)
        *half = '\0';
}

void seek_line_draw(struct canvas *c, int row, const struct snapshot *s,
                    enum stage_id stage)
{
    const struct stage_view *g = stage == STAGE_UPSERT ? &s->upsert
                                                       : &s->embed;
    int width = c->cols - 4, col = 2, end = col + width;
    char text[64], why[128];

    seek_line_why(why, sizeof why, s, stage);
    if (width >= SLIM)
        snprintf(text, sizeof text, width >= ROOMY ? "in flight %2u of %2u %-6s"
                                                   : "%2u/%-2u %s",
                 seek_line_in_flight(g), g->wanted, seek_line_how(g));
    else
        snprintf(text, sizeof text, "%u/%-2u%s", seek_line_in_flight(g),
                 g->wanted, g->seek.pinned ? " pinned" : "");
    col = canvas_put(c, row, col, STYLE_NORMAL, text);
    col += width >= SLIM ? GAP : 1;
    if (width >= ROOMY)
        end = seek_line_put_found(c, row, col, end, &g->seek, why);
    seek_line_shorten(c, end - col, why);
    canvas_text(c, row, col, end - col,
                seek_line_is_refused(&g->seek) && !(s->paused >> stage & 1)
                    ? STYLE_WARN
                    : STYLE_NORMAL,
                why);
}

void seek_line_draw_rest(struct canvas *c, int row,
                         const struct stage_view *g)
{
    char text[128];

    seek_line_found(&g->seek, 2, text, sizeof text);
    canvas_text(c, row, 2, c->cols - 4, STYLE_DIM, text);
}
