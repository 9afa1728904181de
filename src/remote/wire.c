/*
 * The heads of the messages and the shapes of what a command and an answer are
 * made of. wire_snapshot.c has the shape of a snapshot, which is longer than
 * all others.
 */
#include "config.h"
#include "remote/wire.h"

#include <stdio.h>
#include <string.h>

#include "remote/shape.h"

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

static const struct field failure_tag_fields[] = {
    FIELD(failure_tag, pos, UNSIGNED, MANY),
    FIELD(failure_tag, source, UNSIGNED, UINT16_MAX),
};
SHAPE(failure_tag);

static const struct field failure_select_fields[] = {
    FIELD(failure_select, by, UNSIGNED, SELECT_TAGGED),
    FIELD(failure_select, kind, LINE, 0),
    FIELD(failure_select, source, UNSIGNED, UINT16_MAX),
    FIELD(failure_select, pos, UNSIGNED, MANY),
    FIELD(failure_select, tags, UNSIGNED, SELECT_TAGS),
    INNER(failure_select, tag, failure_tag_shape),
};
SHAPE(failure_select);

static const struct field reread_fields[] = {
    FIELD(reread, replace_utf8, UNSIGNED, 1),
    FIELD(reread, send_blank, UNSIGNED, 1),
    FIELD(reread, nan_null, UNSIGNED, 1),
    FIELD(reread, line_mb, UNSIGNED, UINT32_MAX),
};
SHAPE(reread);

static const struct field command_fields[] = {
    FIELD(command, kind, UNSIGNED, COMMAND_STOP),
    FIELD(command, knob, UNSIGNED, KNOB_COUNT - 1),
    FIELD(command, value, SIGNED, FAR),
    FIELD(command, stages, UNSIGNED, STAGES_ALL),
    INNER(command, select, failure_select_shape),
    FIELD(command, when, UNSIGNED, RETRY_AT_END),
    FIELD(command, batch, UNSIGNED, UINT32_MAX),
    INNER(command, reread, reread_shape),
    FIELD(command, overwrite, UNSIGNED, 1),
    FIELD(command, path, LINE, 0),
    FIELD(command, origin, LINE, 0),
};
SHAPE(command);

static const struct field wire_said_fields[] = {
    FIELD(wire_said, code, UNSIGNED, UINT16_MAX),
    FIELD(wire_said, text, LINE, 0),
};
SHAPE(wire_said);

static const struct field wire_farewell_fields[] = {
    FIELD(wire_farewell, status, UNSIGNED, UINT8_MAX),
    FIELD(wire_farewell, error, UNSIGNED, 1),
    FIELD(wire_farewell, text, PAGE, 0),
};
SHAPE(wire_farewell);

/* Two builds that agree here mean the same by the same bytes. */
static uint32_t wire_layout(void)
{
    uint64_t hash = wire_snapshot_layout(WIRE_FAREWELL);

    hash = shape_hash(&command_shape, hash);
    hash = shape_hash(&wire_said_shape, hash);
    return (uint32_t)shape_hash(&wire_farewell_shape, hash);
}

bool wire_is_whole(void)
{
    return wire_snapshot_whole() && shape_is_whole(&command_shape) &&
           shape_is_whole(&wire_said_shape) &&
           shape_is_whole(&wire_farewell_shape);
}

void wire_head_init(struct wire_head *h, enum wire_kind kind)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, magic, sizeof magic);
    h->layout = wire_layout();
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
                     (unsigned)wire_layout());
}

bool wire_check_head(const struct wire_head *h, struct error *err)
{
    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not speak as batchtop does");
    if (!shape_is_line(h->release, sizeof h->release))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not name its release");
    if (h->layout != wire_layout() || strcmp(h->release, PACKAGE_VERSION) != 0)
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
    if (!shape_check(&command_shape, c, err))
        return false;
    return c->kind != COMMAND_NONE ||
           error_set(err, ERROR_PROTOCOL, 0, "a command to do nothing");
}

bool wire_check_said(const struct wire_said *s, struct error *err)
{
    return shape_check(&wire_said_shape, s, err);
}

bool wire_check_farewell(const struct wire_farewell *f, struct error *err)
{
    return shape_check(&wire_farewell_shape, f, err);
}
