/* This file has the normalizers and pre-tokenizers. A normalizer writes
 * room->turn from room->piece, then the two swap. */
#include "config.h"
#include "embed/static/tokenizer_parts.h"

static void tokenizer_clean_text(struct runes *to, const struct runes *from)
{
    for (size_t i = 0; i < from->len; i++) {
        int32_t c = from->at[i];

        if (c == '\t' || c == '\n' || c == '\r')
            runes_putc(to, ' ');
        else if (c != 0xfffd && !rune_is_control(c))
            runes_putc(to, rune_is_space(c) ? ' ' : c);
    }
}

static void part_ideographs(struct runes *to, const struct runes *from)
{
    for (size_t i = 0; i < from->len; i++) {
        bool apart = rune_is_ideograph(from->at[i]);

        if (apart)
            runes_putc(to, ' ');
        runes_putc(to, from->at[i]);
        if (apart)
            runes_putc(to, ' ');
    }
}

static void tokenizer_drop_runes(struct runes *to, const struct runes *from,
                                 bool (*is)(int32_t c))
{
    for (size_t i = 0; i < from->len; i++)
        if (!is(from->at[i]))
            runes_putc(to, from->at[i]);
}

static void tokenizer_replace(struct runes *to, const struct runes *from,
                              const struct turn *turn)
{
    size_t n = turn->from.len;

    for (size_t i = 0; i < from->len;) {
        if (n <= from->len - i &&
            memcmp(from->at + i, turn->from.at, n * sizeof *from->at) == 0) {
            runes_put(to, turn->to.at, turn->to.len);
            i += n;
        } else {
            runes_putc(to, from->at[i++]);
        }
    }
}

static void tokenizer_squeeze(struct runes *to, const struct runes *from,
                              const struct turn *turn)
{
    for (size_t i = 0; i < from->len;) {
        size_t n = 0;

        while (i + n < from->len && from->at[i + n] == ' ')
            n++;
        if (n >= 2)
            runes_put(to, turn->to.at, turn->to.len);
        else
            runes_putc(to, from->at[i]);
        i += n ? n : 1;
    }
}

static void tokenizer_strip(struct runes *to, const struct runes *from,
                            const struct turn *turn)
{
    size_t start = 0, end = from->len;

    while (turn->left && start < end && rune_is_space(from->at[start]))
        start++;
    while (turn->right && end > start && rune_is_space(from->at[end - 1]))
        end--;
    runes_put(to, from->at + start, end - start);
}

static void tokenizer_apply_turn(const struct turn *turn, struct runes *to,
                                 const struct runes *from)
{
    switch (turn->kind) {
    case TURN_CLEAN:
        tokenizer_clean_text(to, from);
        break;
    case TURN_IDEOGRAPHS:
        part_ideographs(to, from);
        break;
    case TURN_NONSPACING:
        tokenizer_drop_runes(to, from, rune_is_nonspacing);
        break;
    case TURN_MARKS:
        tokenizer_drop_runes(to, from, rune_is_mark);
        break;
    case TURN_LOWER:
        runes_lower(to, from->at, from->len);
        break;
    case TURN_NORMAL:
        runes_normal(to, from->at, from->len, turn->compose,
                     turn->compatible);
        break;
    case TURN_REPLACE:
        tokenizer_replace(to, from, turn);
        break;
    case TURN_SQUEEZE:
        tokenizer_squeeze(to, from, turn);
        break;
    case TURN_PREPEND:
        if (from->len > 0)
            runes_put(to, turn->to.at, turn->to.len);
        runes_put(to, from->at, from->len);
        break;
    case TURN_STRIP:
        tokenizer_strip(to, from, turn);
        break;
    }
}

void tokenizer_turn(const struct tokenizer *t, struct token_room *room)
{
    for (size_t i = 0; i < t->turn_count; i++) {
        struct runes before = room->piece;

        runes_clear(&room->turn);
        tokenizer_apply_turn(&t->turns[i], &room->turn, &before);
        room->piece = room->turn;
        room->turn = before;
        room->piece.failed |= before.failed;
    }
}

/* ---- words ---- */

static bool cut_spaces(const struct tokenizer *t, struct token_room *room,
                       size_t cut, const int32_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t start = i;

        while (i < n && !rune_is_space(p[i]))
            i++;
        if (i > start && !tokenizer_cut(t, room, cut + 1, p + start, i - start))
            return false;
        i += i < n;
    }
    return true;
}

static bool cut_punctuation(const struct tokenizer *t, struct token_room *room,
                            size_t cut, const int32_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t start = i;

        while (i < n && !rune_is_punctuation(p[i]))
            i++;
        i += i == start; /* one sign alone */
        if (!tokenizer_cut(t, room, cut + 1, p + start, i - start))
            return false;
    }
    return true;
}

/* Replace blanks by the sign, which begins a word. There is only one such step,
 * so room->word is free. */
static bool cut_meta(const struct tokenizer *t, struct token_room *room,
                     size_t cut, const int32_t *p, size_t n)
{
    const struct cut *how = &t->cuts[cut];
    struct runes *w = &room->word;

    runes_clear(w);
    if (how->prepend && p[0] != how->meta && p[0] != ' ')
        runes_putc(w, how->meta);
    for (size_t i = 0; i < n; i++)
        runes_putc(w, p[i] == ' ' ? how->meta : p[i]);
    if (w->failed)
        return false;
    for (size_t i = 0; i < w->len;) {
        size_t start = i++;

        while (i < w->len && !(how->split && w->at[i] == how->meta))
            i++;
        if (!tokenizer_cut(t, room, cut + 1, w->at + start, i - start))
            return false;
    }
    return true;
}

bool tokenizer_cut(const struct tokenizer *t, struct token_room *room,
                   size_t cut, const int32_t *p, size_t n)
{
    if (cut == t->cut_count)
        return tokenizer_word(t, room, p, n);
    switch (t->cuts[cut].kind) {
    case CUT_SPACE:
        return cut_spaces(t, room, cut, p, n);
    case CUT_PUNCTUATION:
        return cut_punctuation(t, room, cut, p, n);
    case CUT_META:
        return cut_meta(t, room, cut, p, n);
    }
    return false;
}
