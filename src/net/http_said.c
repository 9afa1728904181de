/* This file walks a service's reply and takes messages and code words only from
 * the members that a table names. It cuts long quotations out of a message,
 * because they may be of a document that we sent. */
#include "config.h"
#include "net/http_said.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "util/json.h"

enum {
    DEPTH = 6,             /* nested objects that we enter */
    MESSAGE_BYTES = 4096,  /* of one message that we examine */
    WORDS_BYTES = 16384,   /* of all */
    PLAIN_BYTES = 400,     /* of a body that is not JSON */
    CODE_BYTES = 96,       /* longer ones are no codes */
    QUOTED_BYTES = 40      /* longer quotations may be of a document */
};

/* ---- members ---- */

enum role {
    SAYS = 1,   /* a string is a message */
    CODES = 2,  /* a string is a word for machines */
    NAMES = 4,  /* a string is the name of a parameter */
    LEADS = 8   /* an object or a list in them says more */
};

/* The message with the lowest rank is the one for a person. */
enum { ERROR = 4, TOP = 7, NONE = 8 };

static const struct member {
    const char *name;
    unsigned roles;
    int rank;
} members[] = {
    { "error", SAYS | CODES | LEADS, ERROR },
    { "errors", SAYS | LEADS, ERROR },
    { "message", SAYS | LEADS, 1 },
    { "msg", SAYS, 2 },
    { "reason", SAYS | CODES, 1 },
    { "detail", SAYS | LEADS, 2 },
    { "details", SAYS | LEADS, 6 },
    { "title", SAYS, 3 },
    { "status", CODES | LEADS, 5 },
    { "error_message", SAYS, 1 },
    { "error_msg", SAYS, 1 },
    { "errormessage", SAYS, 1 },
    { "error_description", SAYS, 3 },
    { "description", SAYS, 6 },
    { "code", CODES, 0 },
    { "statuscode", CODES, 0 },
    { "type", CODES, 0 },
    { "error_type", CODES, 0 },
    { "error_code", CODES, 0 },
    { "errorcode", CODES, 0 },
    { "innererror", LEADS, 6 },
    { "inner_error", LEADS, 6 },
    { "violations", LEADS, 6 },
    { "quotaid", CODES, 0 },
    { "quotametric", CODES, 0 },
    { "param", NAMES, 0 },
    { "loc", NAMES, 0 },
};

static const struct member *member_of(const struct json_value *key)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (key->raw.len == strlen(members[i].name) &&
            strncasecmp(key->raw.ptr, members[i].name, key->raw.len) == 0)
            return &members[i];
    return NULL;
}

/* ---- one string ---- */

static void put_lower(struct buf *to, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_putc(to, http_said_lower(p[i]));
}

static bool is_alnum(const char *at, const char *end)
{
    return at < end &&
           (isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80);
}

/* The end of the quotation that may begin at `at`: behind its last mark; `at`
 * if none begins there, the end of the text if it is cut off. An apostrophe
 * within a word is no mark. */
static const char *http_said_quotation_end(const char *p, const char *at,
                                           const char *end)
{
    const char mark = *at, *q = at + 1;

    if (mark != '"' && mark != '\'' && mark != '`')
        return at;
    if (mark == '\'' && at > p && is_alnum(at - 1, end))
        return at;
    for (; q < end; q++)
        if (*q == mark && (mark != '\'' || !is_alnum(q + 1, end)))
            return q + 1;
    return end;
}

static void http_said_put_words(struct buf *to, const char *p, size_t n)
{
    const char *end = p + n, *at = p;

    while (at < end) {
        const char *behind = http_said_quotation_end(p, at, end);

        if (behind - at > QUOTED_BYTES) {
            buf_putc(to, ' ');
            at = behind;
        } else if (behind > at) {
            put_lower(to, at, (size_t)(behind - at));
            at = behind;
        } else {
            put_lower(to, at++, 1);
        }
    }
    buf_putc(to, '\n');
}

struct reading {
    struct http_said *said;
    struct buf room; /* a string decoded */
    int best;        /* rank of the message that we keep */
};

static void take_object(struct reading *r, struct json_cursor *c, int within,
                        int depth);

/* Some gateways put the JSON of another service into a message. */
static bool take_packed(struct reading *r, int within, int depth)
{
    struct json_cursor c;
    struct buf packed = r->room;

    if (packed.len == 0 || packed.data[0] != '{' || depth >= DEPTH)
        return false;
    buf_init(&r->room);
    json_begin(&c, packed.data, packed.len);
    take_object(r, &c, within, depth + 1);
    buf_release(&r->room);
    r->room = packed;
    return !c.why;
}

static void take_message(struct reading *r, int rank, int depth)
{
    struct http_said *said = r->said;
    size_t n = r->room.len < MESSAGE_BYTES ? r->room.len : MESSAGE_BYTES;

    if (n == 0 || take_packed(r, rank, depth))
        return;
    if (said->words.len < WORDS_BYTES)
        http_said_put_words(&said->words, r->room.data, n);
    if (rank >= r->best)
        return;
    r->best = rank;
    buf_clear(&said->message);
    buf_put(&said->message, r->room.data, n);
}

static void take_code(const struct buf *word, struct buf *to)
{
    if (word->len == 0 || word->len > CODE_BYTES ||
        memchr(word->data, ' ', word->len))
        return;
    buf_putc(to, ' ');
    put_lower(to, word->data, word->len);
    buf_putc(to, ' ');
}

/* A name that is "input[3]" or "input.3" names one of them. */
static bool has_index(const struct buf *name)
{
    for (size_t i = 1; i < name->len; i++)
        if ((name->data[i - 1] == '[' || name->data[i - 1] == '.') &&
            isdigit((unsigned char)name->data[i]))
            return true;
    return false;
}

static void take_string(struct reading *r, const struct json_value *v,
                        const struct member *m, int within, int depth)
{
    buf_clear(&r->room);
    json_decode(v, &r->room);
    if (r->room.failed)
        return;
    if (m->roles & CODES)
        take_code(&r->room, &r->said->codes);
    if (m->roles & NAMES) {
        take_code(&r->room, &r->said->fields);
        r->said->names_one |= has_index(&r->room);
    }
    if (m->roles & SAYS)
        take_message(r, within == TOP ? m->rank : within, depth);
}

/* ---- values ---- */

static void take_value(struct reading *r, struct json_cursor *c,
                       const struct member *m, int within, int depth);

/* FastAPI's "loc" is a path: ["body","input",3]. */
static void take_path(struct reading *r, struct json_cursor *c,
                      const struct member *m)
{
    struct json_value v;

    for (int i = 0; json_element(c) && json_value(c, &v); i++)
        if (v.type == JSON_STRING)
            take_string(r, &v, m, 0, 0);
        else if (v.type == JSON_NUMBER && i >= 2)
            r->said->names_one = true;
}

static void take_list(struct reading *r, struct json_cursor *c,
                      const struct member *m, int within, int depth)
{
    if (!json_enter_array(c))
        return;
    if (m->roles & NAMES)
        take_path(r, c, m);
    else
        while (json_element(c))
            take_value(r, c, m, within, depth);
}

static bool is_error(const struct member *m, const struct json_cursor *c,
                     enum json_type type)
{
    if (strcmp(m->name, "errors") == 0)
        return type == JSON_ARRAY && c->end - c->p > 1 && c->p[1] != ']';
    if (strcmp(m->name, "error") == 0)
        return type == JSON_OBJECT || type == JSON_STRING ||
               type == JSON_ARRAY;
    return type == JSON_STRING && (m->roles & SAYS) &&
           strncmp(m->name, "error_", 6) == 0;
}

static void take_status(struct http_said *said, const struct json_value *v)
{
    int64_t n;

    if (json_integer(v, &n) && n >= 400 && n < 600)
        said->status = (int)n;
}

static void take_value(struct reading *r, struct json_cursor *c,
                       const struct member *m, int within, int depth)
{
    struct json_value v = { .type = JSON_NULL };
    enum json_type type;

    if (!json_peek(c, &type))
        return;
    r->said->inside |= is_error(m, c, type);
    if (type == JSON_ARRAY)
        take_list(r, c, m, within, depth);
    else if (type == JSON_OBJECT && (m->roles & LEADS) && depth < DEPTH)
        take_object(r, c, m->rank == ERROR ? 0 : m->rank, depth + 1);
    else if (json_value(c, &v) && v.type == JSON_STRING)
        take_string(r, &v, m, within, depth);
    else if (v.type == JSON_NUMBER && (m->roles & CODES))
        take_status(r->said, &v);
}

/* `within`: the rank that all messages in it inherit from the member around
 * them; TOP: none. */
static void take_object(struct reading *r, struct json_cursor *c, int within,
                        int depth)
{
    struct json_value key;

    if (!json_enter_object(c))
        return;
    while (json_member(c, &key)) {
        const struct member *m = member_of(&key);

        if (m)
            take_value(r, c, m, within, depth);
        else
            json_value(c, NULL);
    }
}

/* ---- bodies ---- */

static struct text http_said_trimmed(struct text t)
{
    while (t.len && isspace((unsigned char)t.ptr[0])) {
        t.ptr++;
        t.len--;
    }
    return t;
}

static bool is_json(struct text body)
{
    return body.len > 0 && (body.ptr[0] == '{' || body.ptr[0] == '[');
}

/* No message was found: show the beginning of the body. */
static void take_plain(struct http_said *said, struct text body)
{
    size_t n = body.len < PLAIN_BYTES ? body.len : PLAIN_BYTES;

    buf_put(&said->message, body.ptr, n);
    if (!said->page && !is_json(body))
        http_said_put_words(&said->words, body.ptr, n);
}

void http_said_read(struct http_said *said, const struct http_reply *reply)
{
    static const struct member top = { "", LEADS, TOP };
    struct reading r = { .said = said, .best = NONE };
    struct text body = http_said_trimmed((struct text){
        reply->body.data ? reply->body.data : "", reply->body.len });
    struct json_cursor c;

    *said = (struct http_said){ .sent = { reply->sent } };
    said->page = body.len > 0 && body.ptr[0] == '<';
    json_begin(&c, body.ptr, body.len);
    if (is_json(body))
        take_value(&r, &c, &top, TOP, 0);
    buf_release(&r.room);
    if (r.best == NONE)
        take_plain(said, body);
}

void http_said_message(struct http_said *said, struct text message,
                       const struct text sent[3])
{
    *said = (struct http_said){ .page = false };
    memcpy(said->sent, sent, sizeof said->sent);
    http_said_put_words(&said->words, message.ptr,
                        message.len < MESSAGE_BYTES ? message.len
                                                    : MESSAGE_BYTES);
}

void http_said_release(struct http_said *said)
{
    buf_release(&said->message);
    buf_release(&said->words);
    buf_release(&said->codes);
    buf_release(&said->fields);
}
