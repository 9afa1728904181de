/*
 * This file estimates the tokens of a text. Vocabularies come from joining
 * neighbours that are most frequent, within words that a pattern cuts first:
 * letters and what is before them, up to three digits, the rest, blanks. So a
 * word of common pairs is one token, each rare pair costs nearly half a token
 * more, and a letter outside ASCII costs by its script. Weights are hundredths
 * of a token, fitted to cl100k.
 */
#include "config.h"
#include "util/tokens.h"

#include "util/str.h"

enum {
    TOKEN = 100,
    LOOSE = 45,          /* a pair of letters that is rare within words */
    LOOSE_CAPITALS = 40, /* words in capitals are rarer: each pair costs */
    FIRM_CAPITALS = 18,
    JOINED = 60,         /* what ".com" and "(word" save */
    AFTER_WIDE = 70,     /* letters behind a letter of another script */
    MARK = 90, MORE_MARKS = 30,
    TOKENS_MOST = 1 << 30
};

enum class { START, SMALL, CAPITAL, DIGIT, BLANK, LINE, PUNCT, WIDE };

struct scan {
    uint64_t sum; /* hundredths */
    enum class was;
    unsigned run;  /* how many of that class */
    char last;     /* the last letter, as a small one */
};

/* Small letters are 0 to 25, and this is the blank between words. */
enum { GAP = 26 };

/* The letters that often follow this one within a token: bit 0 is a. */
static const uint32_t firm[GAP + 1] = {
    0x1ee2d4e, /* a: bcdgiklnrstvwxy */
    0x1064b32, /* b: befijlorsy */
    0x15adf95, /* c: acehijklmoprtuwy */
    0x126c135, /* d: acefioprsvy */
    0x1afe83d, /* e: acdeflnopqrstvxy */
    0x11a4951, /* f: aegilortuy */
    0x00e3890, /* g: ehlmnrst */
    0x05af311, /* h: aeijmnoprtuw */
    0x22efe7d, /* i: acdefgjklmnoprstvz */
    0x0006080, /* j: hno */
    0x000a000, /* k: np */
    0x1298838, /* l: deflpqtvy */
    0x004d153, /* m: abegimops */
    0x12cd45c, /* n: cdegkmopstvy */
    0x1fef86c, /* o: cdfglmnoprstuvwxy */
    0x11ed810, /* p: elmoprstuy */
    0x0100800, /* q: lu */
    0x10ef178, /* r: defgimnoprsty */
    0x11ec090, /* s: ehoprstuy */
    0x146d994, /* t: cehilmoprswy */
    0x08eb97f, /* u: abcdefgilmnprstx */
    0x0000110, /* v: ei */
    0x0426990, /* w: ehilnorw */
    0x1289110, /* x: eimptvy */
    0x2044200, /* y: josz */
    0x1000010, /* z: ey */
    UINT32_MAX, /* GAP: no letter behind it makes a pair */
};

static bool is_firm(char a, char b)
{
    return firm[a - 'a'] >> (b - 'a') & 1;
}

/* Of a letter, up to this code point. */
static const struct {
    uint32_t last;
    uint16_t weight;
} scripts[] = {
    { 0x024f, 100 },  /* Latin with its marks */
    { 0x036f, 230 },  /* marks to combine */
    { 0x03ff, 105 },  /* Greek */
    { 0x052f, 58 },   /* Cyrillic */
    { 0x058f, 215 },  /* Armenian */
    { 0x05ff, 122 },  /* Hebrew */
    { 0x08ff, 95 },   /* Arabic */
    { 0x097f, 120 },  /* Devanagari */
    { 0x09ff, 145 },  /* Bengali */
    { 0x0b7f, 202 },  /* Gurmukhi, Gujarati, Oriya */
    { 0x0bff, 154 },  /* Tamil */
    { 0x0dff, 201 },  /* Telugu, Kannada, Malayalam, Sinhala */
    { 0x0e7f, 100 },  /* Thai */
    { 0x10ff, 213 },  /* Lao, Tibetan, Burmese, Georgian */
    { 0x11ff, 260 },  /* Jamo */
    { 0x177f, 298 },  /* Ethiopic, Cherokee and others */
    { 0x17ff, 170 },  /* Khmer */
    { 0x1dff, 290 },
    { 0x1eff, 180 },  /* Vietnamese */
    { 0x1fff, 260 },  /* Greek of old */
    { 0x206f, 100 },  /* quotes, dashes */
    { 0x24ff, 190 },  /* arrows, mathematics */
    { 0x259f, 50 },   /* boxes come in long rows */
    { 0x2bff, 190 },
    { 0x2fff, 290 },
    { 0x303f, 100 },  /* 。、「 */
    { 0x30ff, 100 },  /* Kana */
    { 0x33ff, 220 },
    { 0x9fff, 132 },  /* Chinese characters */
    { 0xabff, 295 },
    { 0xd7ff, 133 },  /* Hangul */
    { 0xdfff, 140 },  /* half of an escaped pair */
    { 0xfe0f, 200 },
    { 0xffff, 110 },  /* wide forms of ASCII */
    { 0x1efff, 400 },
    { 0x1faff, 270 }, /* emoji */
    { 0x2ffff, 290 },
    { UINT32_MAX, 400 },
};

static unsigned weight_of(uint32_t code_point)
{
    size_t i = 0;

    while (code_point > scripts[i].last)
        i++;
    return scripts[i].weight;
}

static void tokens_count_run(struct scan *s, enum class is)
{
    s->run = s->was == is ? s->run + 1 : 1;
    s->was = is;
}

/* A single blank before a word belongs to its token. */
static unsigned tokens_of_indent(const struct scan *s)
{
    return s->was == BLANK && s->run > 1 ? TOKEN : 0;
}

static unsigned word_begins(const struct scan *s)
{
    if (s->was == PUNCT && s->run == 1)
        return TOKEN - JOINED;
    return s->was == WIDE ? AFTER_WIDE : TOKEN + tokens_of_indent(s);
}

static void small_letter(struct scan *s, char c)
{
    if (s->was != SMALL && s->was != CAPITAL)
        s->sum += word_begins(s);
    else if (!is_firm(s->last, c))
        s->sum += LOOSE;
    s->last = c;
    tokens_count_run(s, SMALL);
}

static void tokens_add_capital(struct scan *s, char c)
{
    char small = (char)(c - 'A' + 'a');

    if (s->was != CAPITAL)
        s->sum += s->was == SMALL ? TOKEN : word_begins(s);
    else
        s->sum += is_firm(s->last, small) ? FIRM_CAPITALS : LOOSE_CAPITALS;
    s->last = small;
    tokens_count_run(s, CAPITAL);
}

/* Digits count by threes; a blank before them is a token of its own. */
static void tokens_add_digit(struct scan *s)
{
    if (s->was == BLANK)
        s->sum += TOKEN;
    tokens_count_run(s, DIGIT);
    if (s->run % 3 == 1)
        s->sum += TOKEN;
}

static void tokens_add_mark(struct scan *s)
{
    s->sum += s->was == PUNCT ? MORE_MARKS : MARK + tokens_of_indent(s);
    tokens_count_run(s, PUNCT);
}

static void line_end(struct scan *s)
{
    if (s->was != LINE && s->was != PUNCT)
        s->sum += TOKEN;
    tokens_count_run(s, LINE);
}

static void tokens_add_wide(struct scan *s, uint32_t code_point)
{
    s->sum += weight_of(code_point) + tokens_of_indent(s);
    tokens_count_run(s, WIDE);
}

static void tokens_add_ascii(struct scan *s, char c)
{
    if (c >= 'a' && c <= 'z')
        small_letter(s, c);
    else if (c == ' ' || c == '\t')
        tokens_count_run(s, BLANK);
    else if (c >= 'A' && c <= 'Z')
        tokens_add_capital(s, c);
    else if (c >= '0' && c <= '9')
        tokens_add_digit(s);
    else if (c == '\n' || c == '\r')
        line_end(s);
    else
        tokens_add_mark(s);
}

static int tokens_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 0;
}

static bool tokens_within_words(const struct scan *s)
{
    return s->was == SMALL || (s->was == BLANK && s->run == 1);
}

/*
 * Step over small letters with single blanks between words, which is most of
 * any prose, to the same sum as letter by letter. Where a word ends and which
 * pair is rare is hard to predict, so both are counted without a branch.
 */
static const char *tokens_pass_words(struct scan *s, const char *p,
                                     const char *end)
{
    unsigned was = s->was == BLANK ? GAP : (unsigned)(s->last - 'a');
    uint64_t loose = 0, words = 0;

    for (; p < end; p++) {
        unsigned letter = (unsigned)(unsigned char)*p - 'a';
        bool gap = *p == ' ', begins = was == GAP;

        if (letter >= GAP && (!gap || begins))
            break;
        letter = gap ? GAP : letter;
        loose += ~(firm[was] >> letter) & !gap;
        words += begins;
        was = letter;
    }
    s->sum += loose * LOOSE + words * TOKEN;
    s->was = was == GAP ? BLANK : SMALL;
    s->run = 1;
    if (was != GAP)
        s->last = (char)('a' + was);
    return p;
}

/* Step over an escape in JSON that was already validated; returns its end. */
static const char *tokens_pass_escape(struct scan *s, const char *p,
                                      const char *end)
{
    uint32_t cp = 0;

    switch (*p) {
    case 'n':
    case 'r':
        line_end(s);
        return p + 1;
    case 't':
        tokens_count_run(s, BLANK);
        return p + 1;
    case 'u':
        break;
    default:
        tokens_add_mark(s);
        return p + 1;
    }
    if (end - p < 5)
        return end;
    for (int i = 1; i <= 4; i++)
        cp = cp << 4 | (uint32_t)tokens_hex_digit(p[i]);
    if (cp < 0x80)
        tokens_add_ascii(s, (char)cp);
    else
        tokens_add_wide(s, cp);
    return p + 5;
}

/* Bytes that are not UTF-8 count one by one. */
static const char *beyond_ascii(struct scan *s, const char *p,
                                const char *end)
{
    uint32_t cp;
    size_t n = utf8_decode(p, end, &cp);

    tokens_add_wide(s, n ? cp : UINT32_MAX);
    return p + (n ? n : 1);
}

uint32_t tokens_of(struct text text, bool escaped)
{
    const char *p = text.ptr, *end = text_end(text);
    struct scan s = { .was = START };

    while (p < end) {
        if (tokens_within_words(&s))
            p = tokens_pass_words(&s, p, end);
        if (p == end)
            break;
        if ((unsigned char)*p >= 0x80)
            p = beyond_ascii(&s, p, end);
        else if (escaped && *p == '\\' && p + 1 < end)
            p = tokens_pass_escape(&s, p + 1, end);
        else
            tokens_add_ascii(&s, *p++);
    }
    s.sum = (s.sum + TOKEN / 2) / TOKEN;
    return s.sum < 1             ? 1
           : s.sum > TOKENS_MOST ? TOKENS_MOST
                                 : (uint32_t)s.sum;
}
