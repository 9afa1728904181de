/*
 * A service's own words when it refuses: its message, and the words that it
 * keeps for machines (code, type, status, the name of a parameter).
 *
 * A reply may repeat the document that it refuses (FastAPI's `input` and
 * `ctx`, a preview, a quotation in the message, a whole body). What a document
 * says must never decide what a refusal means, so
 *
 *     we read only the members named above, drop long quotations from a
 *     message, and do not count a phrase that stood in the texts that we sent.
 *
 * The shapes that it knows, nested, in any order, and in a list:
 *     {"error":{"message":"..","code":".."}}     {"error":".."}
 *     {"error":{"type":"..","reason":".."}}
 *     {"error":"NAME","message":".."}
 *     {"message":".."}    {"detail":".." or [{"loc":[..],"msg":".."},..]}
 *     {"title":".."}      {"status":{"error":".."}}
 * A body that is not JSON is a message; a page of HTML says nothing.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_NET_HTTP_SAID_H
#define BATCHTOP_NET_HTTP_SAID_H

#include "net/http.h"

struct http_said {
    struct buf message; /* for a person; may repeat a document */
    struct buf words;   /* all messages, lower case, long quotations left out */
    struct buf codes;   /* " code type ..", lower case, a blank round each */
    struct buf fields;  /* " name ..": the parameters that it names */
    struct text sent[3]; /* reply->sent, or other texts that we sent */
    bool names_one;     /* it blames one element of a list */
    bool inside;        /* it has an error: "error" that is not null, "errors"
                           that is not empty, or "error_msg" */
    int status;         /* a status in the body, 400 to 599; 0: none */
    bool page;          /* HTML */
};

/* In lower case, ASCII alone, whatever the locale. */
static inline char http_said_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Never fails: it leaves out what finds no memory. `said` borrows `reply` as
 * long as it is used. */
void http_said_read(struct http_said *said, const struct http_reply *reply);
/* The same for a message alone, borrowed as long. */
void http_said_message(struct http_said *said, struct text message,
                       const struct text sent[3]);
void http_said_release(struct http_said *said);

/* Is the phrase (lower case) among the codes, or in the words but not in what
 * we sent? */
bool http_said_has(const struct http_said *said, const char *phrase);

/* Does it name the parameter as one (param, loc)? */
bool http_said_names(const struct http_said *said, const char *parameter);
/* Do its words have the name, which stood in what we sent only as a member's
 * name? */
bool http_said_member(const struct http_said *said, const char *name);

/* These bytes of its words are the service's own: we did not send them. */
bool http_said_by_service(const struct http_said *said, struct text found);

#endif
