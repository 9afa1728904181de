#include "config.h"
#include "remote/wire.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const char magic[8] = "batchtop";

static const uint64_t body_size[] = {
    [WIRE_COMMAND] = sizeof(struct command),
    [WIRE_LOOK] = sizeof(struct failure_ask),
    [WIRE_DONE] = sizeof(struct wire_said),
    [WIRE_REFUSED] = sizeof(struct wire_said),
    [WIRE_SNAPSHOT] = sizeof(struct snapshot),
    [WIRE_DETACH] = 0,
    [WIRE_FAREWELL] = sizeof(struct wire_farewell),
};

/* Two builds that agree here mean the same by the same bytes. */
static uint32_t layout(void)
{
    const uint64_t facts[] = {
        wire_snapshot_layout(),         WIRE_FAREWELL,
        sizeof(struct command),         COMMAND_STOP,
        offsetof(struct command, path), offsetof(struct command, origin),
        sizeof(struct failure_select),  offsetof(struct command, select),
        SELECT_TAGS,                    SELECT_TAGGED,
        sizeof(struct wire_said),       sizeof(struct wire_farewell)
    };

    return (uint32_t)str_hash64(facts, sizeof facts);
}

void wire_head_init(struct wire_head *h, enum wire_kind kind)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, magic, sizeof magic);
    h->layout = layout();
    h->kind = kind;
    h->size = body_size[kind];
    snprintf(h->release, sizeof h->release, "%s", PACKAGE_VERSION);
}

static bool other_build(const struct wire_head *h, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, 0,
                     "the run is batchtop %s (build %08x), this is batchtop "
                     "%s (build %08x): use the program that started the run, "
                     "or stop it and resume it with this one",
                     h->release, (unsigned)h->layout, PACKAGE_VERSION,
                     (unsigned)layout());
}

bool wire_check_head(const struct wire_head *h, struct error *err)
{
    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not speak as batchtop does");
    if (!wire_is_line(h->release, sizeof h->release))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not name its release");
    if (h->layout != layout() || strcmp(h->release, PACKAGE_VERSION) != 0)
        return other_build(h, err);
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

bool wire_check_command(const struct command *c, struct error *err)
{
    const struct failure_select *s = &c->select;

    if ((unsigned)c->kind <= COMMAND_NONE || (unsigned)c->kind > COMMAND_STOP)
        return error_set(err, ERROR_PROTOCOL, 0, "an unknown command");
    if ((unsigned)c->knob >= KNOB_COUNT)
        return error_set(err, ERROR_PROTOCOL, 0, "an unknown setting");
    if (c->stages & ~(uint32_t)STAGES_ALL)
        return error_set(err, ERROR_PROTOCOL, 0, "an unknown stage");
    if ((unsigned)c->when > RETRY_AT_END)
        return error_set(err, ERROR_PROTOCOL, 0, "a retry at no known time");
    if ((unsigned)s->by > SELECT_TAGGED || s->tags > SELECT_TAGS)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "an impossible selection of failures");
    if (!wire_is_line(s->kind, sizeof s->kind) ||
        !wire_is_line(c->path, sizeof c->path) ||
        !wire_is_line(c->origin, sizeof c->origin))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a text that does not end or is not printable");
    return true;
}

bool wire_check_said(const struct wire_said *s, struct error *err)
{
    if (wire_is_line(s->text, sizeof s->text))
        return true;
    return error_set(err, ERROR_PROTOCOL, 0,
                     "an answer that does not end or is not printable");
}

bool wire_check_farewell(const struct wire_farewell *f, struct error *err)
{
    if (f->status >= 0 && f->status <= UINT8_MAX &&
        wire_is_page(f->text, sizeof f->text))
        return true;
    return error_set(err, ERROR_PROTOCOL, 0,
                     "last words that do not end or are not printable");
}
