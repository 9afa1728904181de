#include "config.h"
#include "source/fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/json.h"
#include "util/str.h"

enum { ID_MAX = 4096 };

struct field {
    const char *name; /* or a JSON pointer */
    size_t len;
    bool pointer, found;
    struct json_value value;
};

struct fields {
    const struct source_config *cfg;
    struct field id, metadata, *text;
    bool pointers, malformed;
    struct buf id_bytes, text_bytes, metadata_bytes;
};

static struct field field_of(const char *name)
{
    return (struct field){ .name = name, .len = strlen(name),
                           .pointer = name[0] == '/' };
}

struct fields *fields_new(const struct source_config *cfg, struct error *err)
{
    struct fields *f = calloc(1, sizeof *f);

    if (f)
        f->text = calloc(cfg->text_field_count, sizeof *f->text);
    if (!f || !f->text) {
        error_set(err, ERROR_MEMORY, 0, "no memory to read the corpus");
        fields_free(f);
        return NULL;
    }
    f->cfg = cfg;
    f->id = field_of(cfg->id_field);
    f->metadata = field_of(cfg->metadata_field);
    f->pointers = f->id.pointer || f->metadata.pointer;
    for (size_t i = 0; i < cfg->text_field_count; i++) {
        f->text[i] = field_of(cfg->text_fields[i]);
        f->pointers |= f->text[i].pointer;
    }
    return f;
}

void fields_free(struct fields *f)
{
    if (!f)
        return;
    buf_release(&f->id_bytes);
    buf_release(&f->text_bytes);
    buf_release(&f->metadata_bytes);
    free(f->text);
    free(f);
}

/* --- finding ------------------------------------------------------------------ */

static bool key_is(const struct json_value *key, const struct field *field)
{
    if (key->escaped)
        return json_is(key, field->name);
    return key->raw.len == field->len &&
           memcmp(key->raw.ptr, field->name, field->len) == 0;
}

static void offer(struct field *field, const struct json_value *key,
                  const struct json_value *value)
{
    if (field->pointer || !key_is(key, field))
        return;
    field->found = true; /* the last one of a name wins */
    field->value = *value;
}

/* One pass over the object: everything is validated, plain names are found. */
static bool walk(struct fields *f, struct json_cursor *c)
{
    struct json_value key, value;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (!json_value(c, &value))
            return false;
        offer(&f->id, &key, &value);
        offer(&f->metadata, &key, &value);
        for (size_t i = 0; i < f->cfg->text_field_count; i++)
            offer(&f->text[i], &key, &value);
    }
    return !c->why && json_end(c);
}

/* One step of a JSON pointer (RFC 6901): the token up to the next '/'. */
static size_t unescape_token(const char *from, char *to, size_t size)
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

/* The record is known to be valid, so only absence can fail. */
static void follow(struct field *field, struct text raw, bool lax)
{
    struct json_value value = { .type = JSON_OBJECT, .raw = raw };
    const char *at = field->name;
    char token[256];

    while (*at == '/') {
        struct json_cursor c;
        enum json_type type;
        bool found;

        at += 1 + unescape_token(at + 1, token, sizeof token);
        json_begin(&c, value.raw.ptr, value.raw.len);
        c.lax_utf8 = lax;
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

/* --- judging ------------------------------------------------------------------ */

static bool reject(struct record *out, const char *where, const char *format,
                   const char *what)
{
    char text[200];

    snprintf(text, sizeof text, format, what);
    return error_set(&out->why, ERROR_INPUT, 0, "%s: %s", where, text);
}

static bool take_id(struct fields *f, struct text raw, const char *where,
                    struct record *out)
{
    const struct json_value *v = &f->id.value;
    uint64_t hash[2];

    if (f->cfg->id_from == SOURCE_ID_HASH) {
        str_hash128(raw.ptr, raw.len, hash);
        buf_clear(&f->id_bytes);
        buf_printf(&f->id_bytes, "%016llx%016llx",
                   (unsigned long long)hash[0], (unsigned long long)hash[1]);
        out->id = (struct text){ f->id_bytes.data, f->id_bytes.len };
        return true;
    }
    if (f->cfg->id_from == SOURCE_ID_LINE) {
        buf_clear(&f->id_bytes);
        buf_printf(&f->id_bytes, "%llu", (unsigned long long)out->line);
        out->id = (struct text){ f->id_bytes.data, f->id_bytes.len };
        return true;
    }
    if (!f->id.found || v->type == JSON_NULL ||
        (v->type == JSON_STRING && v->raw.len == 0))
        return reject(out, where, "no id: \"%s\" is missing or empty",
                      f->id.name);
    if (v->type != JSON_STRING && v->type != JSON_NUMBER)
        return reject(out, where, "no id: \"%s\" is neither text nor number",
                      f->id.name);
    out->id = v->raw;
    out->id_number = v->type == JSON_NUMBER;
    if (v->escaped || v->bad_utf8) {
        buf_clear(&f->id_bytes);
        buf_clear(&f->text_bytes);
        json_repair(v, &f->text_bytes);
        json_decode_raw((struct text){ f->text_bytes.data,
                                       f->text_bytes.len },
                        &f->id_bytes);
        out->id = (struct text){ f->id_bytes.data, f->id_bytes.len };
    }
    if (out->id.len > ID_MAX) {
        out->id.len = 0;
        return reject(out, where, "the id in \"%s\" is longer than 4096 bytes",
                      f->id.name);
    }
    return true;
}

static bool is_blank(struct text raw, bool escaped)
{
    const char *p = raw.ptr, *end = p + raw.len;

    for (; p < end; p++) {
        if (*p == ' ')
            continue;
        if (!escaped || *p != '\\' || p + 1 == end || !strchr("nrt", p[1]))
            return false;
        p++;
    }
    return true;
}

static bool take_text(struct fields *f, const char *where, struct record *out)
{
    const struct source_config *cfg = f->cfg;
    bool whole = cfg->text_field_count == 1;

    buf_clear(&f->text_bytes);
    for (size_t i = 0; i < cfg->text_field_count; i++) {
        const struct json_value *v = &f->text[i].value;

        if (!f->text[i].found || v->type == JSON_NULL)
            return reject(out, where, "\"%s\" is missing", f->text[i].name);
        if (v->type != JSON_STRING)
            return reject(out, where, "\"%s\" is not a text",
                          f->text[i].name);
        out->text_escaped |= v->escaped;
        if (whole && !v->bad_utf8) {
            out->text = v->raw;
            break;
        }
        if (i > 0)
            buf_put(&f->text_bytes, "\\n", 2);
        out->text_escaped |= i > 0;
        if (v->bad_utf8)
            json_repair(v, &f->text_bytes);
        else
            buf_put(&f->text_bytes, v->raw.ptr, v->raw.len);
        out->text = (struct text){ f->text_bytes.data, f->text_bytes.len };
    }
    if (f->text_bytes.failed)
        return reject(out, where, "no memory for its text%s", "");
    if (!cfg->send_blank && is_blank(out->text, out->text_escaped))
        return reject(out, where, "\"%s\" is blank", f->text[0].name);
    return true;
}

/* With --utf8=replace the whole value is mended, strings and all. */
static void take_metadata(struct fields *f, struct record *out)
{
    struct json_value *v = &f->metadata.value;
    struct json_value inside;

    out->metadata = (struct text){ NULL, 0 };
    if (!f->metadata.found || v->type == JSON_NULL)
        return;
    out->metadata = v->raw;
    if (v->type == JSON_STRING) { /* its quotes belong to it */
        out->metadata.ptr--;
        out->metadata.len += 2;
    }
    if (!f->cfg->replace_utf8)
        return;
    inside = (struct json_value){ .type = JSON_STRING, .raw = out->metadata };
    buf_clear(&f->metadata_bytes);
    json_repair(&inside, &f->metadata_bytes);
    out->metadata =
        (struct text){ f->metadata_bytes.data, f->metadata_bytes.len };
}

static bool malformed(const struct json_cursor *c, const char *where,
                      struct record *out)
{
    return error_set(&out->why, ERROR_INPUT, 0, "%s, column %zu: %s", where,
                     (size_t)(c->p - c->start) + 1,
                     c->why ? c->why : "not an object");
}

bool fields_find(struct fields *f, struct text raw, const char *where,
                 struct record *out)
{
    struct json_cursor c;

    out->id = out->text = out->metadata = (struct text){ "", 0 };
    out->id_number = out->text_escaped = false;
    f->id.found = f->metadata.found = false;
    for (size_t i = 0; i < f->cfg->text_field_count; i++)
        f->text[i].found = false;
    json_begin(&c, raw.ptr, raw.len);
    c.max_depth = f->cfg->max_depth ? f->cfg->max_depth : JSON_DEPTH_DEFAULT;
    c.lax_utf8 = f->cfg->replace_utf8;
    f->malformed = !walk(f, &c);
    if (f->malformed)
        return malformed(&c, where, out);
    if (f->pointers) {
        if (f->id.pointer)
            follow(&f->id, raw, c.lax_utf8);
        if (f->metadata.pointer)
            follow(&f->metadata, raw, c.lax_utf8);
        for (size_t i = 0; i < f->cfg->text_field_count; i++)
            if (f->text[i].pointer)
                follow(&f->text[i], raw, c.lax_utf8);
    }
    if (!take_id(f, raw, where, out) || !take_text(f, where, out))
        return false;
    take_metadata(f, out);
    return true;
}

bool fields_malformed(const struct fields *f)
{
    return f->malformed;
}
