/* This file says what a record has in place of the requested fields. */
#include "config.h"
#include "source/fields_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "options/shell.h"
#include "util/str.h"

enum { NAMES_MOST = 8, ARRAYS_MOST = 3, NAME_SHOWN = 48 };

static void put_name(struct buf *to, struct text raw)
{
    char shown[NAME_SHOWN];

    str_printable(shown, sizeof shown, raw);
    buf_printf(to, "%s\"%s\"", to->len ? ", " : "", shown);
}

void fields_names(struct text object, struct buf *to)
{
    struct json_cursor c;
    struct json_value key;
    size_t n = 0;

    json_begin(&c, object.ptr, object.len);
    c.lax_utf8 = c.lax_nan = true;
    if (!json_enter_object(&c))
        return;
    for (; json_member(&c, &key); n++) {
        if (n == NAMES_MOST) {
            buf_puts(to, ", ...");
            return;
        }
        put_name(to, key.raw);
        if (!json_value(&c, NULL))
            return;
    }
}

/* --- a document around its records ---------------------------------------- */

static bool holds_objects(struct text array)
{
    struct json_cursor c;
    enum json_type type;

    json_begin(&c, array.ptr, array.len);
    return json_enter_array(&c) && json_element(&c) &&
           json_peek(&c, &type) && type == JSON_OBJECT;
}

/* The paths of arrays of objects in an object, or one object deeper. */
static size_t find_arrays(struct text object, const char *path, bool deeper,
                          struct buf *to)
{
    struct json_cursor c;
    struct json_value key, v;
    size_t n = 0;

    json_begin(&c, object.ptr, object.len);
    c.lax_utf8 = c.lax_nan = true;
    if (!json_enter_object(&c))
        return 0;
    while (n < ARRAYS_MOST && json_member(&c, &key) && json_value(&c, &v)) {
        char at[2 * NAME_SHOWN], name[NAME_SHOWN];

        str_printable(name, sizeof name, key.raw);
        snprintf(at, sizeof at, "%s%s", path, name);
        if (v.type == JSON_ARRAY && holds_objects(v.raw)) {
            buf_printf(to, "%s%s", to->len ? ", " : "", at);
            n++;
        } else if (v.type == JSON_OBJECT && deeper) {
            snprintf(at, sizeof at, "%s.", name);
            n += find_arrays(v.raw, at, false, to);
        }
    }
    return n;
}

/* --- the field that was probably meant ------------------------------------ */

/* The most usual names first. */
static const char *const usual_ids[] = {
    "id", "_id", "doc_id", "docid", "document_id", "uuid", "uid", "pid", "key",
    "url", NULL
};
static const char *const usual_texts[] = {
    "text",     "content", "contents", "body",        "passage", "document",
    "page_content", "chunk", "abstract", "description", "summary", "sentence",
    "message",  "title",   NULL
};

/* The place of a name among the usual ones, whatever its case; their number if
 * it is none. */
static size_t fields_rank(struct text name, const char *const *usual)
{
    size_t i = 0;

    while (usual[i] && (strlen(usual[i]) != name.len ||
                        strncasecmp(usual[i], name.ptr, name.len) != 0))
        i++;
    return i;
}

/* The most usual name that a field with a value of that kind has, else for a
 * text the field with the longest. */
static struct text fields_guess(struct text object, bool text)
{
    const char *const *usual = text ? usual_texts : usual_ids;
    struct text best = { "", 0 };
    struct json_cursor c;
    struct json_value key, v;
    size_t rank = SIZE_MAX, longest = 0;

    json_begin(&c, object.ptr, object.len);
    c.lax_utf8 = c.lax_nan = true;
    if (!json_enter_object(&c))
        return best;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        size_t at = fields_rank(key.raw, usual);

        if (v.raw.len == 0 ||
            (v.type != JSON_STRING && (text || v.type != JSON_NUMBER)) ||
            (text ? usual_ids[fields_rank(key.raw, usual_ids)] != NULL
                  : usual[at] == NULL) ||
            at > rank ||
            (at == rank && v.raw.len <= longest))
            continue;
        rank = at;
        longest = v.raw.len;
        best = key.raw;
    }
    return best;
}

/* The option, as it can be typed, behind `between`; else leave `to` alone. */
static void put_option(struct buf *to, struct text name, const char *between,
                       const char *option)
{
    char shown[NAME_SHOWN], word[NAME_SHOWN];

    if (name.len == 0 || name.len >= sizeof word)
        return;
    snprintf(word, sizeof word, "%.*s", (int)name.len, name.ptr);
    str_printable(shown, sizeof shown, name);
    if (strcmp(word, shown) != 0 || strchr(word, '\\'))
        return;
    buf_printf(to, "%s%s ", between, option);
    shell_quote(word, to);
}

/* Behind the names. */
static void put_guess(struct buf *to, struct text object, const char *option)
{
    bool text = strcmp(option, "--text-field") == 0;
    struct text name = fields_guess(object, text);

    if (name.len == 0 && !text)
        buf_puts(to, ": --id hash or --id line makes one");
    put_option(to, name, ": ", option);
}

/* --- a text inside an array of a line ------------------------------------- */

/* The name as a step of a JSON pointer that needs no escape. False: it has none
 * that can be typed. */
static bool fields_step(struct text name, char to[NAME_SHOWN])
{
    snprintf(to, NAME_SHOWN, "%.*s", (int)name.len, name.ptr);
    return name.len > 0 && name.len < NAME_SHOWN && !strpbrk(to, "/~\\'") &&
           strlen(to) == name.len;
}

/* The pointer to the text of the first object in an array of objects. */
static bool fields_text_inside(struct text object, struct buf *to)
{
    char outer[NAME_SHOWN], inner[NAME_SHOWN];
    struct json_cursor c, in;
    struct json_value key, v, first;

    json_begin(&c, object.ptr, object.len);
    c.lax_utf8 = c.lax_nan = true;
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, &v)) {
        if (v.type != JSON_ARRAY || !holds_objects(v.raw))
            continue;
        json_begin(&in, v.raw.ptr, v.raw.len);
        in.lax_utf8 = in.lax_nan = true;
        if (json_enter_array(&in) && json_element(&in) &&
            json_value(&in, &first) && fields_step(key.raw, outer) &&
            fields_step(fields_guess(first.raw, true), inner)) {
            buf_printf(to, "/%s/0/%s", outer, inner);
            return true;
        }
    }
    return false;
}

/* Does a field of the record itself have the usual name of a text? */
static bool fields_has_usual_text(struct text object)
{
    struct text name = fields_guess(object, true);

    return name.len > 0 && usual_texts[fields_rank(name, usual_texts)];
}

/* A line is one record, so --json-path reads no array of it. */
static bool fields_hint_line(struct text object, const char *option, char *to,
                             size_t size)
{
    struct buf at = { 0 }, word = { 0 };
    bool told = option && strcmp(option, "--text-field") == 0 &&
                !fields_has_usual_text(object) &&
                fields_text_inside(object, &at);

    if (told) {
        shell_quote(buf_cstr(&at), &word);
        snprintf(to, size, "it has an array: --text-field %s reads its first "
                           "text; for all, write each as a line",
                 buf_cstr(&word));
    }
    buf_release(&at);
    buf_release(&word);
    return told;
}

/* --- a line of a bulk request --------------------------------------------- */

/* {"index":{"_index":"a","_id":"1"}}: a single member with the name of an
 * action, whose value is an object of such names alone. */
static bool is_bulk_action(struct text object)
{
    static const char *const actions[] = { "index", "create", "update",
                                           "delete" };
    struct json_cursor c;
    struct json_value key, v, more;
    bool named = false, meta = true;

    json_begin(&c, object.ptr, object.len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_value(&c, &v) || v.type != JSON_OBJECT || json_member(&c, &more))
        return false;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        named |= json_is(&key, actions[i]);
    json_begin(&c, v.raw.ptr, v.raw.len);
    if (!named || !json_enter_object(&c))
        return false;
    while (json_member(&c, &key) && json_value(&c, NULL))
        meta &= (key.raw.len > 0 && key.raw.ptr[0] == '_') ||
                json_is(&key, "routing") || json_is(&key, "version");
    return meta && !c.why;
}

static void fields_hint_names(struct text object, const char *option, char *to,
                              size_t size)
{
    struct buf names = { 0 }, guess = { 0 };
    size_t room = size - sizeof "it has ";

    fields_names(object, &names);
    if (option && names.len)
        put_guess(&guess, object, option);
    room -= guess.len < room ? guess.len : room;
    snprintf(to, size, "it has %.*s%s", (int)room,
             names.len ? buf_cstr(&names) : "nothing", buf_cstr(&guess));
    buf_release(&names);
    buf_release(&guess);
}

static bool fields_hint_arrays(struct text object, char *to, size_t size)
{
    struct buf found = { 0 };
    size_t arrays = find_arrays(object, "", true, &found);

    if (arrays == 1)
        snprintf(to, size, "it has an array: --json-path %s",
                 buf_cstr(&found));
    else if (arrays)
        snprintf(to, size, "it has the arrays %s (--json-path reads one)",
                 buf_cstr(&found));
    buf_release(&found);
    return arrays > 0;
}

void fields_hint(struct text object, const char *option, bool lines, char *to,
                 size_t size)
{
    if (is_bulk_action(object))
        snprintf(to, size, "it is an action line of an Elasticsearch bulk "
                           "file, not a document: take such lines out");
    else if (lines ? !fields_hint_line(object, option, to, size)
                   : !fields_hint_arrays(object, to, size))
        fields_hint_names(object, option, to, size);
}

/* --- the options for all of them ------------------------------------------ */

/* The id and the text, whichever this record lacks. */
static void fields_mend_names(const struct fields *f, struct text object,
                              struct buf *to)
{
    struct text id = fields_guess(object, false);
    bool has_text = false;

    for (size_t i = 0; i < f->cfg->text_field_count; i++)
        has_text |= f->text[i].found;
    if (f->cfg->id_from == SOURCE_ID_FIELD && !f->id.found) {
        if (id.len == 0)
            buf_puts(to, "--id hash");
        put_option(to, id, "", "--id-field");
    }
    if (!has_text)
        put_option(to, fields_guess(object, true), to->len ? " " : "",
                   "--text-field");
}

void fields_mend(const struct fields *f, struct text object, struct buf *to)
{
    struct buf found = { 0 };
    size_t arrays = f->lines ? 0 : find_arrays(object, "", true, &found);

    if (arrays == 1) {
        buf_puts(to, "--json-path ");
        shell_quote(buf_cstr(&found), to);
    } else if (arrays == 0 && !is_bulk_action(object)) {
        fields_mend_names(f, object, to);
    }
    buf_release(&found);
}
