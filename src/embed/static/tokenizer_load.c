/* This file makes a tokenizer from a tokenizer.json, part by part, each by its
 * "type". tokenizer_vocab.c loads the vocabulary. */
#include "config.h"
#include "embed/static/tokenizer_json.h"

#include <stdlib.h>

#include "util/str.h"

bool tokenizer_refuse(const struct tokenizer *t, struct error *err,
                      const char *what, const struct json_value *part)
{
    char shown[80] = "null";

    if (part && part->raw.ptr)
        str_printable(shown, sizeof shown, part->raw);
    return error_set(err, ERROR_CONFIG, 0, "%s: %s%s%s", t->path, what,
                     part ? " " : "", part ? shown : "");
}

/* Refuse a part that is none of those that we have. */
static bool refuse_unknown(const struct tokenizer *t, struct error *err,
                           const char *what, const struct json_value *part,
                           const char *known)
{
    char shown[48] = "null";

    if (part->raw.ptr)
        str_printable(shown, sizeof shown, part->raw);
    return error_set(err, ERROR_CONFIG, 0,
                     "%s: this program lacks the %s %s; it has %s", t->path,
                     what, shown, known);
}

/* Skip members that the caller does not ask for. */
bool json_fields(const struct json_value *object, struct json_field *fields,
                 size_t n)
{
    struct json_cursor c;
    struct json_value key, v;

    if (object->type != JSON_OBJECT)
        return false;
    json_begin(&c, object->raw.ptr, object->raw.len);
    if (!json_enter_object(&c))
        return false;
    while (json_member(&c, &key)) {
        if (!json_value(&c, &v))
            return false;
        for (size_t i = 0; i < n; i++)
            if (json_is(&key, fields[i].name))
                *fields[i].to = v;
    }
    return !c.why;
}

bool json_runes(const struct json_value *v, struct runes *to)
{
    struct buf b;

    buf_init(&b);
    if (v->type == JSON_STRING)
        json_decode(v, &b);
    runes_decode(to, (struct text){ b.data, b.len }, SIZE_MAX);
    to->failed |= b.failed;
    buf_release(&b);
    return v->type == JSON_STRING && !to->failed;
}

/* true, false, or the default when it is missing or null. */
static bool tokenizer_flag(const struct json_value *v, bool otherwise)
{
    return v->raw.ptr && v->type != JSON_NULL ? v->type == JSON_TRUE
                                              : otherwise;
}

static bool is_type(const struct json_value *type, const char *name)
{
    return type->raw.ptr && type->type == JSON_STRING && json_is(type, name);
}

/* ---- sequences ---- */

typedef bool part_fn(struct tokenizer *t, const struct json_value *part,
                     struct error *err);

static bool each_part(struct tokenizer *t, const struct json_value *list,
                      part_fn *load, struct error *err)
{
    struct json_cursor c;
    struct json_value part;

    json_begin(&c, list->raw.ptr, list->raw.len);
    if (!list->raw.ptr || list->type != JSON_ARRAY || !json_enter_array(&c))
        return tokenizer_refuse(t, err, "a Sequence without its list", NULL);
    while (json_element(&c))
        if (!json_value(&c, &part) || !load(t, &part, err))
            return false;
    return true;
}

/* ---- normalizers ---- */

static struct turn *add_turn(struct tokenizer *t, enum turn_kind kind)
{
    struct turn *turn = &t->turns[t->turn_count++];

    turn->kind = kind;
    return turn;
}

static void add_normal(struct tokenizer *t, bool compose, bool compatible)
{
    struct turn *turn = add_turn(t, TURN_NORMAL);

    turn->compose = compose;
    turn->compatible = compatible;
}

static bool load_bert(struct tokenizer *t, const struct json_value *part,
                      struct error *err)
{
    struct json_value clean = { 0 }, chinese = { 0 }, strip = { 0 },
                      lower = { 0 };
    struct json_field fields[] = { { "clean_text", &clean },
                                   { "handle_chinese_chars", &chinese },
                                   { "strip_accents", &strip },
                                   { "lowercase", &lower } };

    if (!json_fields(part, fields, sizeof fields / sizeof fields[0]))
        return tokenizer_refuse(t, err, "bad BertNormalizer", NULL);
    if (tokenizer_flag(&clean, true))
        add_turn(t, TURN_CLEAN);
    if (tokenizer_flag(&chinese, true))
        add_turn(t, TURN_IDEOGRAPHS);
    if (tokenizer_flag(&strip, tokenizer_flag(&lower, true))) {
        add_normal(t, false, false);
        add_turn(t, TURN_NONSPACING);
    }
    if (tokenizer_flag(&lower, true))
        add_turn(t, TURN_LOWER);
    return true;
}

static bool load_replace(struct tokenizer *t, const struct json_value *part,
                         struct error *err)
{
    struct json_value pattern = { 0 }, string = { 0 }, regex = { 0 },
                      content = { 0 };
    struct json_field outer[] = { { "pattern", &pattern },
                                  { "content", &content } };
    struct json_field inner[] = { { "String", &string },
                                  { "Regex", &regex } };
    struct turn *turn = add_turn(t, TURN_REPLACE);

    if (!json_fields(part, outer, 2) || !json_fields(&pattern, inner, 2) ||
        !json_runes(&content, &turn->to))
        return tokenizer_refuse(t, err, "bad normalizer Replace", NULL);
    if (is_type(&regex, " {2,}"))
        turn->kind = TURN_SQUEEZE;
    else if (regex.raw.ptr)
        return refuse_unknown(t, err, "normalizer Replace with the pattern",
                              &regex, "plain strings and \" {2,}\"");
    else if (!json_runes(&string, &turn->from) || turn->from.len == 0)
        return tokenizer_refuse(t, err, "bad normalizer Replace", NULL);
    return true;
}

static bool load_small_turn(struct tokenizer *t, const struct json_value *part,
                            const struct json_value *type, struct error *err)
{
    struct json_value left = { 0 }, right = { 0 }, prepend = { 0 };
    struct json_field fields[] = { { "strip_left", &left },
                                   { "strip_right", &right },
                                   { "prepend", &prepend } };
    struct turn *turn;

    if (!json_fields(part, fields, 3))
        return tokenizer_refuse(t, err, "bad normalizer", type);
    if (is_type(type, "Lowercase")) {
        add_turn(t, TURN_LOWER);
    } else if (is_type(type, "StripAccents")) {
        add_turn(t, TURN_MARKS);
    } else if (is_type(type, "Strip")) {
        turn = add_turn(t, TURN_STRIP);
        turn->left = tokenizer_flag(&left, true);
        turn->right = tokenizer_flag(&right, true);
    } else if (is_type(type, "Prepend")) {
        if (!json_runes(&prepend, &add_turn(t, TURN_PREPEND)->to))
            return tokenizer_refuse(t, err, "bad normalizer Prepend", NULL);
    } else {
        return refuse_unknown(t, err, "normalizer", type,
                              "BertNormalizer, Lowercase, NFC, NFD, NFKC, "
                              "NFKD, Prepend, Replace, Strip and StripAccents");
    }
    return true;
}

static bool load_turn(struct tokenizer *t, const struct json_value *part,
                      struct error *err)
{
    struct json_value type = { 0 }, list = { 0 };
    struct json_field fields[] = { { "type", &type },
                                   { "normalizers", &list } };

    if (t->turn_count + 5 > STEPS_MAX)
        return tokenizer_refuse(t, err, "too many normalizers", NULL);
    if (!json_fields(part, fields, 2))
        return tokenizer_refuse(t, err, "bad normalizer", NULL);
    if (is_type(&type, "Sequence"))
        return each_part(t, &list, load_turn, err);
    if (is_type(&type, "BertNormalizer"))
        return load_bert(t, part, err);
    if (is_type(&type, "Replace"))
        return load_replace(t, part, err);
    if (is_type(&type, "NFD") || is_type(&type, "NFC") ||
        is_type(&type, "NFKD") || is_type(&type, "NFKC")) {
        add_normal(t, type.raw.ptr[type.raw.len - 1] == 'C',
                   type.raw.len == 4);
        return true;
    }
    return load_small_turn(t, part, &type, err);
}

/* ---- pre-tokenizers ---- */

static bool load_meta(struct tokenizer *t, const struct json_value *part,
                      struct error *err)
{
    struct json_value sign = { 0 }, scheme = { 0 }, prefix = { 0 },
                      split = { 0 };
    struct json_field fields[] = { { "replacement", &sign },
                                   { "prepend_scheme", &scheme },
                                   { "add_prefix_space", &prefix },
                                   { "split", &split } };
    struct cut *cut = &t->cuts[t->cut_count];
    struct runes one = { 0 };
    bool fine = json_fields(part, fields, 4) && json_runes(&sign, &one) &&
                one.len == 1;

    if (fine)
        cut->meta = one.at[0];
    runes_release(&one);
    if (!fine)
        return tokenizer_refuse(t, err, "bad pre_tokenizer Metaspace", NULL);
    if (scheme.raw.ptr && !is_type(&scheme, "always") &&
        !is_type(&scheme, "never"))
        return refuse_unknown(t, err, "prepend_scheme of Metaspace", &scheme,
                              "always and never");
    for (size_t i = 0; i < t->cut_count; i++)
        if (t->cuts[i].kind == CUT_META)
            return tokenizer_refuse(t, err, "two Metaspaces", NULL);
    cut->kind = CUT_META;
    cut->prepend = scheme.raw.ptr ? is_type(&scheme, "always")
                                  : tokenizer_flag(&prefix, true);
    cut->split = tokenizer_flag(&split, true);
    t->cut_count++;
    return true;
}

static bool load_cut(struct tokenizer *t, const struct json_value *part,
                     struct error *err)
{
    struct json_value type = { 0 }, list = { 0 }, behavior = { 0 };
    struct json_field fields[] = { { "type", &type },
                                   { "pretokenizers", &list },
                                   { "behavior", &behavior } };

    if (t->cut_count + 2 > STEPS_MAX)
        return tokenizer_refuse(t, err, "too many pre_tokenizers", NULL);
    if (!json_fields(part, fields, 3))
        return tokenizer_refuse(t, err, "bad pre_tokenizer", NULL);
    if (is_type(&type, "Sequence"))
        return each_part(t, &list, load_cut, err);
    if (is_type(&type, "Metaspace"))
        return load_meta(t, part, err);
    if (is_type(&type, "BertPreTokenizer")) {
        t->cuts[t->cut_count++].kind = CUT_SPACE;
        t->cuts[t->cut_count++].kind = CUT_PUNCTUATION;
    } else if (is_type(&type, "WhitespaceSplit")) {
        t->cuts[t->cut_count++].kind = CUT_SPACE;
    } else if (is_type(&type, "Punctuation") &&
               (!behavior.raw.ptr || is_type(&behavior, "Isolated"))) {
        t->cuts[t->cut_count++].kind = CUT_PUNCTUATION;
    } else {
        return refuse_unknown(t, err, "pre_tokenizer", &type,
                              "BertPreTokenizer, Metaspace, Punctuation "
                              "(isolated) and WhitespaceSplit");
    }
    return true;
}

/* ---- the whole ---- */

static bool load_truncation(struct tokenizer *t, const struct json_value *part,
                            struct error *err)
{
    struct json_value max = { 0 }, direction = { 0 };
    struct json_field fields[] = { { "max_length", &max },
                                   { "direction", &direction } };
    int64_t n;

    t->truncate = SIZE_MAX;
    if (!part->raw.ptr || part->type == JSON_NULL)
        return true;
    if (!json_fields(part, fields, 2) || !max.raw.ptr ||
        !json_integer(&max, &n) || n < 1)
        return tokenizer_refuse(t, err, "bad truncation", NULL);
    if (direction.raw.ptr && !is_type(&direction, "Right"))
        return tokenizer_refuse(t, err, "this program lacks the truncation "
                                        "from the", &direction);
    t->truncate = (size_t)n;
    return true;
}

static bool tokenizer_has(const struct json_value *v)
{
    return v->raw.ptr && v->type != JSON_NULL;
}

static bool load_parts(struct tokenizer *t, const struct json_value *whole,
                       struct error *err)
{
    struct json_value truncation = { 0 }, added = { 0 }, normalizer = { 0 },
                      pre = { 0 }, model = { 0 };
    struct json_field fields[] = { { "truncation", &truncation },
                                   { "added_tokens", &added },
                                   { "normalizer", &normalizer },
                                   { "pre_tokenizer", &pre },
                                   { "model", &model } };

    if (!json_fields(whole, fields, sizeof fields / sizeof fields[0]))
        return tokenizer_refuse(t, err, "it is not a JSON object", NULL);
    if (!tokenizer_has(&model))
        return tokenizer_refuse(t, err, "it has no \"model\", so it is no "
                                        "tokenizer", NULL);
    return load_truncation(t, &truncation, err) &&
           (!tokenizer_has(&normalizer) || load_turn(t, &normalizer, err)) &&
           (!tokenizer_has(&pre) || load_cut(t, &pre, err)) &&
           tokenizer_load_vocab(t, &model,
                                tokenizer_has(&added) ? &added : NULL, err);
}

struct tokenizer *tokenizer_load(struct text json, const char *path,
                                 struct error *err)
{
    struct tokenizer *t = calloc(1, sizeof *t);
    struct json_cursor c;
    struct json_value whole;

    if (!t) {
        error_memory(err, "for %s", path);
        return NULL;
    }
    t->path = path;
    json_begin(&c, json.ptr, json.len);
    if (!json_value(&c, &whole) || !json_end(&c)) {
        error_set(err, ERROR_CONFIG, 0, "%s, byte %zu: %s", path,
                  (size_t)(c.p - c.start), c.why);
    } else if (load_parts(t, &whole, err)) {
        t->path = NULL; /* borrowed for the messages above */
        return t;
    }
    tokenizer_free(t);
    return NULL;
}
