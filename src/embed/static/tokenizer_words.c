/*
 * This file has the models. WordPiece takes the longest token from the left,
 * again and again; if none fits, the whole word is unknown. Unigram takes the
 * tokens with the largest sum of scores; a character that no token covers
 * scores ten less than the worst token.
 */
#include "config.h"
#include "embed/static/tokenizer_parts.h"

#include <stdlib.h>

struct step { /* the best way to a place between two bytes */
    double score;
    size_t from; /* where its last token begins; SIZE_MAX: no way yet */
    size_t next; /* on the best way: the next place */
    uint32_t id;
};

/* ---- WordPiece ---- */

static bool word_pieces(const struct tokenizer *t, struct token_room *room,
                        const char *p, const char *end)
{
    size_t count = room->count, seen = room->seen;
    uint32_t node = TRIE_ROOT;
    bool full = false;

    while (p < end) {
        uint32_t id = TRIE_NONE;
        const char *behind = p;

        for (const char *q = p; q < end && node != TRIE_NONE; q++) {
            node = trie_step(&t->trie, node, *q);
            if (node == TRIE_ROOT)
                break;
            if (t->trie.values[node] != TRIE_NONE) {
                id = t->trie.values[node];
                behind = q + 1;
            }
        }
        if (id == TRIE_NONE) { /* remove the tokens of this word again */
            room->count = count;
            room->seen = seen;
            return token_emit(t, room, t->unk);
        }
        full = full || !token_emit(t, room, id);
        p = behind;
        node = t->inside;
    }
    return !full;
}

/* ---- Unigram ---- */

static bool path_reserve(struct token_room *room, size_t n)
{
    struct step *larger;

    if (n <= room->path_room)
        return true;
    n += n / 2 + 64;
    larger = realloc(room->path, n * sizeof *larger);
    if (!larger) {
        room->failed = true;
        return false;
    }
    room->path = larger;
    room->path_room = n;
    return true;
}

static void tokenizer_offer_step(struct step *at, double score, size_t from,
                                 uint32_t id)
{
    if (at->from == SIZE_MAX || score > at->score)
        *at = (struct step){ score, from, 0, id };
}

static void best_path(const struct tokenizer *t, struct step *path,
                      const char *p, size_t n)
{
    size_t chars;

    path[0] = (struct step){ 0 };
    for (size_t i = 1; i <= n; i++)
        path[i].from = SIZE_MAX;
    for (size_t at = 0; at < n; at += chars) {
        uint32_t node = TRIE_ROOT;
        bool alone = false;

        for (chars = 1; at + chars < n && ((unsigned char)p[at + chars] &
                                           0xc0) == 0x80;)
            chars++;
        for (size_t i = at; i < n; i++) {
            uint32_t id;

            node = trie_step(&t->trie, node, p[i]);
            if (node == TRIE_ROOT)
                break;
            id = t->trie.values[node];
            if (id == TRIE_NONE)
                continue;
            tokenizer_offer_step(&path[i + 1], t->scores[id] + path[at].score,
                                 at, id);
            alone |= i + 1 - at == chars;
        }
        if (!alone)
            tokenizer_offer_step(&path[at + chars],
                                 t->unknown_score + path[at].score, at, t->unk);
    }
}

/* Unknown characters in a row are one unknown token, or their bytes. */
static bool emit_unknown(const struct tokenizer *t, struct token_room *room,
                         const char *p, const char *end)
{
    bool whole = t->byte_fallback;

    for (const char *q = p; q < end && whole; q++)
        whole = t->byte_id[(unsigned char)*q] != TRIE_NONE;
    if (!whole)
        return token_emit(t, room, t->unk);
    for (; p < end; p++)
        if (!token_emit(t, room, t->byte_id[(unsigned char)*p]))
            return false;
    return true;
}

static bool tokenizer_cut_unigram(const struct tokenizer *t,
                                  struct token_room *room, const char *p,
                                  size_t n)
{
    struct step *path;

    if (!path_reserve(room, n + 1))
        return false;
    path = room->path;
    best_path(t, path, p, n);
    for (size_t at = n; at > 0; at = path[at].from)
        path[path[at].from].next = at;
    for (size_t at = 0, end; at < n; at = end) {
        uint32_t id;
        bool more;

        end = path[at].next;
        id = path[end].id;
        while (id == t->unk && end < n && path[path[end].next].id == id)
            end = path[end].next;
        more = id == t->unk ? emit_unknown(t, room, p + at, p + end)
                            : token_emit(t, room, id);
        if (!more)
            return false;
    }
    return true;
}

bool tokenizer_word(const struct tokenizer *t, struct token_room *room,
                    const int32_t *p, size_t n)
{
    if (!t->unigram && n > t->word_chars)
        return token_emit(t, room, t->unk);
    buf_clear(&room->bytes);
    runes_encode(p, n, &room->bytes);
    if (room->bytes.failed)
        return false;
    if (t->unigram)
        return tokenizer_cut_unigram(t, room, room->bytes.data,
                                     room->bytes.len);
    return word_pieces(t, room, room->bytes.data,
                       room->bytes.data + room->bytes.len);
}
