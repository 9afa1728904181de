/* This file folds a message in one pass from left to right, into a buffer of
 * fixed size. It folds more of the message than the key keeps: so the end of a
 * long one does not depend on the length of the id in front of it. */
#include "config.h"
#include "data/failure_fold.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { FOLD_FROM = 512, QUOTATION_MAX = 32 };

#define FOLD_LEAD "cause-"

static bool fold_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool fold_is_alnum(char c)
{
    return fold_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of the word at `at`: letters and digits, and what joins them in ids,
 * numbers and addresses. */
static size_t fold_word(const char *at)
{
    size_t n = 0;

    while (fold_is_alnum(at[n]) ||
           (n > 0 && at[n] && strchr("-_.:,", at[n]) &&
            fold_is_alnum(at[n + 1])))
        n++;
    return n;
}

static bool fold_has_digit(const char *at, size_t n)
{
    while (n-- > 0)
        if (fold_is_digit(at[n]))
            return true;
    return false;
}

/* Bytes of a quotation at `at` that is too long for the name of a field. */
static size_t fold_quotation(const char *at)
{
    const char *end = *at == '"' || *at == '`' ? strchr(at + 1, *at) : NULL;
    size_t n = end ? (size_t)(end - at) + 1 : 0;

    return n > QUOTATION_MAX ? n : 0;
}

/* Bytes of the document's id, if it stands here between quotes or brackets. */
static size_t fold_id(const char *text, const char *at, const char *id)
{
    size_t n = strlen(id);

    return n > 0 && at > text && strchr("\"'`[(<", at[-1]) &&
                   strncmp(at, id, n) == 0 && at[n] &&
                   strchr("\"'`])>", at[n])
               ? n
               : 0;
}

/* Bytes at `at` that become one "#"; 0: none. */
static size_t fold_varying(const char *text, const char *at, const char *id)
{
    size_t word = fold_word(at), n = fold_id(text, at, id);

    if (!n)
        n = fold_quotation(at);
    return n ? n : fold_has_digit(at, word) ? word : 0;
}

/* A list of numbers folds like one number. */
static bool fold_goes_on(const char *to, size_t at)
{
    return at >= 3 && memcmp(to + at - 3, "#, ", 3) == 0;
}

static void fold_text(char to[FOLD_TEXT], const char *from, const char *id)
{
    size_t at = 0, n;

    for (const char *p = from; *p && at + 1 < FOLD_TEXT;) {
        n = fold_varying(from, p, id);
        if (n && fold_goes_on(to, at)) {
            at -= 2;
        } else if (n) {
            to[at++] = '#';
        } else {
            size_t word = fold_word(p);

            for (n = 0; n < (word ? word : 1) && at + 1 < FOLD_TEXT; n++)
                to[at++] = p[n];
        }
        p += n;
    }
    while (at > 0 && ((unsigned char)to[at - 1] & 0xc0) == 0x80 &&
           at + 4 >= FOLD_TEXT)
        at--; /* no half of a character at the cut */
    if (at > 0 && ((unsigned char)to[at - 1] & 0xc0) == 0xc0)
        at--;
    to[at] = '\0';
}

/* Behind "WORD 1,234", or where it stands already. */
static const char *fold_past(const char *at, const char *word)
{
    size_t n = strlen(word);
    size_t digits = strncmp(at, word, n) == 0
                        ? strspn(at + n, "0123456789,") : 0;

    while (digits > 0 && at[n + digits - 1] == ',')
        digits--; /* that one ends a clause */
    return digits ? at + n + digits : at;
}

const char *failure_fold_behind(const char *message, int code)
{
    char lead[24];
    size_t n = (size_t)snprintf(lead, sizeof lead, "HTTP %d: ", code);
    const char *line = fold_past(fold_past(message, "line "), ", column ");

    if (line > message && strncmp(line, ": ", 2) == 0 && line[2])
        return line + 2;
    return strncmp(message, lead, n) == 0 && message[n] ? message + n
                                                        : message;
}

struct failure_fold failure_fold(const struct failure *f)
{
    char from[FOLD_FROM], id[64], key[FOLD_TEXT + 64];
    struct failure_fold x;
    int n;

    str_sentence(from, sizeof from,
                 text_of(failure_fold_behind(f->message ? f->message : "",
                                             f->cause.code)));
    str_printable(id, sizeof id, f->id);
    fold_text(x.text, from, id);
    n = snprintf(key, sizeof key, "%d %s %d %d %s", f->cause.rejected,
                 f->cause.stage, (int)f->cause.kind, f->cause.code, x.text);
    x.hash = str_hash64(key, (size_t)n);
    x.hash += x.hash == 0;
    return x;
}

void failure_fold_key(uint64_t hash, char key[FAILURE_KEY])
{
    snprintf(key, FAILURE_KEY, FOLD_LEAD "%016" PRIx64, hash);
}

uint64_t failure_fold_parse(const char *word)
{
    size_t lead = sizeof FOLD_LEAD - 1;
    uint64_t hash = 0;

    if (strncmp(word, FOLD_LEAD, lead) != 0 || strlen(word) != lead + 16 ||
        strspn(word + lead, "0123456789abcdef") != 16)
        return 0;
    sscanf(word + lead, "%" SCNx64, &hash);
    return hash;
}
