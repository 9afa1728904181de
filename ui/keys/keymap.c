/* This file decides what a key means now, and fills the key bar: which keys it
 * offers in the present state and pane, with which word, and which stay on a
 * narrow screen. */
#include "config.h"
#include "ui/keys/keymap.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const struct keymap_row *find_row(int code)
{
    for (const struct keymap_row *row = keymap; row->help; row++)
        for (size_t k = 0; k < 6 && row->code[k]; k++)
            if (row->code[k] == code)
                return row;
    return NULL;
}

const struct keymap_row *keymap_find(int code, bool read_only)
{
    const struct keymap_row *row = find_row(code);

    return row && row->acts && read_only ? NULL : row;
}

uint32_t keymap_stage(const struct view *v)
{
    switch (v->focus) {
    case PANE_EMBEDDERS:
        return 1u << STAGE_EMBED;
    case PANE_UPSERTERS:
        return 1u << STAGE_UPSERT;
    default:
        return 0;
    }
}

bool keymap_in_list(const struct view *v)
{
    return v->focus == PANE_FAILURES || keymap_stage(v);
}

/* --- the key bar ---------------------------------------------------------- */

/* Is there work in flight, and the run not ending? */
static bool bar_goes_on(const struct snapshot *s, const struct view *v)
{
    (void)v;
    return s->state != RUN_DONE && s->state != RUN_FAILED &&
           s->state != RUN_STOPPING && s->state != RUN_DRAINING;
}

static bool bar_advises(const struct snapshot *s, const struct view *v)
{
    (void)v;
    return *s->advice.text && s->advice.can;
}

static bool bar_in_stage(const struct snapshot *s, const struct view *v)
{
    return keymap_stage(v) && bar_goes_on(s, v);
}

/* Nobody need wait for the next try. */
static bool bar_waits(const struct snapshot *s, const struct view *v)
{
    (void)v;
    return s->state == RUN_RETRYING;
}

/* The engine refuses a retry at the end of a run. */
static bool bar_owes(const struct snapshot *s, const struct view *v)
{
    (void)v;
    return s->failures_open > 0 && s->state != RUN_DRAINING &&
           s->state != RUN_STOPPING;
}

static bool bar_in_failures(const struct snapshot *s, const struct view *v)
{
    return v->focus == PANE_FAILURES && s->failures_total > 0;
}

static bool bar_in_list(const struct snapshot *s, const struct view *v)
{
    (void)s;
    return keymap_in_list(v);
}

static void bar_say_pause(const struct snapshot *s, const struct view *v,
                          char *to, size_t size)
{
    (void)v;
    if (s->state == RUN_PAUSED)
        snprintf(to, size, "Resume");
}

static void bar_say_stage(const struct snapshot *s, const struct view *v,
                          char *to, size_t size)
{
    uint32_t stage = keymap_stage(v);
    char name[24];

    snprintf(to, size, "%s %s", s->paused & stage ? "Resume" : "Pause",
             stages_text(name, sizeof name, stage));
}

/* How many a retry is about: those of the cause under the cursor, if there is
 * one, else all. */
static uint64_t bar_retries(const struct snapshot *s, const struct view *v)
{
    int64_t at = v->pane[PANE_FAILURES].cursor;
    bool in_causes = v->focus == PANE_FAILURES && view_shows_causes(v) &&
                     at < (int64_t)s->cause_count;

    return in_causes && s->causes[at].open && s->causes[at].hash
               ? s->causes[at].open
               : s->failures_open;
}

static void bar_say_retry(const struct snapshot *s, const struct view *v,
                          char *to, size_t size)
{
    char n[24];

    if (v->tagged.tags > 0)
        snprintf(to, size, "Retry %u tagged", v->tagged.tags);
    else
        snprintf(to, size, "Retry %s",
                 str_short(n, sizeof n, (double)bar_retries(s, v), 7));
}

/* In the order of the bar. The rank decides what stays on a narrow screen: help
 * and quit longest. */
static const struct bar_row {
    int code;
    uint8_t rank;
    const char *word;
    bool (*is_shown)(const struct snapshot *s, const struct view *v);
    void (*say)(const struct snapshot *s, const struct view *v, char *to,
                size_t size); /* another word, if that depends */
} bar[] = {
    { '?', 0, "Help", NULL, NULL },
    { 'p', 1, "Pause", bar_goes_on, bar_say_pause },
    { 'A', 2, "Do it", bar_advises, NULL },
    { 'P', 10, "Pause", bar_in_stage, bar_say_stage },
    { 'b', 3, "Batch", bar_goes_on, NULL },
    { 'w', 8, "Workers", bar_goes_on, NULL },
    { 'r', 2, "Retry", bar_owes, bar_say_retry },
    { 'a', 2, "Try now", bar_waits, NULL },
    { KEYCODE_ENTER, 5, "Open", bar_in_failures, NULL },
    { ' ', 9, "Tag", bar_in_failures, NULL },
    { '/', 4, "Filter", bar_in_list, NULL },
    { KEYCODE_TAB, 6, "Pane", NULL, NULL },
    { 'z', 7, "Zoom", NULL, NULL },
    { ':', 11, "Command", NULL, NULL },
    { 'q', 0, "Quit", NULL, NULL },
};

void keymap_bar(const struct snapshot *s, struct view *v)
{
    v->keys = 0;
    for (size_t i = 0; i < sizeof bar / sizeof bar[0]; i++) {
        const struct keymap_row *row = keymap_find(bar[i].code, v->read_only);
        struct keybar_item *k = &v->keybar[v->keys];

        if (!row || (bar[i].is_shown && !bar[i].is_shown(s, v)))
            continue;
        snprintf(k->key, sizeof k->key, "%.*s", (int)strcspn(row->keys, " "),
                 row->keys);
        snprintf(k->word, sizeof k->word, "%s", bar[i].word);
        if (bar[i].say)
            bar[i].say(s, v, k->word, sizeof k->word);
        k->rank = bar[i].rank;
        v->keys++;
    }
}
