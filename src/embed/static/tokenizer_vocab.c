/* This file loads the vocabulary of a tokenizer, WordPiece or Unigram, into a
 * trie, and its added tokens into a list. It also finds the median length of a
 * token, from which Model2Vec computes where to cut a text. */
#include "config.h"
#include "embed/static/tokenizer_json.h"

#include <stdio.h>
#include <stdlib.h>

enum { IDS_MAX = 1 << 24, LENGTHS = 1024, WORD_CHARS_DEFAULT = 100 };

/* While it is loaded. */
struct vocab {
    struct tokenizer *t;
    struct buf token;
    size_t by_length[LENGTHS]; /* how many tokens have so many characters */
    double worst;              /* score */
    struct error *err;
};

static bool vocab_no_memory(struct vocab *v)
{
    return error_memory(v->err, "for the tokens of %s", v->t->path);
}

static bool vocab_refuse(struct vocab *v, const char *what)
{
    return tokenizer_refuse(v->t, v->err, what, NULL);
}

static size_t char_count(const struct buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += ((unsigned char)b->data[i] & 0xc0) != 0x80;
    return n;
}

/* Is v->token a token of the vocabulary that was not counted yet? */
static void count_token(struct vocab *v)
{
    size_t n = char_count(&v->token);

    v->by_length[n < LENGTHS ? n : LENGTHS - 1]++;
    v->t->count++;
}

static void raise_top(struct tokenizer *t, uint32_t id)
{
    if (id > t->top)
        t->top = id;
}

static bool put_token(struct vocab *v, const struct json_value *token,
                      uint32_t id)
{
    buf_clear(&v->token);
    json_decode(token, &v->token);
    if (v->token.failed ||
        !trie_put(&v->t->trie, (struct text){ v->token.data, v->token.len },
                  id))
        return vocab_no_memory(v);
    raise_top(v->t, id);
    count_token(v);
    return true;
}

static uint32_t vocab_find(const struct tokenizer *t, struct text token)
{
    uint32_t node = trie_walk(&t->trie, token);

    return node == TRIE_ROOT ? TRIE_NONE : t->trie.values[node];
}

/* ---- WordPiece ---- */

static bool read_id(const struct json_value *v, uint32_t *id)
{
    int64_t n;

    if (!json_integer(v, &n) || n < 0 || n >= IDS_MAX)
        return false;
    *id = (uint32_t)n;
    return true;
}

static bool read_words(struct vocab *v, const struct json_value *list)
{
    struct json_cursor c;
    struct json_value token, number;
    uint32_t id;

    json_begin(&c, list->raw.ptr, list->raw.len);
    if (!list->raw.ptr || list->type != JSON_OBJECT || !json_enter_object(&c))
        return vocab_refuse(v, "the vocab of WordPiece is not an object");
    while (json_member(&c, &token)) {
        if (!json_value(&c, &number) || !read_id(&number, &id))
            return vocab_refuse(
                v, "a token's number is not one from 0 to 16777215");
        if (!put_token(v, &token, id))
            return false;
    }
    return true;
}

static bool load_wordpiece(struct vocab *v, const struct json_value *model)
{
    struct json_value list = { 0 }, unk = { 0 }, prefix = { 0 }, chars = { 0 };
    struct json_field fields[] = { { "vocab", &list },
                                   { "unk_token", &unk },
                                   { "continuing_subword_prefix", &prefix },
                                   { "max_input_chars_per_word", &chars } };
    struct tokenizer *t = v->t;
    int64_t n = WORD_CHARS_DEFAULT;

    if (!json_fields(model, fields, 4))
        return vocab_refuse(v, "the model is not an object");
    if (!read_words(v, &list))
        return false;
    if (chars.raw.ptr && (!json_integer(&chars, &n) || n < 0))
        return vocab_refuse(v, "max_input_chars_per_word is not a number");
    t->word_chars = (size_t)n;
    buf_clear(&v->token);
    if (unk.raw.ptr && unk.type == JSON_STRING)
        json_decode(&unk, &v->token);
    else
        buf_puts(&v->token, "[UNK]");
    t->unk = vocab_find(t, (struct text){ v->token.data, v->token.len });
    if (t->unk == TRIE_NONE)
        return vocab_refuse(v, "the unk_token is not in the vocab");
    buf_clear(&v->token);
    if (prefix.raw.ptr && prefix.type == JSON_STRING)
        json_decode(&prefix, &v->token);
    else
        buf_puts(&v->token, "##");
    t->inside = trie_walk(&t->trie,
                          (struct text){ v->token.data, v->token.len });
    if (t->inside == TRIE_ROOT && v->token.len > 0)
        t->inside = TRIE_NONE;
    return !v->token.failed || vocab_no_memory(v);
}

/* ---- Unigram ---- */

static bool read_score(const struct json_value *v, double *score)
{
    char text[64], *end;

    if (v->type != JSON_NUMBER || v->raw.len >= sizeof text)
        return false;
    memcpy(text, v->raw.ptr, v->raw.len);
    text[v->raw.len] = '\0';
    *score = strtod(text, &end); /* LC_NUMERIC stays "C": see main.c */
    return *end == '\0';
}

static bool put_score(struct vocab *v, double score, size_t *room)
{
    struct tokenizer *t = v->t;

    if (t->count >= *room) {
        size_t more = *room ? *room * 2 : 4096;
        double *larger = realloc(t->scores, more * sizeof *larger);

        if (!larger)
            return vocab_no_memory(v);
        t->scores = larger;
        *room = more;
    }
    t->scores[t->count] = score;
    if (t->count == 0 || score < v->worst)
        v->worst = score;
    return true;
}

static bool read_scored(struct vocab *v, const struct json_value *list)
{
    struct json_cursor c;
    struct json_value token, number;
    size_t room = 0;
    double score;

    json_begin(&c, list->raw.ptr, list->raw.len);
    if (!list->raw.ptr || list->type != JSON_ARRAY || !json_enter_array(&c))
        return vocab_refuse(v, "the vocab of Unigram is not an array");
    while (json_element(&c)) {
        if (!json_enter_array(&c) || !json_element(&c) ||
            !json_value(&c, &token) || token.type != JSON_STRING ||
            !json_element(&c) || !json_value(&c, &number) ||
            !read_score(&number, &score) || json_element(&c) || c.why)
            return vocab_refuse(v,
                                "a token of Unigram is not [\"token\", score]");
        if (v->t->count >= IDS_MAX)
            return vocab_refuse(v, "there are more than 16777216 tokens");
        if (!put_score(v, score, &room) ||
            !put_token(v, &token, (uint32_t)v->t->count))
            return false;
    }
    return true;
}

static void find_bytes(struct tokenizer *t)
{
    char name[8];

    for (unsigned i = 0; i < 256; i++) {
        snprintf(name, sizeof name, "<0x%02X>", i);
        t->byte_id[i] = vocab_find(t, text_of(name));
    }
}

static bool load_unigram(struct vocab *v, const struct json_value *model)
{
    struct json_value list = { 0 }, unk = { 0 }, bytes = { 0 };
    struct json_field fields[] = { { "vocab", &list },
                                   { "unk_id", &unk },
                                   { "byte_fallback", &bytes } };
    struct tokenizer *t = v->t;

    t->unigram = true;
    if (!json_fields(model, fields, 3))
        return vocab_refuse(v, "the model is not an object");
    if (!read_scored(v, &list))
        return false;
    if (!unk.raw.ptr || !read_id(&unk, &t->unk) || t->unk >= t->count)
        return vocab_refuse(v, "the unk_id is not in the vocab");
    t->unknown_score = v->worst - 10;
    t->byte_fallback = bytes.raw.ptr && bytes.type == JSON_TRUE;
    find_bytes(t);
    return true;
}

/* ---- added tokens ---- */

/* We search a normalized token in normalised text, so normalise it. */
static bool vocab_normalise(struct vocab *v, struct added *a)
{
    struct token_room room = { 0 };
    bool fine;

    runes_put(&room.piece, a->text.at, a->text.len);
    tokenizer_turn(v->t, &room);
    runes_clear(&a->text);
    runes_put(&a->text, room.piece.at, room.piece.len);
    fine = !room.piece.failed && !room.turn.failed && !a->text.failed;
    token_room_release(&room);
    return fine || vocab_no_memory(v);
}

static bool read_added(struct vocab *v, const struct json_value *one,
                       struct added *a)
{
    struct json_value id = { 0 }, content = { 0 }, single = { 0 },
                      left = { 0 }, right = { 0 }, normalized = { 0 };
    struct json_field fields[] = { { "id", &id },
                                   { "content", &content },
                                   { "single_word", &single },
                                   { "lstrip", &left },
                                   { "rstrip", &right },
                                   { "normalized", &normalized } };

    if (!json_fields(one, fields, sizeof fields / sizeof fields[0]) ||
        !id.raw.ptr || !read_id(&id, &a->id) || !content.raw.ptr ||
        !json_runes(&content, &a->text))
        return vocab_refuse(v, "an added token lacks its id or content");
    if (single.raw.ptr && single.type == JSON_TRUE)
        return tokenizer_refuse(v->t, v->err, "this program lacks added "
                                              "tokens that are single_word:",
                                &content);
    a->lstrip = left.raw.ptr && left.type == JSON_TRUE;
    a->rstrip = right.raw.ptr && right.type == JSON_TRUE;
    a->normalized = normalized.raw.ptr && normalized.type == JSON_TRUE;
    buf_clear(&v->token);
    json_decode(&content, &v->token);
    if (v->token.failed)
        return vocab_no_memory(v);
    if (vocab_find(v->t, (struct text){ v->token.data, v->token.len }) ==
        TRIE_NONE)
        count_token(v);
    raise_top(v->t, a->id);
    return !a->normalized || vocab_normalise(v, a);
}

static bool grow_added(struct tokenizer *t)
{
    size_t n = t->added_count;
    struct added *larger;

    if (n & (n - 1)) /* memory is full at each power of two */
        return true;
    larger = realloc(t->added, (n ? n * 2 : 1) * sizeof *larger);
    if (larger)
        t->added = larger;
    return larger != NULL;
}

static bool load_added(struct vocab *v, const struct json_value *list)
{
    struct tokenizer *t = v->t;
    struct json_cursor c;
    struct json_value one;

    json_begin(&c, list->raw.ptr, list->raw.len);
    if (list->type != JSON_ARRAY || !json_enter_array(&c))
        return vocab_refuse(v, "added_tokens is not an array");
    while (json_element(&c)) {
        struct added *a;

        if (!json_value(&c, &one))
            return vocab_refuse(v, "added_tokens is not an array");
        if (!grow_added(t))
            return vocab_no_memory(v);
        a = &t->added[t->added_count++];
        *a = (struct added){ 0 };
        if (!read_added(v, &one, a))
            return false;
        if (a->text.len == 0)
            runes_release(&t->added[--t->added_count].text);
        else
            t->starts[a->normalized] |= UINT64_C(1) << (a->text.at[0] & 63);
    }
    return true;
}

/* ---- the whole ---- */

/* The median length; of two middle ones the mean, rounded down. */
static size_t vocab_median_length(const struct vocab *v)
{
    size_t below = (v->t->count - 1) / 2, above = v->t->count / 2, sum = 0;

    for (size_t n = 0, seen = 0; n < LENGTHS; n++) {
        size_t next = seen + v->by_length[n];

        sum += below >= seen && below < next ? n : 0;
        sum += above >= seen && above < next ? n : 0;
        seen = next;
    }
    return sum / 2;
}

static bool load_model(struct vocab *v, const struct json_value *model)
{
    struct json_value type = { 0 };
    struct json_field fields[] = { { "type", &type } };
    bool done;

    if (!json_fields(model, fields, 1))
        return vocab_refuse(v, "the model is not an object");
    if (type.raw.ptr && json_is(&type, "WordPiece"))
        done = load_wordpiece(v, model);
    else if (type.raw.ptr && json_is(&type, "Unigram"))
        done = load_unigram(v, model);
    else
        return tokenizer_refuse(v->t, v->err, "this program has WordPiece and "
                                              "Unigram, not the model", &type);
    if (done && v->t->trie.edge_count == 0)
        return vocab_refuse(v, "the vocab is empty");
    return done;
}

bool tokenizer_load_vocab(struct tokenizer *t, const struct json_value *model,
                          const struct json_value *added, struct error *err)
{
    struct vocab v = { .t = t, .err = err };
    bool done;

    buf_init(&v.token);
    done = load_model(&v, model) && (!added || load_added(&v, added));
    buf_release(&v.token);
    if (done)
        t->median = vocab_median_length(&v);
    return done;
}
