/* This file checks what was found in a record and makes a document from it. */
#include "config.h"
#include "source/fields_parts.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { ID_MAX = 4096 };

static bool fields_refuse(struct record *out, const char *where,
                          const char *format, const char *what)
{
    char text[200];

    snprintf(text, sizeof text, format, what);
    return error_set(&out->why, ERROR_INPUT, 0, "%s: %s", where, text);
}

/* `what` has a place for the name: "\"%s\" is missing"; `option` names it, NULL
 * if other records have it. */
static bool fields_refuse_absent(struct fields *f, struct text raw,
                                 const char *where, const char *what,
                                 const char *name, const char *option,
                                 struct record *out)
{
    char text[200], hint[180];

    snprintf(text, sizeof text, what, name);
    fields_hint(raw, option, f->lines, hint, sizeof hint);
    if (option && f->lacking++ == 0)
        fields_mend(f, raw, &f->mend);
    return error_set(&out->why, ERROR_INPUT, 0, "%s: %s; %s", where, text,
                     hint);
}

/* --- the id --------------------------------------------------------------- */

static void fields_make_id(struct fields *f, struct text raw,
                           struct record *out)
{
    uint64_t hash[2];

    buf_clear(&f->id_bytes);
    if (f->cfg->id_from == SOURCE_ID_HASH) {
        str_hash128(raw.ptr, raw.len, hash);
        buf_printf(&f->id_bytes, "%016llx%016llx",
                   (unsigned long long)hash[0], (unsigned long long)hash[1]);
    } else {
        buf_printf(&f->id_bytes, "%llu", (unsigned long long)out->line);
    }
    out->id = (struct text){ f->id_bytes.data, f->id_bytes.len };
}

bool fields_take_id(struct fields *f, struct text raw, const char *where,
                    struct record *out)
{
    const struct json_value *v = &f->id.value;

    if (f->cfg->id_from != SOURCE_ID_FIELD) {
        fields_make_id(f, raw, out);
        return true;
    }
    if (!f->id.found || v->type == JSON_NULL ||
        (v->type == JSON_STRING && v->raw.len == 0))
        return fields_refuse_absent(
            f, raw, where, "no id: \"%s\" is missing or empty", f->id.name,
            f->id.seen ? NULL : "--id-field", out);
    if (v->type != JSON_STRING && v->type != JSON_NUMBER)
        return fields_refuse(
            out, where, "no id: \"%s\" is neither text nor number", f->id.name);
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
        return fields_refuse(out, where,
                             "the id in \"%s\" is longer than 4096 bytes",
                             f->id.name);
    }
    return true;
}

/* --- the text ------------------------------------------------------------- */

static bool fields_is_blank(struct text raw, bool escaped)
{
    const char *p = raw.ptr, *end = text_end(raw);

    for (; p < end; p++) {
        if (*p == ' ')
            continue;
        if (!escaped || *p != '\\' || p + 1 == end || !strchr("nrt", p[1]))
            return false;
        p++;
    }
    return true;
}

static bool fields_is_there(const struct field *field)
{
    return field->found && field->value.type != JSON_NULL;
}

static void fields_join_text(struct fields *f, const struct json_value *v,
                             struct record *out)
{
    if (f->text_bytes.len > 0) {
        buf_put(&f->text_bytes, "\\n", 2);
        out->text_escaped = true;
    }
    if (v->bad_utf8)
        json_repair(v, &f->text_bytes);
    else
        buf_put(&f->text_bytes, v->raw.ptr, v->raw.len);
    out->text_escaped |= v->escaped;
    out->text = (struct text){ f->text_bytes.data, f->text_bytes.len };
}

/* Join the text fields of the record in their order with a line feed; a blank
 * one counts only if there is no other. */
static const struct field *join_texts(struct fields *f, const char *where,
                                      struct record *out)
{
    const struct field *first = NULL, *blank = NULL;

    buf_clear(&f->text_bytes);
    for (size_t i = 0; i < f->cfg->text_field_count; i++) {
        const struct field *x = &f->text[i];

        if (!fields_is_there(x))
            continue;
        if (x->value.type != JSON_STRING) {
            fields_refuse(out, where, "\"%s\" is not a text", x->name);
            return NULL;
        }
        if (fields_is_blank(x->value.raw, x->value.escaped)) {
            blank = blank ? blank : x;
            continue;
        }
        first = first ? first : x;
        fields_join_text(f, &x->value, out);
    }
    if (!first && blank)
        fields_join_text(f, &blank->value, out);
    return first ? first : blank;
}

bool fields_take_text(struct fields *f, struct text raw, const char *where,
                      struct record *out)
{
    const struct field *x = &f->text[0];
    const struct json_value *v = &x->value;
    bool alone = f->cfg->text_field_count == 1, any = false;

    for (size_t i = 0; i < f->cfg->text_field_count && !any; i++)
        any = fields_is_there(&f->text[i]);
    if (!any)
        return fields_refuse_absent(f, raw, where, "\"%s\" is missing",
                                    x->name, x->seen ? NULL : "--text-field",
                                    out);
    if (alone && v->type == JSON_STRING && !v->bad_utf8) {
        out->text = v->raw;
        out->text_escaped = v->escaped;
    } else if (!(x = join_texts(f, where, out))) {
        return false;
    }
    if (f->text_bytes.failed)
        return fields_refuse(out, where, "no memory for its text%s", "");
    if (!f->cfg->send_blank && fields_is_blank(out->text, out->text_escaped))
        return fields_refuse(out, where, "\"%s\" is blank", x->name);
    return true;
}

/* --- the metadata --------------------------------------------------------- */

/* The quotes of a string belong to it. */
static struct text fields_whole_value(const struct json_value *v)
{
    struct text raw = v->raw;

    if (v->type == JSON_STRING) {
        raw.ptr--;
        raw.len += 2;
    }
    return raw;
}

/* An object of the fields that exist, under their short names. */
static void fields_gather_metadata(struct fields *f, struct record *out)
{
    struct buf *to = &f->metadata_bytes;
    char name[256];

    buf_clear(to);
    for (size_t i = 0; i < f->cfg->metadata_field_count; i++) {
        const struct field *x = &f->metadata[i];
        struct text raw;

        if (!x->found)
            continue;
        raw = fields_whole_value(&x->value);
        fields_short_name(x, name, sizeof name);
        buf_puts(to, to->len ? "," : "{");
        json_put_string(to, text_of(name));
        buf_putc(to, ':');
        buf_put(to, raw.ptr, raw.len);
    }
    if (to->len == 0)
        return;
    buf_putc(to, '}');
    out->metadata = (struct text){ to->data, to->len };
}

/* In place: a repair makes a copy, and the value may lie in that buffer. */
static void fields_mend_metadata(struct fields *f, struct record *out,
                                 void (*put)(const struct json_value *v,
                                             struct buf *to))
{
    struct json_value inside = { .type = JSON_STRING, .raw = out->metadata };
    struct buf mended;

    buf_init(&mended);
    put(&inside, &mended);
    buf_clear(&f->metadata_bytes);
    buf_put(&f->metadata_bytes, mended.data, mended.len);
    buf_release(&mended);
    out->metadata =
        (struct text){ f->metadata_bytes.data, f->metadata_bytes.len };
}

void fields_take_metadata(struct fields *f, struct record *out)
{
    const struct field *x = &f->metadata[0];

    out->metadata = (struct text){ NULL, 0 };
    if (f->cfg->metadata_field_count > 1)
        fields_gather_metadata(f, out);
    else if (fields_is_there(x))
        out->metadata = fields_whole_value(&x->value);
    if (out->metadata.len == 0)
        return;
    if (f->nan)
        fields_mend_metadata(f, out, json_put_finite);
    if (f->cfg->replace_utf8) /* the whole value, with its strings */
        fields_mend_metadata(f, out, json_repair);
}
