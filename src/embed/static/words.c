/* This file cuts a text into words and hashes them, in one pass over the bytes.
 * A table gives the letter for each ASCII byte; a byte beyond ASCII begins a
 * character, which we decode without a check. And it hands the texts of a batch
 * to an embedder of words. */
#include "config.h"
#include "embed/static/words.h"

#include "util/json.h"

enum { KEEP_BYTES = 1 << 20 /* of the decoding buffer, between calls */ };

/* The letter that a byte stands for, 0 if it separates words. */
static const unsigned char letter[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
#define X(upper, lower) [upper] = lower, [lower] = lower,
    X('A', 'a') X('B', 'b') X('C', 'c') X('D', 'd') X('E', 'e') X('F', 'f')
    X('G', 'g') X('H', 'h') X('I', 'i') X('J', 'j') X('K', 'k') X('L', 'l')
    X('M', 'm') X('N', 'n') X('O', 'o') X('P', 'p') X('Q', 'q') X('R', 'r')
    X('S', 's') X('T', 't') X('U', 'u') X('V', 'v') X('W', 'w') X('X', 'x')
    X('Y', 'y') X('Z', 'z')
#undef X
};

static bool is_punctuation(uint32_t c)
{
    return c < 0xc0                       /* C1, Latin-1 signs */
           || (c >= 0x2000 && c < 0x2070) /* general punctuation */
           || (c >= 0x3000 && c < 0x3040) /* CJK stops and brackets */
           || (c >= 0xff00 && c < 0xff10); /* their full-width forms */
}

/* The character at p, beyond ASCII; lenient, since only its identity
 * matters. Returns the byte behind it. */
static const char *wide_char(const char *p, const char *end, uint32_t *c)
{
    unsigned char lead = (unsigned char)*p++;
    uint32_t code = lead < 0xe0 ? lead & 0x1fU
                                : lead < 0xf0 ? lead & 0x0fU : lead & 0x07U;

    while (p < end && ((unsigned char)*p & 0xc0) == 0x80)
        code = code << 6 | ((unsigned char)*p++ & 0x3fU);
    *c = is_punctuation(code) ? 0 : code;
    return p;
}

bool word_next(struct text *rest, struct word *w)
{
    const char *p = rest->ptr, *end = text_end(*rest);
    uint64_t hash = 0;
    size_t n = 0;

    while (p < end && n < WORD_CHARS) {
        uint32_t c = (unsigned char)*p;

        if (c < 128) {
            c = letter[c];
            p++;
        } else {
            p = wide_char(p, end, &c);
        }
        if (c) {
            w->chars[n++] = c;
            hash = word_longer(hash, c);
        } else if (n > 0) {
            break;
        }
    }
    w->hash = word_mix(hash);
    w->count = n;
    rest->ptr = p;
    rest->len = (size_t)(end - p);
    return n > 0;
}

/* The text of an input: unchanged, or decoded into `room`. */
static bool word_source(const struct embed_input *in, struct buf *room,
                        struct text *out, struct error *err)
{
    *out = in->text;
    if (!in->escaped)
        return true;
    buf_clear(room);
    json_decode_raw(in->text, room);
    if (room->failed)
        return error_memory(err, "for a text of %zu bytes", in->text.len);
    *out = (struct text){ room->data, room->len };
    return true;
}

bool words_embed(struct embedder *e, const struct embed_input *in, size_t n,
                 float *vectors, struct buf *room, words_embed_fn *one,
                 struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        struct text text;

        if (!word_source(&in[i], room, &text, err) ||
            !one(e, text, vectors + i * e->dim, err))
            return false;
    }
    buf_clear(room);
    buf_trim(room, KEEP_BYTES);
    return true;
}
