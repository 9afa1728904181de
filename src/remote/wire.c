/* This file checks the heads of messages, and the bounds of every index in a
 * body. The makefile makes wire_build.h: a checksum of the headers that define
 * the messages, so that nobody has to describe their fields again. */
#include "config.h"
#include "remote/wire.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"
#include "wire_build.h"

static const char magic[8] = "batchtop";

static const uint64_t body_size[] = {
    [WIRE_COMMAND] = sizeof(struct command),
    [WIRE_ASK] = sizeof(struct wire_ask),
    [WIRE_DONE] = sizeof(struct wire_said),
    [WIRE_REFUSED] = sizeof(struct wire_said),
    [WIRE_SNAPSHOT] = sizeof(struct snapshot),
    [WIRE_DETACH] = 0,
    [WIRE_FAREWELL] = sizeof(struct wire_farewell),
};

void wire_head_init(struct wire_head *h, enum wire_kind kind)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, magic, sizeof magic);
    h->build = WIRE_BUILD;
    h->kind = kind;
    h->size = body_size[kind];
    snprintf(h->release, sizeof h->release, "%s", PACKAGE_VERSION);
}

static bool wire_text_ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

#define TEXT_ENDS(array) wire_text_ends(array, sizeof(array))

static bool wire_refuse_build(const struct wire_head *h, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, 0,
                     "the run is batchtop %s (build %08x), this is batchtop "
                     "%s (build %08x): use the program that started the run, "
                     "or stop it and resume it with this one",
                     h->release, (unsigned)h->build, PACKAGE_VERSION,
                     WIRE_BUILD);
}

bool wire_check_head(const struct wire_head *h, struct error *err)
{
    char release[sizeof h->release];

    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not speak as batchtop does");
    if (!TEXT_ENDS(h->release) ||
        str_printable(release, sizeof release, text_of(h->release)) == 0 ||
        strcmp(release, h->release) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not name its release");
    if (h->build != WIRE_BUILD || strcmp(h->release, PACKAGE_VERSION) != 0)
        return wire_refuse_build(h, err);
    if (h->kind < WIRE_COMMAND || h->kind > WIRE_FAREWELL)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a message of the unknown kind %u",
                         (unsigned)h->kind);
    if (h->size != body_size[h->kind])
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a message of %llu bytes that must have %llu",
                         (unsigned long long)h->size,
                         (unsigned long long)body_size[h->kind]);
    return true;
}

/* `wrong` is a field whose value indexes past an array, or NULL. */
static bool wire_accept(const char *wrong, struct error *err)
{
    return !wrong || error_set(err, ERROR_PROTOCOL, 0,
                               "the other end sent nonsense: \"%s\" is out "
                               "of its bounds", wrong);
}

static const char *wire_command_misfit(const struct command *c)
{
    if (c->kind <= COMMAND_NONE || c->kind > COMMAND_STOP)
        return "kind";
    if (c->knob >= KNOB_COUNT)
        return "knob";
    if (c->stages > STAGES_ALL)
        return "stages";
    if (c->select.by > SELECT_TAGGED || c->select.tags > SELECT_TAGS)
        return "select";
    if (c->when > RETRY_AT_END)
        return "when";
    if (!TEXT_ENDS(c->select.kind) || !TEXT_ENDS(c->path) ||
        !TEXT_ENDS(c->origin))
        return "text";
    return NULL;
}

bool wire_check_command(const struct command *c, struct error *err)
{
    return wire_accept(wire_command_misfit(c), err);
}

bool wire_check_ask(const struct wire_ask *a, struct error *err)
{
    return wire_accept(TEXT_ENDS(a->ask.filter) && TEXT_ENDS(a->ask.sought)
                           ? NULL : "filter", err);
}

bool wire_check_said(const struct wire_said *s, struct error *err)
{
    return wire_accept(TEXT_ENDS(s->text) ? NULL : "text", err);
}

bool wire_check_farewell(const struct wire_farewell *f, struct error *err)
{
    return wire_accept(TEXT_ENDS(f->text) ? NULL : "text", err);
}

static bool wire_stage_fits(const struct stage_view *v)
{
    bool fits = v->workers <= SNAPSHOT_WORKERS &&
                v->wanted <= SNAPSHOT_WORKERS &&
                v->max_workers <= SNAPSHOT_WORKERS &&
                v->started <= SNAPSHOT_WORKERS;

    for (size_t i = 0; i < SNAPSHOT_WORKERS; i++)
        fits = fits && v->worker[i].state <= WORKER_BLOCKED &&
               v->worker[i].spark_len <= SNAPSHOT_SPARK;
    return fits;
}

static bool wire_kinds_fit(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->kind_count; i++)
        if (s->kinds[i].cause.kind >= ERROR_KIND_COUNT)
            return false;
    return true;
}

static bool wire_causes_fit(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->cause_count; i++)
        if (s->causes[i].cause.kind >= ERROR_KIND_COUNT)
            return false;
    return true;
}

static bool wire_failures_fit(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->failure_count; i++)
        if (s->failures[i].standing > FAILURE_PASSED ||
            s->failures[i].kind >= ERROR_KIND_COUNT)
            return false;
    return true;
}

static bool wire_events_fit(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->event_count; i++)
        if (s->events[i].kind >= EVENT_KIND_COUNT ||
            s->events[i].knob >= KNOB_COUNT ||
            !TEXT_ENDS(s->events[i].who) || !TEXT_ENDS(s->events[i].text))
            return false;
    return true;
}

static const char *wire_snapshot_misfit(const struct snapshot *s)
{
    if (s->state > RUN_FAILED)
        return "state";
    if (!wire_stage_fits(&s->embed))
        return "embed";
    if (!wire_stage_fits(&s->upsert))
        return "upsert";
    if (s->history_len > SNAPSHOT_HISTORY)
        return "history_len";
    if (s->advice.knob >= KNOB_COUNT)
        return "advice";
    if (s->kind_count > SNAPSHOT_KINDS || !wire_kinds_fit(s))
        return "kinds";
    if (s->cause_count > SNAPSHOT_CAUSES || !wire_causes_fit(s) ||
        s->healed_count > SNAPSHOT_HEALED)
        return "causes";
    if (s->failure_count > SNAPSHOT_FAILURES || !wire_failures_fit(s))
        return "failures";
    if (s->event_count > SNAPSHOT_EVENTS || !wire_events_fit(s))
        return "events";
    if (s->document.len >= SNAPSHOT_DOCUMENT ||
        s->document.text[s->document.len] != '\0')
        return "document";
    return NULL;
}

bool wire_check_snapshot(const struct snapshot *s, struct error *err)
{
    return wire_accept(wire_snapshot_misfit(s), err);
}
