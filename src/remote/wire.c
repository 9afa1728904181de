#include "config.h"
#include "remote/wire.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const char magic[8] = "batchtop";

static const uint64_t body_size[] = {
    [WIRE_COMMAND] = sizeof(struct command),
    [WIRE_LOOK] = sizeof(struct wire_look),
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
    h->protocol = WIRE_PROTOCOL;
    h->kind = kind;
    h->size = body_size[kind];
    snprintf(h->release, sizeof h->release, "%s", PACKAGE_VERSION);
}

/* It ends within its field and str_printable() would leave it as it is. */
static bool is_text(const char *field, size_t size)
{
    const char *end = memchr(field, 0, size);
    char shown[512];
    size_t n;

    if (!end)
        return false;
    n = str_printable(shown, sizeof shown, text_of(field));
    return n == (size_t)(end - field) && memcmp(shown, field, n) == 0;
}

bool wire_check_head(const struct wire_head *h, struct error *err)
{
    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not speak as batchtop does");
    if (!is_text(h->release, sizeof h->release))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end does not name its release");
    if (h->protocol != WIRE_PROTOCOL ||
        strcmp(h->release, PACKAGE_VERSION) != 0)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the other end is batchtop %s, this is %s: use the "
                         "same one",
                         h->release, PACKAGE_VERSION);
    if (h->kind < WIRE_COMMAND || h->kind > WIRE_FAREWELL)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a message of the unknown kind %u",
                         (unsigned)h->kind);
    if (h->size != body_size[h->kind])
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a message of %llu bytes that must have %llu: use "
                         "the same build of batchtop",
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
    if ((unsigned)s->by > SELECT_TAGGED || s->tags > SELECT_TAGS)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "an impossible selection of failures");
    if (!is_text(s->kind, sizeof s->kind) ||
        !is_text(c->path, sizeof c->path) ||
        !is_text(c->origin, sizeof c->origin))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "a text that does not end or is not printable");
    return true;
}

bool wire_check_said(const struct wire_said *s, struct error *err)
{
    if (is_text(s->text, sizeof s->text))
        return true;
    return error_set(err, ERROR_PROTOCOL, 0,
                     "an answer that does not end or is not printable");
}

bool wire_check_farewell(const struct wire_farewell *f, struct error *err)
{
    struct wire_farewell flat = *f;
    char shown[sizeof f->text];
    bool ends = memchr(f->text, 0, sizeof f->text) != NULL;

    for (char *p = flat.text; ends && *p; p++)
        if (*p == '\n')
            *p = ' ';
    if (ends && f->status >= 0 && f->status <= UINT8_MAX &&
        str_printable(shown, sizeof shown, text_of(flat.text)) ==
            strlen(flat.text) && strcmp(shown, flat.text) == 0)
        return true;
    return error_set(err, ERROR_PROTOCOL, 0,
                     "last words that do not end or are not printable");
}

static bool is_line(const char *field, size_t size)
{
    const char *end = memchr(field, 0, size);

    for (const char *p = field; end && p < end; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return end != NULL;
}

bool wire_check_snapshot(const struct snapshot *s, struct error *err)
{
    const struct {
        const char *field;
        size_t size;
    } texts[] = {
        { s->reason, sizeof s->reason },
        { s->remedy, sizeof s->remedy },
        { s->job, sizeof s->job },
        { s->corpus, sizeof s->corpus },
        { s->store, sizeof s->store },
        { s->embedder, sizeof s->embedder },
        { s->bottleneck, sizeof s->bottleneck },
        { s->limit_now, sizeof s->limit_now },
        { s->message, sizeof s->message },
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!is_line(texts[i].field, texts[i].size))
            return error_set(err, ERROR_PROTOCOL, 0,
                             "a text that does not end or is not printable");
    if ((unsigned)s->state > RUN_FAILED ||
        s->history_len > SNAPSHOT_HISTORY ||
        s->kind_count > SNAPSHOT_KINDS ||
        s->failure_count > SNAPSHOT_FAILURES)
        return error_set(err, ERROR_PROTOCOL, 0, "an impossible snapshot");
    return true;
}
