/* This file validates a record in one pass and finds the members with plain
 * names. It follows JSON pointers afterwards, each in a pass of its own. */
#include "config.h"
#include "source/fields_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/str.h"

static struct field field_of(const char *name)
{
    return (struct field){ .name = name, .len = strlen(name),
                           .pointer = name[0] == '/' };
}

/* Do no two fields get the same name in the metadata? */
static bool names_differ(const struct fields *f, struct error *err)
{
    char a[256], b[256];

    for (size_t i = 1; i < f->cfg->metadata_field_count; i++)
        for (size_t k = 0; k < i; k++) {
            fields_short_name(&f->metadata[i], a, sizeof a);
            fields_short_name(&f->metadata[k], b, sizeof b);
            if (strcmp(a, b) == 0)
                return error_set(err, ERROR_CONFIG, 0,
                                 "--metadata-field: \"%s\" and \"%s\" would "
                                 "both be \"%s\" in the metadata",
                                 f->metadata[k].name, f->metadata[i].name, a);
        }
    return true;
}

/* NULL without memory. */
static struct field *fields_make_list(struct fields *f,
                                      const char *const *names, size_t count)
{
    struct field *list = calloc(count ? count : 1, sizeof *list);

    for (size_t i = 0; list && i < count; i++) {
        list[i] = field_of(names[i]);
        f->pointers |= list[i].pointer;
    }
    return list;
}

struct fields *fields_new(const struct source_config *cfg, struct error *err)
{
    struct fields *f = calloc(1, sizeof *f);

    if (f) {
        f->cfg = cfg;
        f->id = field_of(cfg->id_field);
        f->pointers = f->id.pointer;
        f->text = fields_make_list(f, cfg->text_fields, cfg->text_field_count);
        f->metadata = fields_make_list(f, cfg->metadata_fields,
                                       cfg->metadata_field_count);
    }
    if (!f || !f->text || !f->metadata) {
        error_memory(err, "to read the corpus");
    } else if (names_differ(f, err)) {
        return f;
    }
    fields_free(f);
    return NULL;
}

void fields_free(struct fields *f)
{
    if (!f)
        return;
    buf_release(&f->id_bytes);
    buf_release(&f->text_bytes);
    buf_release(&f->metadata_bytes);
    buf_release(&f->first);
    buf_release(&f->mend);
    free(f->text);
    free(f->metadata);
    free(f);
}

void fields_set_lines(struct fields *f)
{
    f->lines = true;
}

/* --- finding -------------------------------------------------------------- */

static bool key_is(const struct json_value *key, const struct field *field)
{
    if (key->escaped)
        return json_is(key, field->name);
    return key->raw.len == field->len &&
           memcmp(key->raw.ptr, field->name, field->len) == 0;
}

static void fields_offer(struct field *field, const struct json_value *key,
                         const struct json_value *value)
{
    if (field->pointer || !key_is(key, field))
        return;
    field->found = true; /* the last one of a name wins */
    field->value = *value;
}

/* One pass over the object: validate everything, find plain names. */
static bool fields_walk(struct fields *f, struct json_cursor *c)
{
    struct json_value key, value;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (!json_value(c, &value))
            return false;
        fields_offer(&f->id, &key, &value);
        for (size_t i = 0; i < f->cfg->metadata_field_count; i++)
            fields_offer(&f->metadata[i], &key, &value);
        for (size_t i = 0; i < f->cfg->text_field_count; i++)
            fields_offer(&f->text[i], &key, &value);
    }
    return !c->why && json_end(c);
}

/* Decode the step of a JSON pointer (RFC 6901) that begins at `from`; returns
 * its length there. */
static size_t fields_pointer_step(const char *from, char *to, size_t size)
{
    size_t n = 0, i = 0;

    while (from[i] && from[i] != '/') {
        char ch = from[i++];

        if (ch == '~' && from[i] == '1') {
            ch = '/';
            i++;
        } else if (ch == '~' && from[i] == '0') {
            i++;
        }
        if (n + 1 < size)
            to[n++] = ch;
    }
    to[n] = '\0';
    return i;
}

void fields_short_name(const struct field *field, char *to, size_t size)
{
    const char *at = field->name;

    snprintf(to, size, "%s", at);
    while (*at == '/')
        at += 1 + fields_pointer_step(at + 1, to, size);
}

static bool step_object(struct json_cursor *c, const char *token,
                        struct json_value *value)
{
    struct json_value key, v;
    bool found = false;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key) && json_value(c, &v))
        if (json_is(&key, token)) {
            *value = v;
            found = true;
        }
    return found;
}

static bool step_array(struct json_cursor *c, const char *token,
                       struct json_value *value)
{
    uint64_t index;

    if (!str_parse_u64(token, &index) || !json_enter_array(c))
        return false;
    while (json_element(c) && json_value(c, value))
        if (index-- == 0)
            return true;
    return false;
}

/* The record is already valid, so this fails only if the field is absent. */
static void fields_follow_pointer(struct field *field, struct text raw,
                                  bool lax)
{
    struct json_value value = { .type = JSON_OBJECT, .raw = raw };
    const char *at = field->name;
    char token[256];

    while (*at == '/') {
        struct json_cursor c;
        enum json_type type;
        bool found;

        at += 1 + fields_pointer_step(at + 1, token, sizeof token);
        json_begin(&c, value.raw.ptr, value.raw.len);
        c.lax_utf8 = lax;
        c.lax_nan = true;
        c.max_depth = INT32_MAX;
        if (value.type == JSON_STRING || !json_peek(&c, &type))
            return;
        found = type == JSON_OBJECT  ? step_object(&c, token, &value)
                : type == JSON_ARRAY ? step_array(&c, token, &value)
                                     : false;
        if (!found)
            return;
    }
    field->found = true;
    field->value = value;
}

static bool fields_refuse_json(const struct json_cursor *c, const char *where,
                               struct record *out)
{
    return error_set(&out->why, ERROR_INPUT, 0, "%s, column %zu: %s%s", where,
                     (size_t)(c->p - c->start) + 1,
                     c->why ? c->why : "not an object",
                     c->nan ? " (--nan null reads it as null)" : "");
}

static void fields_forget(struct fields *f)
{
    f->id.found = false;
    for (size_t i = 0; i < f->cfg->metadata_field_count; i++)
        f->metadata[i].found = false;
    for (size_t i = 0; i < f->cfg->text_field_count; i++)
        f->text[i].found = false;
}

static void follow_pointers(struct fields *f, struct text raw)
{
    bool lax = f->cfg->replace_utf8;

    if (f->id.pointer)
        fields_follow_pointer(&f->id, raw, lax);
    for (size_t i = 0; i < f->cfg->metadata_field_count; i++)
        if (f->metadata[i].pointer)
            fields_follow_pointer(&f->metadata[i], raw, lax);
    for (size_t i = 0; i < f->cfg->text_field_count; i++)
        if (f->text[i].pointer)
            fields_follow_pointer(&f->text[i], raw, lax);
}

static bool all_seen(struct field *list, size_t count)
{
    bool all = true;

    for (size_t i = 0; i < count; i++) {
        list[i].seen |= list[i].found;
        all &= list[i].seen;
    }
    return all;
}

/* Do this until each name was in some record. */
static void look_for_names(struct fields *f, struct text raw)
{
    bool texts = all_seen(f->text, f->cfg->text_field_count);

    if (f->records++ == 0)
        fields_names(raw, &f->first);
    f->settled =
        all_seen(f->metadata, f->cfg->metadata_field_count) && texts;
}

bool fields_find(struct fields *f, struct text raw, const char *where,
                 struct record *out)
{
    struct json_cursor c;

    out->id = out->text = out->metadata = (struct text){ "", 0 };
    out->id_number = out->text_escaped = false;
    fields_forget(f);
    json_begin(&c, raw.ptr, raw.len);
    c.max_depth = f->cfg->max_depth ? f->cfg->max_depth : JSON_DEPTH_DEFAULT;
    c.lax_utf8 = f->cfg->replace_utf8;
    c.lax_nan = f->cfg->nan_null;
    f->malformed = !fields_walk(f, &c);
    f->nan = c.nan;
    if (f->malformed)
        return fields_refuse_json(&c, where, out);
    if (f->pointers)
        follow_pointers(f, raw);
    if (!f->settled)
        look_for_names(f, raw);
    if (!fields_take_id(f, raw, where, out) ||
        !fields_take_text(f, raw, where, out))
        return false;
    fields_take_metadata(f, out);
    return true;
}

bool fields_malformed(const struct fields *f)
{
    return f->malformed;
}

/* --- what no record has --------------------------------------------------- */

static const struct field *fields_find_unseen(const struct field *list,
                                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!list[i].seen)
            return &list[i];
    return NULL;
}

bool fields_unseen(const struct fields *f, char *to, size_t size)
{
    const struct source_config *cfg = f->cfg;
    const struct field *x = NULL;
    const char *option = "--metadata-field";

    if (f->records == 0)
        return false;
    if (f->lines && cfg->json_path_named) {
        snprintf(to, size,
                 "--json-path %s reads nothing here: each line is a record",
                 cfg->json_path);
        return true;
    }
    if (cfg->metadata_named)
        x = fields_find_unseen(f->metadata, cfg->metadata_field_count);
    if (!x && cfg->text_field_count > 1) { /* one alone rejects each record */
        x = fields_find_unseen(f->text, cfg->text_field_count);
        option = "--text-field";
    }
    if (x)
        snprintf(to, size,
                 "\"%s\" (%s) is in none of the first %llu records; the "
                 "first has %s",
                 x->name, option, (unsigned long long)f->records,
                 f->first.len ? f->first.data : "nothing");
    return x != NULL;
}

uint64_t fields_lacking(const struct fields *f, char *to, size_t size)
{
    bool fits = f->mend.len > 0 && f->mend.len < size;

    snprintf(to, size, "%.*s", fits ? (int)f->mend.len : 0,
             fits ? f->mend.data : "");
    return f->lacking;
}
