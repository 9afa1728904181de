/*
 * This file scans, decodes, repairs and writes JSON strings.
 *
 * Scanning is the reader's hottest loop: json_skip_plain() steps over plain
 * bytes, and only the rest is examined byte by byte.
 */
#include "config.h"
#include "util/json.h"

#include "util/json_scan.h"
#include "util/str.h"

/* The value of four hex digits at p, or -1. */
static int json_hex4(const char *p, const char *end)
{
    int value = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];

        value <<= 4;
        if (c >= '0' && c <= '9')
            value |= c - '0';
        else if (c >= 'a' && c <= 'f')
            value |= c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            value |= c - 'A' + 10;
        else
            return -1;
    }
    return value;
}

static bool is_high(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The escape at p (a backslash): its length, its code point in *cp; 0 when it
 * is none. A lone surrogate is returned as it is. */
static size_t json_read_escape(const char *p, const char *end, uint32_t *cp)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *simple;
    int unit, second;

    if (end - p < 2)
        return 0;
    if (p[1] != 'u') {
        simple = p[1] ? strchr(from, p[1]) : NULL;
        if (!simple)
            return 0;
        *cp = (uint32_t)to[simple - from];
        return 2;
    }
    unit = json_hex4(p + 2, end);
    if (unit < 0)
        return 0;
    *cp = (uint32_t)unit;
    if (!is_high(unit) || end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return 6;
    second = json_hex4(p + 8, end);
    if (!is_low(second))
        return 6;
    *cp = 0x10000 + (((uint32_t)unit - 0xd800) << 10) +
          ((uint32_t)second - 0xdc00);
    return 12;
}

static bool is_surrogate(uint32_t cp)
{
    return cp >= 0xd800 && cp <= 0xdfff;
}

static const char *json_string_fail(struct json_string *s, const char *at,
                                    const char *why)
{
    s->at = at;
    s->why = why;
    return NULL;
}

/* A backslash or a byte above ASCII at p: its length, or 0 with why. */
static size_t scan_special(const char *p, const char *end, bool lax,
                           struct json_string *s)
{
    uint32_t cp = 0;
    size_t n;

    if (*p == '\\') {
        s->escaped = true;
        n = json_read_escape(p, end, &cp);
        if (n == 0) {
            s->why = "a backslash that escapes nothing";
            return 0;
        }
        s->why = "bad UTF-8: half of a surrogate pair";
    } else {
        n = utf8_decode(p, end, &cp);
        s->why = "bad UTF-8";
    }
    if (n > 0 && !is_surrogate(cp))
        return n;
    s->bad_utf8 = true;
    return lax && n == 0 ? 1 : lax ? n : 0;
}

const char *json_scan_string(const char *p, const char *end, bool lax,
                             struct json_string *s)
{
    s->escaped = s->bad_utf8 = false;
    for (;;) {
        size_t n;

        p = json_skip_plain(p, end);
        if (p == end)
            return json_string_fail(s, p, "the text ends inside a string");
        if (*p == '"')
            return p;
        if ((unsigned char)*p < 0x20)
            return json_string_fail(s, p,
                                    "a control character inside a string");
        n = scan_special(p, end, lax, s);
        if (n == 0)
            return json_string_fail(s, p, s->why);
        p += n;
    }
}

static size_t encode_utf8(char b[4], uint32_t cp)
{
    if (cp < 0x80) {
        b[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        b[0] = (char)(0xc0 | cp >> 6);
        b[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        b[0] = (char)(0xe0 | cp >> 12);
        b[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        b[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    b[0] = (char)(0xf0 | cp >> 18);
    b[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    b[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    b[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

/* The character that the escape at p stands for; returns the escape's length.
 * Half a surrogate pair becomes U+FFFD. */
static size_t decode_escape(const char *p, const char *end, char b[4],
                            size_t *len)
{
    uint32_t cp = 0xfffd;
    size_t n = json_read_escape(p, end, &cp);

    *len = encode_utf8(b, n == 0 || is_surrogate(cp) ? 0xfffd : cp);
    return n ? n : 1;
}

void json_decode_raw(struct text raw, struct buf *to)
{
    const char *p = raw.ptr, *end = text_end(raw);

    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        char b[4];
        size_t len;

        buf_put(to, p, (size_t)((slash ? slash : end) - p));
        if (!slash)
            return;
        p = slash + decode_escape(slash, end, b, &len);
        buf_put(to, b, len);
    }
}

void json_decode(const struct json_value *string, struct buf *to)
{
    if (string->escaped)
        json_decode_raw(string->raw, to);
    else
        buf_put(to, string->raw.ptr, string->raw.len);
}

void json_repair(const struct json_value *string, struct buf *to)
{
    const char *from = string->raw.ptr, *p = from, *end = text_end(string->raw);

    while ((p = json_skip_plain(p, end)) < end) {
        uint32_t cp = 0;
        size_t n = *p == '\\' ? json_read_escape(p, end, &cp)
                              : utf8_decode(p, end, &cp);
        bool bad = n == 0 || is_surrogate(cp);

        if (bad) {
            buf_put(to, from, (size_t)(p - from));
            buf_put(to, "\xef\xbf\xbd", 3);
        }
        p += n ? n : 1;
        if (bad)
            from = p;
    }
    buf_put(to, from, (size_t)(end - from));
}

bool json_is(const struct json_value *string, const char *name)
{
    const char *p = string->raw.ptr, *end = text_end(string->raw);

    if (!string->escaped)
        return text_is(string->raw, name);
    while (p < end) {
        char b[4] = { *p };
        size_t len = 1, used = 1;

        if (*p == '\\')
            used = decode_escape(p, end, b, &len);
        /* The name ends before a NUL that the key holds. */
        if (b[0] == '\0' || strncmp(name, b, len) != 0)
            return false;
        p += used;
        name += len;
    }
    return *name == '\0';
}

void json_put_escaped(struct buf *to, struct text decoded)
{
    static const char hex[] = "0123456789abcdef";
    const char *p = decoded.ptr, *end = text_end(decoded);

    while (p < end) {
        const char *from = p;

        while (p < end && *p != '"' && *p != '\\' &&
               (unsigned char)*p >= 0x20)
            p++;
        buf_put(to, from, (size_t)(p - from));
        if (p == end)
            return;
        if (*p == '"' || *p == '\\') {
            buf_put(to, (char[]){ '\\', *p }, 2);
        } else if (*p == '\n') {
            buf_put(to, "\\n", 2);
        } else if (*p == '\t') {
            buf_put(to, "\\t", 2);
        } else {
            buf_put(to, (char[]){ '\\', 'u', '0', '0', hex[*p >> 4 & 15],
                                  hex[*p & 15] }, 6);
        }
        p++;
    }
}

void json_put_string(struct buf *to, struct text decoded)
{
    buf_putc(to, '"');
    json_put_escaped(to, decoded);
    buf_putc(to, '"');
}

/* The first character that must be escaped before it is shown, or end. */
static const char *skip_shown(const char *p, const char *end)
{
    while (p < end && *p != '"' && *p != '\\') {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);

        if (n == 0 || str_treacherous(cp))
            break;
        p += n;
    }
    return p;
}

void json_put_shown(struct buf *to, struct text decoded)
{
    const char *p = decoded.ptr, *end = text_end(decoded);

    buf_putc(to, '"');
    while (p < end) {
        const char *from = p;
        uint32_t cp;
        size_t n;

        p = skip_shown(p, end);
        buf_put(to, from, (size_t)(p - from));
        if (p == end)
            break;
        cp = (unsigned char)*p; /* of a byte that begins nothing, too */
        n = utf8_decode(p, end, &cp);
        if (cp < 0x7f)
            json_put_escaped(to, (struct text){ p, 1 });
        else if (cp > 0xffff)
            buf_printf(to, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10),
                       0xdc00 + (cp & 0x3ff));
        else
            buf_printf(to, "\\u%04x", cp);
        p += n ? n : 1;
    }
    buf_putc(to, '"');
}

/* Outside strings only such a word has a capital letter. */
void json_put_finite(const struct json_value *v, struct buf *to)
{
    const char *p = v->raw.ptr, *end = text_end(v->raw);

    while (p < end) {
        const char *from = p;
        struct json_string s;

        while (p < end && *p != '"' && *p != 'N' && *p != 'I')
            p++;
        if (p < end && *p == '"') {
            p = json_scan_string(p + 1, end, true, &s);
            p = p ? p + 1 : end;
            buf_put(to, from, (size_t)(p - from));
            continue;
        }
        buf_put(to, from,
                (size_t)(p - from) - (p > from && p < end && p[-1] == '-'));
        if (p < end) {
            buf_puts(to, "null");
            p += *p == 'N' ? 3 : 8;
        }
    }
}
