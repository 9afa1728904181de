/*
 * Reads what was written to a terminal and finds what documents, servers and
 * file names may never bring there.
 *
 *     rawcheck console|lines WORD <RAW
 *
 * lines: no escape sequence at all. console: only those that the entry of
 * $TERM can produce (whatever their numbers), and the clipboard's in base64.
 * In both, texts are UTF-8 without controls, without what turns text round and
 * without what is not seen; and no escape sequence stands right in front of
 * WORD, which the hostile texts have behind theirs. Prints the first offence
 * and where it is; status 1.
 */
#include "config.h"

#include <curses.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "util/buf.h"
#include "util/str.h"

enum { SEQUENCES = 512, SHAPE = 16 };

/* A sequence without its numbers: "[?h", "(B", "[m". */
static char known[SEQUENCES][SHAPE];
static size_t known_count;

/* The shape of the sequence behind an ESC; returns its length, 0 when it is none
 * of two or more characters that end. */
static size_t shape_of(const char *p, const char *end, char shape[SHAPE])
{
    const char *from = p;
    bool csi = p < end && *p == '[';
    size_t n = 0;

    if (csi)
        shape[n++] = *p++;
    for (; csi && p < end && *p >= 0x30 && *p <= 0x3f; p++)
        if (*p >= '<' && n < SHAPE - 3)
            shape[n++] = *p; /* "?"; the others are numbers */
    for (; p < end && *p >= 0x20 && *p <= 0x2f && n < SHAPE - 2; p++)
        shape[n++] = *p;
    if (p == end || *p < (csi ? 0x40 : 0x30) || *p > 0x7e)
        return 0;
    if (n == 0 && strchr("P]X^_", *p))
        return 0; /* begins a string that a terminal obeys */
    shape[n++] = *p++;
    shape[n] = '\0';
    return (size_t)(p - from);
}

/* --- what the terminal's entry can produce -------------------------------------- */

static bool is_known(const char *shape)
{
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i], shape) == 0)
            return true;
    return false;
}

/* A capability without its arithmetic and padding. */
static void strip(const char *from, struct buf *to)
{
    while (*from) {
        if (from[0] == '$' && from[1] == '<') {
            from += strcspn(from, ">");
        } else if (from[0] != '%') {
            buf_putc(to, *from);
        } else if (*++from == 'p' || *from == 'P' || *from == 'g') {
            from++;
        } else if (*from == '{') {
            from += strcspn(from, "}");
        } else if (*from == '\'') {
            from += 2;
        } else {
            if (*from == ':') /* flags that would be operators without it */
                from += 1 + strspn(from + 1, "-+");
            from += strspn(from, "0123456789.# ");
        }
        from += *from != '\0';
    }
}

static void learn(const char *capability)
{
    const char *end;
    struct buf plain;

    if (!capability || capability == (char *)-1)
        return;
    buf_init(&plain);
    strip(capability, &plain);
    end = plain.data + plain.len;
    for (const char *p = plain.data; p && p < end; p++) {
        char shape[SHAPE];

        if (*p == '\033' && shape_of(p + 1, end, shape) &&
            !is_known(shape) && known_count < SEQUENCES)
            memcpy(known[known_count++], shape, sizeof shape);
    }
    buf_release(&plain);
}

static void learn_terminal(void)
{
    static const char *const extended[] = { "E3", "XM" };
    int status;

    if (setupterm(NULL, 1, &status) != OK)
        exit(2);
    for (size_t i = 0; strnames[i]; i++)
        learn(tigetstr(strnames[i]));
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
        learn(tigetstr(extended[i]));
}

/* --- what came ------------------------------------------------------------------- */

/* The clipboard's: OSC 52 ; c ; base64 BEL. */
static size_t clipboard(const char *p, const char *end)
{
    static const char start[] = "]52;c;";
    size_t n = sizeof start - 1;

    if ((size_t)(end - p) <= n || memcmp(p, start, n) != 0)
        return 0;
    n += strspn(p + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                       "0123456789+/=");
    return p[n] == '\a' ? n + 1 : 0;
}

static bool is_hostile(uint32_t cp)
{
    return (cp < 0x20 && !strchr("\t\n\r", (int)cp)) || cp == 0 ||
           (cp >= 0x7f && cp < 0xa0) ||      /* DEL, C1 */
           cp == 0x61c || cp == 0x180e ||    /* marks of direction, of none */
           (cp >= 0x200b && cp <= 0x200f) || /* zero width, direction */
           (cp >= 0x2028 && cp <= 0x202e) || /* lines, bidi embeddings */
           (cp >= 0x2060 && cp <= 0x206f) || /* joiners, bidi isolates */
           cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
           (cp >= 0xe0000 && cp <= 0xe0fff); /* tags */
}

static int offence(const char *what, const struct buf *raw, const char *at)
{
    size_t where = (size_t)(at - raw->data);
    char shown[256];
    size_t from = where > 40 ? where - 40 : 0;

    str_printable(shown, sizeof shown,
                  (struct text){ raw->data + from,
                                 raw->len - from < 80 ? raw->len - from
                                                      : 80 });
    printf("%s at byte %zu: ...%s...\n", what, where, shown);
    return 1;
}

static int check(const struct buf *raw, bool console, const char *word)
{
    const char *p = raw->data, *end = p + raw->len;

    while (p < end) {
        char shape[SHAPE];
        uint32_t cp = 0;
        size_t n;

        if (*p == '\033') {
            n = shape_of(p + 1, end, shape);
            n = n && console && is_known(shape) ? n
                : console                       ? clipboard(p + 1, end)
                                                : 0;
            if (n == 0)
                return offence("an escape sequence of others", raw, p);
            p += 1 + n;
            if (strncmp(p, word, strlen(word)) == 0)
                return offence("a document's escape sequence", raw, p);
            continue;
        }
        n = utf8_decode(p, end, &cp);
        if (n == 0)
            return offence("not UTF-8", raw, p);
        if (is_hostile(cp) && !(console && cp == '\b'))
            return offence("a hostile character", raw, p);
        p += n;
    }
    return 0;
}

int main(int argc, char *argv[])
{
    bool console = argc == 3 && strcmp(argv[1], "console") == 0;
    char block[8192];
    struct buf raw;
    size_t n;
    int status;

    if (!console && !(argc == 3 && strcmp(argv[1], "lines") == 0)) {
        fprintf(stderr, "usage: rawcheck console|lines WORD <RAW\n");
        return 2;
    }
    if (console)
        learn_terminal();
    buf_init(&raw);
    while ((n = fread(block, 1, sizeof block, stdin)) > 0)
        buf_put(&raw, block, n);
    buf_putc(&raw, '\0'); /* so that strings end */
    raw.len--;
    status = check(&raw, console, argv[2]);
    buf_release(&raw);
    return status;
}
