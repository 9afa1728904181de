/* This file writes and reads the JSON object, takes the same facts from a
 * ledger if the store has none, and compares them with the settings of the
 * run. */
#include "config.h"
#include "engine/job/stored_identity.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/former.h"
#include "util/json.h"
#include "util/str.h"

static void stored_identity_put_text(struct buf *to, const char *name,
                                     const char *value)
{
    buf_printf(to, ",\"%s\":", name);
    json_put_string(to, text_of(value));
}

static void put_size(struct buf *to, const char *name, size_t n)
{
    if (n > 0)
        buf_printf(to, ",\"%s\":%zu", name, n);
}

void stored_identity_put(struct buf *to, const char *embed,
                         const struct embedder *e, size_t asked_dim,
                         bool own_url, const struct phrasing *p)
{
    buf_puts(to, "{\"embed\":");
    json_put_string(to, text_of(embed));
    if (e->identity)
        stored_identity_put_text(to, "files", e->identity);
    put_size(to, "dim", e->dim);
    buf_printf(to, ",\"asked_dim\":%zu", asked_dim);
    put_size(to, "own_dim", e->own_dim);
    if (e->own_dim)
        buf_puts(to, ",\"normalised\":true");
    if (own_url)
        buf_puts(to, ",\"own_url\":true");
    for (int i = 0; i < PHRASES; i++)
        stored_identity_put_text(to, phrase_name((enum phrase)i), p->of[i]);
    buf_putc(to, '}');
}

/* --- reading -------------------------------------------------------------- */

static bool take_text(char **to, const struct json_value *v)
{
    struct buf b = { 0 };

    if (v->type != JSON_STRING)
        return true;
    json_decode(v, &b);
    free(*to);
    *to = strdup(buf_cstr(&b));
    buf_release(&b);
    return *to;
}

static bool take_size(size_t *to, const struct json_value *v)
{
    int64_t n;

    if (!json_integer(v, &n) || n < 0 || n > 65536)
        return false;
    *to = (size_t)n;
    return true;
}

static bool take_member(struct stored_identity *k, const struct json_value *key,
                        const struct json_value *v)
{
    if (json_is(key, "embed"))
        return take_text(&k->embed, v);
    if (json_is(key, "files"))
        return take_text(&k->files, v);
    if (json_is(key, "dim"))
        take_size(&k->dim, v);
    else if (json_is(key, "asked_dim"))
        k->asked = take_size(&k->asked_dim, v);
    else if (json_is(key, "own_dim"))
        take_size(&k->own_dim, v);
    else if (json_is(key, "own_url"))
        k->own_url = v->type == JSON_TRUE;
    for (int i = 0; i < PHRASES; i++)
        if (json_is(key, phrase_name((enum phrase)i)))
            return take_text(&k->phrase[i], v);
    return true;
}

bool stored_identity_read(struct stored_identity *k, struct text json,
                          struct error *err)
{
    struct json_value key, v;
    struct json_cursor c;

    *k = (struct stored_identity){ .embed = NULL };
    if (json.len == 0)
        return true;
    json_begin(&c, json.ptr, json.len);
    if (json_enter_object(&c))
        while (json_member(&c, &key) && json_value(&c, &v))
            if (!take_member(k, &key, &v))
                return error_memory(err, "for what the vectors are of");
    if (c.why || !json_end(&c)) /* somebody else's words */
        stored_identity_release(k);
    if (!former_hash(k->embed, k->files))
        return true;
    free(k->embed);
    k->embed = strdup("hash");
    return k->embed || error_memory(err, "for what the vectors are of");
}

bool stored_identity_in_store(struct stored_identity *k, struct store *s,
                              struct error *err)
{
    struct buf json = { 0 };
    bool fine;

    *k = (struct stored_identity){ .embed = NULL };
    fine = (!s->ops->kept || s->ops->kept(s, &json, err)) &&
           stored_identity_read(k, (struct text){ json.data, json.len }, err);
    buf_release(&json);
    return fine;
}

static bool ledger_size(struct ledger_view *v, const char *key, size_t *to)
{
    char *text = ledger_view_get(v, key);
    uint64_t n = 0;
    bool known = text && str_parse_u64(text, &n);

    free(text);
    *to = (size_t)n;
    return known;
}

void stored_identity_in_ledger(struct stored_identity *k, struct ledger_view *v)
{
    char key[48];

    *k =
        (struct stored_identity){ .embed = former_embed(v),
                                  .files = ledger_view_get(v, "model") };
    ledger_size(v, "dim", &k->dim);
    ledger_size(v, "own-dim", &k->own_dim);
    k->asked = ledger_size(v, "asked-dim", &k->asked_dim);
    for (int i = 0; i < PHRASES; i++) {
        snprintf(key, sizeof key, "identity.%s",
                 phrase_name((enum phrase)i));
        k->phrase[i] = ledger_view_get(v, key);
    }
}

void stored_identity_release(struct stored_identity *k)
{
    free(k->embed);
    free(k->files);
    for (int i = 0; i < PHRASES; i++)
        free(k->phrase[i]);
    *k = (struct stored_identity){ .embed = NULL };
}

/* --- comparing ------------------------------------------------------------ */

static bool other_phrase(const struct stored_identity *k, const char *place,
                         const struct phrasing *p, enum phrase which,
                         struct error *err)
{
    const char *was = k->phrase[which] ? k->phrase[which]
                                       : phrasing_before(p, which);
    char then[64], now[64];

    if (strcmp(was, p->of[which]) == 0)
        return true;
    str_printable(then, sizeof then, text_of(was));
    str_printable(now, sizeof now, text_of(p->of[which]));
    return error_set(err, ERROR_CONFIG, 0,
                     "%s holds vectors made with --%s \"%s\", these would be "
                     "with \"%s\": give that option, or name another --store",
                     place, phrase_name(which), then, now);
}

bool stored_identity_store_is_empty(struct store *s)
{
    struct error err;
    uint64_t n;

    return s->ops->count && s->ops->count(s, &n, &err) && n == 0;
}

bool stored_identity_is_of(const struct stored_identity *k, const char *place,
                           const char *embed, struct error *err)
{
    char then[80], now[80];

    if (!k->embed || strcmp(k->embed, embed) == 0)
        return true;
    str_printable(then, sizeof then, text_of(k->embed));
    str_printable(now, sizeof now, text_of(embed));
    return error_set(err, ERROR_CONFIG, 0,
                     "%s holds vectors of %s, these are of %s: name another "
                     "--store",
                     place, then, now);
}

/* Other files under the same name pass: a job begins anew with them, and each
 * of its documents replaces the old one. */
bool stored_identity_agrees(const struct stored_identity *k, const char *place,
                            const char *embed, const struct phrasing *p,
                            struct error *err)
{
    if (!k->embed)
        return true;
    if (!stored_identity_is_of(k, place, embed, err))
        return false;
    for (int i = 0; i < PHRASE_OF_QUERIES; i++)
        if (!other_phrase(k, place, p, (enum phrase)i, err))
            return false;
    return true;
}
