/* This file tells the form of a corpus by its first bytes: something that is
 * not JSON, an encoding other than UTF-8, lines, a document with an array, or a
 * sequence of values. */
#include "config.h"
#include "source/source_base.h"

#include <stdio.h>

#include "source/container.h"
#include "util/json.h"

enum {
    PEEK = 1 << 16,
    NAME_SHOWN = 64,
    PEEK_MOST = 1 << 20, /* to see whether a line is a document or a record */
    SEPARATOR = 0x1e,    /* before each record of a sequence (RFC 7464) */
};

/* --- what is refused ------------------------------------------------------ */

/* UTF-16 and UTF-32 by their mark or by the zeros that ASCII leaves. */
static const char *foreign_encoding(const unsigned char *p, size_t n)
{
    if (n >= 4 && !memcmp(p, "\xff\xfe\0\0", 4))
        return "UTF-32LE";
    if (n >= 4 && !memcmp(p, "\0\0\xfe\xff", 4))
        return "UTF-32BE";
    if (n >= 2 && !memcmp(p, "\xff\xfe", 2))
        return "UTF-16LE";
    if (n >= 2 && !memcmp(p, "\xfe\xff", 2))
        return "UTF-16BE";
    if (n >= 4 && p[0] && !p[1] && !p[2] && !p[3])
        return "UTF-32LE";
    if (n >= 4 && !p[0] && !p[1] && !p[2] && p[3])
        return "UTF-32BE";
    if (n >= 2 && p[0] && !p[1])
        return "UTF-16LE";
    if (n >= 2 && !p[0] && p[1])
        return "UTF-16BE";
    return NULL;
}

/* The last part of a path that would leave no room for the remedy. */
static const char *short_name(const char *name)
{
    const char *slash = strlen(name) > NAME_SHOWN ? strrchr(name, '/') : NULL;

    return slash ? slash + 1 : name;
}

static bool source_form_refuse(const struct source *s,
                               const struct container *c, struct error *err)
{
    const char *name = short_name(stream_name(s->stream));
    const char *packing = stream_packing(s->stream);
    char remedy[sizeof err->text], front[sizeof err->text];
    int n = snprintf(front, sizeof front, "%s: is %s%s%s, not JSON; ", name,
                     c->name, packing ? " inside " : "",
                     packing ? packing : "");

    container_remedy(c, s->cfg.path, packing, remedy,
                     n < (int)sizeof front ? sizeof front - (size_t)n : 1);
    return error_set(err, ERROR_INPUT, 0, "%s%s", front, remedy);
}

static bool check_container(const struct source *s, struct error *err)
{
    const struct container *c = container_find(
        s->data + s->start, s->end - s->start, !stream_plain(s->stream));

    return !c || source_form_refuse(s, c, err);
}

/* IN-48: a table, YAML, prose: no line of it is a record. */
static bool source_form_check_text(const struct source *s, struct error *err)
{
    bool doubt;
    const struct container *c = container_text(
        s->data + s->start, s->end - s->start, s->at_end, s->cfg.path, &doubt);

    return !c || source_form_refuse(s, c, err);
}

static bool check_encoding(struct source *s, struct error *err)
{
    const char *name =
        foreign_encoding((unsigned char *)s->data, s->end - s->start);

    if (!name)
        return true;
    return error_set(err, ERROR_INPUT, 0,
                     "%s: is %s; convert it to UTF-8 first (iconv -f %s "
                     "-t UTF-8)",
                     stream_name(s->stream), name, name);
}

/* An error inside a value tells nothing about the form. */
static struct json_cursor begin_lax(const char *p, size_t n)
{
    struct json_cursor c;

    json_begin(&c, p, n);
    c.lax_utf8 = c.lax_nan = true;
    return c;
}

/* --- an array of documents ------------------------------------------------ */

/* Step into the object at the cursor, to the value of the named member. */
static bool source_form_to_member(struct json_cursor *c, const char *name)
{
    struct json_value key;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key)) {
        if (json_is(&key, name))
            return true;
        if (!json_value(c, NULL))
            return false;
    }
    return false;
}

enum source_array source_look_for_array(const struct source *s, const char *p,
                                        size_t n)
{
    const char *path = s->cfg.json_path;
    char part = *path == '/' ? '/' : '.', name[256];
    enum json_type type;
    struct json_cursor c = begin_lax(p, n);

    if (json_peek(&c, &type) && type == JSON_ARRAY)
        return ARRAY_HERE;
    path += *path == '/';
    while (*path) {
        size_t len = strcspn(path, (char[]){ part, '\0' });

        snprintf(name, sizeof name, "%.*s", (int)len, path);
        if (!source_form_to_member(&c, name)) /* no `why`: it was complete */
            return c.why && c.p == c.end ? ARRAY_UNSEEN : ARRAY_NONE;
        path += len + (path[len] == part);
    }
    if (json_peek(&c, &type))
        return type == JSON_ARRAY ? ARRAY_HERE : ARRAY_NONE;
    return c.p == c.end ? ARRAY_UNSEEN : ARRAY_NONE;
}

/* --- the form ------------------------------------------------------------- */

/* The beginning of a corpus, without what may stand before it. */
struct sight {
    const char *p, *end, *lf; /* lf: end of the first line; NULL: not seen */
    const char *behind; /* the first value's end; NULL: it is cut or wrong */
    const char *next;   /* what follows the value and white space */
    bool cut;           /* the bytes end inside the value */
    bool last;          /* there is no more to see */
};

static bool source_form_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == SEPARATOR;
}

static const char *source_form_skip_space(const char *p, const char *end)
{
    while (p < end && source_form_is_space(*p))
        p++;
    return p;
}

static struct sight source_form_look(const struct source *s, bool last)
{
    struct sight v = { .p = s->data + s->start, .end = s->data + s->end,
                       .last = last };
    struct json_cursor c;

    if (v.end - v.p >= 3 && memcmp(v.p, "\xef\xbb\xbf", 3) == 0)
        v.p += 3;
    v.p = v.next = source_form_skip_space(v.p, v.end);
    if (v.p == v.end)
        return v;
    v.lf = memchr(v.p, '\n', (size_t)(v.end - v.p));
    c = begin_lax(v.p, (size_t)(v.end - v.p));
    if (json_value(&c, NULL)) {
        v.behind = c.p;
        v.next = source_form_skip_space(c.p, v.end);
    }
    v.cut = !v.behind && c.p == v.end;
    return v;
}

static bool named_jsonl(const char *path)
{
    static const char *const ends[] = { ".jsonl", ".ndjson", ".jsonl.gz",
                                        ".jsonl.zst", ".ndjson.gz",
                                        ".ndjson.zst" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (text_ends(text_of(path), ends[i]))
            return true;
    return false;
}

/* The first value is a line, and another line follows. */
static bool source_form_is_line(const struct sight *v)
{
    return v->behind && v->next < v->end && v->lf && v->lf >= v->behind &&
           v->lf < v->next;
}

/* Lines that are arrays are no documents either; each is then reported. */
static enum source_form form_of_array(const struct sight *v, bool named)
{
    if (!named)
        return FORM_ARRAY;
    if (v->behind ? v->next == v->end : v->cut)
        return v->behind && !v->last ? FORM_MORE : FORM_ARRAY;
    return source_form_is_line(v) || !v->behind ? FORM_LINES : FORM_ARRAY;
}

/* An object that has the array: it is the document, or a record with a member
 * of this name if other records follow. */
static enum source_form form_of_holder(const struct sight *v)
{
    if (!v->behind)
        return v->cut && !v->lf && !v->last ? FORM_MORE : FORM_ARRAY;
    if (v->next == v->end)
        return v->last ? FORM_ARRAY : FORM_MORE;
    if (source_form_is_line(v))
        return FORM_LINES;
    /* It spans lines, and an object begins on a line of its own. */
    if (*v->next == '{' && v->lf && v->lf < v->behind &&
        memchr(v->behind, '\n', (size_t)(v->next - v->behind)))
        return FORM_VALUES;
    return FORM_ARRAY;
}

/* Lines win unless something contradicts them. */
static enum source_form form_of_object(const struct sight *v)
{
    struct json_cursor c =
        begin_lax(v->p, (size_t)((v->lf ? v->lf : v->end) - v->p));

    if (json_value(&c, NULL)) /* two on one line: values */
        return json_enter_object(&c) ? FORM_ARRAY : FORM_LINES;
    /* The line ends inside a value: pretty-printed JSON, if the rest fits. */
    if (!v->lf || c.p < v->lf - 1)
        return FORM_LINES;
    return v->behind || v->cut ? FORM_ARRAY : FORM_LINES;
}

static enum source_form source_form_guess(const struct source *s,
                                          const struct sight *v)
{
    bool named = named_jsonl(s->cfg.path);
    enum source_array array;

    if (v->p == v->end)
        return v->last ? FORM_LINES : FORM_MORE;
    if (*v->p == '[')
        return form_of_array(v, named);
    if (*v->p != '{' || named)
        return FORM_LINES;
    array = source_look_for_array(s, v->p, (size_t)(v->end - v->p));
    if (array == ARRAY_HERE)
        return form_of_holder(v);
    if (!v->last && v->cut && (!v->lf || array == ARRAY_UNSEEN) &&
        v->end - v->p < PEEK)
        return FORM_MORE;
    return form_of_object(v);
}

bool source_keeps_lines(const struct source *s)
{
    struct sight v = source_form_look(s, s->at_end);

    return s->cfg.format == SOURCE_JSONL || named_jsonl(s->cfg.path) ||
           source_form_is_line(&v);
}

/* It does not begin like JSON: a few more lines tell whether it is. */
static bool source_form_is_doubtful(const struct source *s)
{
    bool doubt;

    container_text(s->data + s->start, s->end - s->start, false, s->cfg.path,
                   &doubt);
    return doubt;
}

static enum source_form form_seen(const struct source *s, bool last)
{
    struct sight v = source_form_look(s, last);

    if (!last && v.end - v.p < PEEK && source_form_is_doubtful(s))
        return FORM_MORE;
    if (s->cfg.format == SOURCE_JSONL)
        return FORM_LINES;
    if (s->cfg.format == SOURCE_JSON)
        return v.p == v.end && !last ? FORM_MORE : FORM_ARRAY;
    return source_form_guess(s, &v);
}

/* Read the first bytes: up to PEEK of a file; of a pipe just enough to tell its
 * form, since its writer may wait for us. Damage behind them is reported when
 * the records reach it. */
static bool source_form_peek(struct source *s, enum source_form *form,
                             struct error *err)
{
    enum stream_status status;

    do {
        status = source_more(s, err);
        *form = form_seen(s, status != STREAM_BYTES);
    } while (status == STREAM_BYTES && s->end < PEEK_MOST &&
             (*form == FORM_MORE ||
              (stream_seekable(s->stream) && s->end < PEEK)));
    if (*form == FORM_MORE)
        *form = form_seen(s, true);
    if (status == STREAM_STOPPED)
        return error_set(err, ERROR_STOPPED, 0, "stopped");
    return status != STREAM_FAILED ||
           (err->kind == ERROR_INPUT && (s->end > 0 || s->cfg.lenient));
}

bool source_find_form(struct source *s, enum source_form *form,
                      struct error *err)
{
    if (!source_form_peek(s, form, err) || !check_container(s, err) ||
        !check_encoding(s, err) || !source_form_check_text(s, err))
        return false;
    if (s->end - s->start >= 3 &&
        memcmp(s->data + s->start, "\xef\xbb\xbf", 3) == 0)
        source_advance(s, 3);
    return true;
}
