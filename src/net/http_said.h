/*
 * What a service says of itself when it refuses: its message, and the words
 * that it keeps for machines (code, type, status, the name of a parameter).
 *
 * A reply may repeat the document that it refuses (FastAPI's `input` and
 * `ctx`, a preview, a quotation in the message, a whole body). What a document
 * says must never decide what a refusal means, so
 *
 *     only the members named above are read at all,
 *     a long quotation in a message is no part of its words, and
 *     a phrase that stood in the texts that were sent is no evidence.
 *
 * Shapes that are understood; inside one another, in any order, and in a list:
 *     {"error":{"message":"..","code":".."}}     {"error":".."}
 *     {"error":{"type":"..","reason":".."}}
 *     {"error":"NAME","message":".."}
 *     {"message":".."}    {"detail":".." or [{"loc":[..],"msg":".."},..]}
 *     {"title":".."}      {"status":{"error":".."}}
 * A body that is no JSON is a message, a page of HTML says nothing.
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
    struct buf fields;  /* " name ..", those of parameters that it names */
    struct text sent[3]; /* reply->sent, or what else went */
    bool names_one;     /* one element of a list is at fault */
    bool inside;        /* there is an error: a member "error" that is not
                           null, "errors" that are not none, "error_msg" */
    int status;         /* that it names, 400 to 599; 0: none */
    bool page;          /* HTML */
};

/* In lower case, ASCII alone, whatever the locale. */
static inline char http_said_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Never fails: what finds no memory is left out. `reply` is borrowed as long
 * as `said` is used. */
void http_said_read(struct http_said *said, const struct http_reply *reply);
/* The same of a message alone, borrowed as long. */
void http_said_message(struct http_said *said, struct text message,
                       const struct text sent[3]);
void http_said_release(struct http_said *said);

/* The phrase (lower case) is among the codes, or in the words and not in what
 * was sent. */
bool http_said_has(const struct http_said *said, const char *phrase);

/* It names the parameter as one (param, loc). */
bool http_said_names(const struct http_said *said, const char *parameter);
/* Its words have the name, which stood in what was sent as a member's name
 * only. */
bool http_said_member(const struct http_said *said, const char *name);

/* These bytes, found in the words, were not sent by us. */
bool http_said_by_service(const struct http_said *said, struct text found);

#endif
