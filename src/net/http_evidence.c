/* This file decides which words count as said by a service: its own words that
 * were not in what we sent. */
#include "config.h"
#include "net/http_said.h"

#include <ctype.h>
#include <string.h>

/* The end of the white space (or its JSON escape) that begins at p. */
static const char *behind_space(const char *p, const char *end)
{
    while (p < end)
        if (isspace((unsigned char)*p))
            p++;
        else if (*p == '\\' && p + 1 < end && strchr("nrt", p[1]))
            p += 2;
        else
            break;
    return p;
}

/* The end of what matches c at p; p itself if nothing does. */
static const char *http_evidence_step(const char *p, const char *end, char c)
{
    if (c == ' ')
        return behind_space(p, end);
    return p < end && http_said_lower(*p) == c ? p + 1 : p;
}

/* Ignores case, and the kind and amount of white space: services seldom repeat
 * a text exactly. `what` is in lower case. */
static bool http_evidence_begins(const char *p, const char *end,
                                 struct text what)
{
    for (size_t i = 0; i < what.len; i++) {
        const char *next = http_evidence_step(p, end, what.ptr[i]);

        if (next == p)
            return false;
        p = next;
    }
    return true;
}

/* The next place of `what` at or behind *i; false: no more. */
static bool http_evidence_next_place(struct text where, struct text what,
                                     size_t *i)
{
    for (; what.len > 0 && *i + what.len <= where.len; ++*i)
        if (http_evidence_begins(where.ptr + *i, where.ptr + where.len, what))
            return true;
    return false;
}

static bool http_evidence_holds(struct text where, struct text what)
{
    size_t i = 0;

    return http_evidence_next_place(where, what, &i);
}

bool http_said_by_service(const struct http_said *said, struct text found)
{
    for (size_t i = 0; i < sizeof said->sent / sizeof *said->sent; i++)
        if (http_evidence_holds(said->sent[i], found))
            return false;
    return true;
}

bool http_said_has(const struct http_said *said, const char *phrase)
{
    struct text codes = { said->codes.data, said->codes.len };
    struct text words = { said->words.data, said->words.len };
    struct text what = text_of(phrase);

    return http_evidence_holds(codes, what) ||
           (http_evidence_holds(words, what) &&
            http_said_by_service(said, what));
}

bool http_said_names(const struct http_said *said, const char *parameter)
{
    struct text fields = { said->fields.data, said->fields.len };
    size_t n = strlen(parameter);

    for (size_t i = 0; i + n + 2 <= fields.len; i++)
        if (fields.ptr[i] == ' ' && fields.ptr[i + n + 1] == ' ' &&
            http_evidence_begins(fields.ptr + i + 1, fields.ptr + fields.len,
                                 (struct text){ parameter, n }))
            return true;
    return false;
}

/* Within a text, JSON would escape a quotation mark. */
bool http_said_member(const struct http_said *said, const char *name)
{
    struct buf low = { 0 };
    struct text what, words = { said->words.data, said->words.len };
    struct text sent = said->sent[0];
    bool found;

    for (const char *p = name; *p; p++)
        buf_putc(&low, http_said_lower(*p));
    what = (struct text){ low.data, low.len };
    found = http_evidence_holds(words, what);
    for (size_t i = 0; found && http_evidence_next_place(sent, what, &i); i++)
        found = i + what.len + 1 < sent.len &&
                memcmp(sent.ptr + i + what.len, "\":", 2) == 0;
    buf_release(&low);
    return found;
}
