/* This file takes a text through a tokenizer: it cuts out added tokens,
 * normalises the rest and cuts it into words, and the model of the vocabulary
 * turns each word into tokens. A room holds the buffers of one worker. */
#include "config.h"
#include "embed/static/tokenizer_parts.h"

#include <stdlib.h>

bool token_emit(const struct tokenizer *t, struct token_room *room,
                uint32_t id)
{
    if (room->seen++ >= t->truncate)
        return false;
    if (id != t->unk)
        room->ids[room->count++] = id;
    return room->count < room->limit;
}

/* ---- added tokens ---- */

static bool tokenizer_stands_at(const struct added *a, const int32_t *p,
                                size_t n)
{
    return a->text.len <= n &&
           memcmp(a->text.at, p, a->text.len * sizeof *p) == 0;
}

/* The longest added token at p; NULL: none. */
static const struct added *tokenizer_added_at(const struct tokenizer *t,
                                              bool normalized, const int32_t *p,
                                              size_t n)
{
    const struct added *best = NULL;

    if (!(t->starts[normalized] >> (*p & 63) & 1))
        return NULL;
    for (size_t i = 0; i < t->added_count; i++) {
        const struct added *a = &t->added[i];

        if (a->normalized == normalized && tokenizer_stands_at(a, p, n) &&
            (!best || a->text.len > best->text.len))
            best = a;
    }
    return best;
}

typedef bool piece_fn(const struct tokenizer *t, struct token_room *room,
                      const int32_t *p, size_t n);

/* Process the text between the added tokens, and add those themselves. */
static bool cut_added(const struct tokenizer *t, struct token_room *room,
                      bool normalized, const int32_t *p, size_t n,
                      piece_fn *piece)
{
    size_t done = 0;

    for (size_t i = 0; i < n;) {
        const struct added *a = tokenizer_added_at(t, normalized, p + i, n - i);
        size_t start = i, end;

        if (!a) {
            i++;
            continue;
        }
        end = i + a->text.len;
        while (a->lstrip && start > done && rune_is_space(p[start - 1]))
            start--;
        while (a->rstrip && end < n && rune_is_space(p[end]))
            end++;
        if (!piece(t, room, p + done, start - done) ||
            !token_emit(t, room, a->id))
            return false;
        i = done = end;
    }
    return piece(t, room, n ? p + done : p, n - done);
}

static bool cut_piece(const struct tokenizer *t, struct token_room *room,
                      const int32_t *p, size_t n)
{
    return n == 0 || tokenizer_cut(t, room, 0, p, n);
}

static bool turn_piece(const struct tokenizer *t, struct token_room *room,
                       const int32_t *p, size_t n)
{
    if (n == 0)
        return true;
    runes_clear(&room->piece);
    runes_put(&room->piece, p, n);
    tokenizer_turn(t, room);
    return cut_added(t, room, true, room->piece.at, room->piece.len,
                     cut_piece);
}

bool tokenizer_run(const struct tokenizer *t, struct token_room *room,
                   struct text text, size_t max_chars)
{
    room->count = room->seen = 0;
    room->failed = false;
    runes_clear(&room->text);
    runes_decode(&room->text, text, max_chars);
    if (room->limit > 0)
        cut_added(t, room, false, room->text.at, room->text.len, turn_piece);
    return !(room->failed || room->text.failed || room->piece.failed ||
             room->turn.failed || room->word.failed || room->bytes.failed);
}

void token_room_release(struct token_room *room)
{
    runes_release(&room->text);
    runes_release(&room->piece);
    runes_release(&room->turn);
    runes_release(&room->word);
    buf_release(&room->bytes);
    free(room->path);
    free(room->ids);
    *room = (struct token_room){ 0 };
}

/* ---- what it is ---- */

void tokenizer_free(struct tokenizer *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->turn_count; i++) {
        runes_release(&t->turns[i].from);
        runes_release(&t->turns[i].to);
    }
    for (size_t i = 0; i < t->added_count; i++)
        runes_release(&t->added[i].text);
    free(t->added);
    free(t->scores);
    trie_release(&t->trie);
    free(t);
}

uint32_t tokenizer_top(const struct tokenizer *t)
{
    return t->top;
}

size_t tokenizer_median(const struct tokenizer *t)
{
    return t->median;
}
