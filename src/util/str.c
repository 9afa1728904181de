/*
 * This file writes and reads texts and numbers for people. Nothing here asks
 * the locale, so a decimal point is a point everywhere. It decodes foreign text
 * character by character, and shows characters that would control a terminal or
 * hide text as escapes.
 */
#include "config.h"
#include "util/str.h"

#include "util/mix.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* --- text that cannot harm the place it is shown in --- */

size_t utf8_decode(const char *p, const char *end, uint32_t *cp)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t c;
    size_t n;

    if (p >= end)
        return 0;
    c = (unsigned char)*p;
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || (size_t)(end - p) < n)
        return 0;
    c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)p[i];

        if ((next & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (next & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *cp = c;
    return n;
}

bool utf8_valid(const char *p, size_t n)
{
    const char *end = p + n;
    uint64_t word;
    uint32_t cp;

    while (p < end) {
        size_t step = 0;

        if ((size_t)(end - p) >= sizeof word) {
            memcpy(&word, p, sizeof word);
            if ((word & 0x8080808080808080u) == 0)
                step = sizeof word;
        }
        if (step == 0)
            step = utf8_decode(p, end, &cp);
        if (step == 0)
            return false;
        p += step;
    }
    return true;
}

bool str_treacherous(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x0000, 0x001f },   /* C0 */
        { 0x007f, 0x009f },   /* DEL, C1 */
        { 0x061c, 0x061c },   /* Arabic letter mark */
        { 0x180e, 0x180e },   /* a vowel separator that separates nothing */
        { 0x200b, 0x200f },   /* zero width, direction marks */
        { 0x2028, 0x202e },   /* line, paragraph, bidi embeddings, overrides */
        { 0x2060, 0x206f },   /* joiners, invisible operators, bidi isolates */
        { 0xfeff, 0xfeff },   /* byte order mark */
        { 0xfff9, 0xfffb },   /* hidden annotations */
        { 0xe0000, 0xe0fff }, /* tags: whole texts that are not seen */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

/* The next piece of p as it will be shown; *used bytes of p went into it. */
static size_t next_piece(char piece[16], const char *p, const char *end,
                         size_t *used)
{
    uint32_t cp = (unsigned char)*p;
    size_t n = utf8_decode(p, end, &cp);

    *used = n > 0 ? n : 1;
    if (n == 0 || cp < 0x20 || cp == 0x7f)
        return (size_t)snprintf(piece, 16, "<%02X>", (unsigned char)*p);
    if (str_treacherous(cp))
        return (size_t)snprintf(piece, 16, "<U+%04" PRIX32 ">", cp);
    memcpy(piece, p, n);
    return n;
}

enum { NUMBER_MOST = 24 }; /* more digits are no number that means something */

static bool in_number(const char *p, const char *end)
{
    return p < end && (isdigit((unsigned char)*p) ||
                       ((*p == '.' || *p == ',') && p + 1 < end &&
                        isdigit((unsigned char)p[1])));
}

/* The start of the number at the end of to[0..len). */
static size_t before_number(const char *to, size_t len)
{
    size_t n = len;

    while (n > 0 && (isdigit((unsigned char)to[n - 1]) || to[n - 1] == '.' ||
                     to[n - 1] == ','))
        n--;
    while (n < len && !isdigit((unsigned char)to[n]))
        n++;
    return len - n <= NUMBER_MOST ? n : len;
}

static size_t str_fill_printable(char *to, size_t size, struct text from,
                                 bool numbers)
{
    const char *p = from.ptr, *end = text_end(from), *next = p;
    size_t len = 0, cut = 0; /* cut: the last place that leaves room for ~;
                                next: what stood behind it */

    if (size == 0)
        return 0;
    while (p < end) {
        char piece[16];
        size_t used, n = next_piece(piece, p, end, &used);

        if (len + n > size - 1) {
            len = numbers && in_number(next, end) ? before_number(to, cut)
                                                  : cut;
            if (size > 1)
                to[len++] = '~';
            break;
        }
        memcpy(to + len, piece, n);
        len += n;
        p += used;
        if (len + 1 < size) {
            cut = len;
            next = p;
        }
    }
    to[len] = '\0';
    return len;
}

size_t str_printable(char *to, size_t size, struct text from)
{
    return str_fill_printable(to, size, from, false);
}

size_t str_sentence(char *to, size_t size, struct text from)
{
    return str_fill_printable(to, size, from, true);
}

/* --- numbers for people --- */

char *str_count(char *to, size_t size, uint64_t n)
{
    char digits[32], text[32] = "";
    int have = snprintf(digits, sizeof digits, "%" PRIu64, n);
    int at = 0;

    for (int i = 0; i < have; i++) {
        if (i > 0 && (have - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    snprintf(to, size, "%.*s", at, text);
    return to;
}

/* v with 0..2 decimals, without asking the locale for its point. */
static int put_fixed(char *to, size_t size, double v, int decimals,
                     const char *unit)
{
    unsigned one = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    uint64_t n = (uint64_t)(v * one + 0.5);

    if (decimals == 0)
        return snprintf(to, size, "%" PRIu64 "%s", n, unit);
    return snprintf(to, size, "%" PRIu64 ".%0*u%s", n / one, decimals,
                    (unsigned)(n % one), unit);
}

/* Three digits and a letter; fewer digits when `width` asks for it. */
static void put_scaled(char *to, size_t size, double n, int width)
{
    static const char *const units[] = { "k", "M", "G", "T" };
    size_t u = 0;
    int decimals;

    for (n /= 1000; n >= 999.5 && u + 1 < sizeof units / sizeof *units; u++)
        n /= 1000;
    decimals = n < 9.995 ? 2 : n < 99.95 ? 1 : 0;
    while (put_fixed(to, size, n, decimals, units[u]) > width && width > 0 &&
           decimals > 0)
        decimals--;
}

char *str_short(char *to, size_t size, double n, int width)
{
    char exact[32];

    if (!(n > 0))
        n = 0;
    if (n > 1e18)
        n = 1e18;
    if (n < 9.95 && n != (double)(int)n) {
        put_fixed(to, size, n, 1, "");
        return to;
    }
    if (n < 999999.5) {
        str_count(exact, sizeof exact, (uint64_t)(n + 0.5));
        if (n < 999.5 || width <= 0 || strlen(exact) <= (size_t)width) {
            snprintf(to, size, "%s", exact);
            return to;
        }
    }
    put_scaled(to, size, n, width);
    return to;
}

char *str_bytes(char *to, size_t size, uint64_t bytes)
{
    static const char *const units[] = { " KiB", " MiB", " GiB", " TiB",
                                         " PiB" };
    double n = (double)bytes / 1024;
    size_t u = 0;

    if (bytes < 1024) {
        put_fixed(to, size, (double)bytes, 0, " B");
        return to;
    }
    for (; n >= 1023.5 && u + 1 < sizeof units / sizeof *units; u++)
        n /= 1024;
    put_fixed(to, size, n, n < 9.95 ? 1 : 0, units[u]);
    return to;
}

static int64_t whole_seconds(int64_t ms)
{
    return ms > 0 ? ms / 1000 : 0;
}

char *str_duration(char *to, size_t size, int64_t ms)
{
    int64_t s = whole_seconds(ms), m = s / 60, h = m / 60;

    if (s < 120)
        snprintf(to, size, "%" PRId64 " s", s);
    else if (h == 0)
        snprintf(to, size, "%" PRId64 " min", m);
    else if (h < 48)
        snprintf(to, size, "%" PRId64 " h %02d m", h, (int)(m % 60));
    else
        snprintf(to, size, "%" PRId64 " d %02d h", h / 24, (int)(h % 24));
    return to;
}

char *str_duration_whole(char *to, size_t size, int64_t ms)
{
    int64_t s = whole_seconds(ms), m = s / 60, h = m / 60;

    if (m == 0)
        snprintf(to, size, "%" PRId64 " s", s);
    else if (h == 0)
        snprintf(to, size, "%" PRId64 " m %02d s", m, (int)(s % 60));
    else
        snprintf(to, size, "%" PRId64 " h %02d m %02d s", h, (int)(m % 60),
                 (int)(s % 60));
    return to;
}

char *str_left(char *to, size_t size, int64_t ms)
{
    static const struct {
        int64_t below_s, step_s;
    } steps[] = { { 120, 1 }, { 300, 10 }, { 172800, 60 },
                  { INT64_MAX, 3600 } };
    int64_t s = whole_seconds(ms);
    size_t i = 0;

    while (s >= steps[i].below_s)
        i++;
    s = (s + steps[i].step_s / 2) / steps[i].step_s * steps[i].step_s;
    return s >= 120 && s < 300 ? str_duration_whole(to, size, s * 1000)
                               : str_duration(to, size, s * 1000);
}

char *str_clock(char *to, size_t size, int64_t ms)
{
    int64_t s = whole_seconds(ms);

    snprintf(to, size, "%02" PRId64 ":%02d:%02d", s / 3600,
             (int)(s / 60 % 60), (int)(s % 60));
    return to;
}

char *str_usd(char *to, size_t size, double usd)
{
    uint64_t parts = (uint64_t)(usd * 10000 + 0.5);
    char whole[32];

    if (parts < 10000)
        snprintf(to, size, "0.%04u", (unsigned)parts);
    else
        snprintf(to, size, "%s.%02u",
                 str_count(whole, sizeof whole,
                           (uint64_t)(usd * 100 + 0.5) / 100),
                 (unsigned)((uint64_t)(usd * 100 + 0.5) % 100));
    return to;
}

/* --- numbers from people --- */

static bool str_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool str_parse_u64(const char *s, uint64_t *out)
{
    uint64_t n = 0;

    if (!str_is_digit(*s))
        return false;
    for (; str_is_digit(*s); s++) {
        unsigned digit = (unsigned)(*s - '0');

        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (*s != '\0')
        return false;
    *out = n;
    return true;
}

bool str_take_u64(const char **s, uint64_t *out)
{
    size_t len = strcspn(*s, " ");
    char digits[24]; /* more than 64 bits have */

    if (len >= sizeof digits || (*s)[len] != ' ')
        return false;
    memcpy(digits, *s, len);
    digits[len] = '\0';
    *s += len + 1;
    return str_parse_u64(digits, out);
}

/* Digits into *n; returns how many were read, -1 when they are too many. */
static int parse_digits(const char **s, uint64_t *n)
{
    int count = 0;

    for (; str_is_digit(**s); (*s)++, count++) {
        if (*n > (UINT64_MAX - 9) / 10)
            return -1;
        *n = *n * 10 + (uint64_t)(**s - '0');
    }
    return count;
}

/* A person types up to 19 digits and no exponent. The quotient of two exact
 * doubles is the nearest one up to 15 digits. */
bool str_parse_double(const char *s, double *out)
{
    bool negative = *s == '-';
    uint64_t n = 0;
    double value, scale = 1;
    int whole, fraction = 0;

    s += negative;
    whole = parse_digits(&s, &n);
    if (whole >= 0 && *s == '.') {
        s++;
        fraction = parse_digits(&s, &n);
    }
    if (whole < 0 || fraction < 0 || whole + fraction == 0 || *s != '\0')
        return false;
    while (fraction-- > 0)
        scale *= 10;
    value = (double)n / scale;
    *out = negative ? -value : value;
    return true;
}

static bool time_unit(char unit, int64_t *ms)
{
    switch (unit) {
    case 's':
        *ms = 1000;
        return true;
    case 'm':
        *ms = 60 * 1000;
        return true;
    case 'h':
        *ms = 3600 * 1000;
        return true;
    default:
        return false;
    }
}

bool str_parse_time(const char *s, int64_t *ms)
{
    const int64_t year_ms = INT64_C(366) * 24 * 3600 * 1000;
    uint64_t n = 0;
    int64_t unit;

    if (strcmp(s, "off") == 0 || strcmp(s, "0") == 0) {
        *ms = *s == '0' ? 0 : -1;
        return true;
    }
    if (parse_digits(&s, &n) <= 0 || !time_unit(*s, &unit) || s[1] ||
        n > (uint64_t)(year_ms / unit))
        return false;
    *ms = (int64_t)n * unit;
    return true;
}

/* --- hashes --- */

void str_hash128(const void *data, size_t n, uint64_t out[2])
{
    const unsigned char *p = data;
    uint64_t lane[2] = { mix_pi ^ n, mix_two + n * mix_three };
    size_t left = n;

    do {
        uint64_t w[2] = { 0, 0 };
        size_t part = left < sizeof w ? left : sizeof w;

        if (part > 0) { /* data may be NULL when there is nothing to hash */
            memcpy(w, p, part);
            p += part;
        }
        mix_step(lane, w);
        left -= part;
    } while (left > 0);
    out[0] = mix_scramble(lane[0]);
    out[1] = mix_scramble(lane[1] ^ out[0]);
}

uint64_t str_hash64(const void *data, size_t n)
{
    uint64_t both[2];

    str_hash128(data, n, both);
    return both[1];
}
