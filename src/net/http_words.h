/* The topics and numbers in the words of a refusal, found by the phrases that
 * services use. For this room only. */
#ifndef BATCHTOP_NET_HTTP_WORDS_H
#define BATCHTOP_NET_HTTP_WORDS_H

#include "net/http_said.h"

enum http_topic {
    TOPIC_KEY = 1,      /* the key is wrong */
    TOPIC_ACCESS = 2,   /* what the key may not use: right, account, region */
    TOPIC_TEXT = 4,     /* one text: its length, its content */
    TOPIC_SIZE = 8,     /* the amount in the request */
    TOPIC_SPLIT = 16,   /* the same, and no wait cures it */
    TOPIC_MONEY = 32,   /* the account has no money, or none for long */
    TOPIC_QUOTA = 64,   /* a quota of any time span */
    TOPIC_RATE = 128,   /* a quota of a minute or less */
    TOPIC_NOTHING = 256, /* a quota of nothing at all */
    TOPIC_SETTING = 512 /* the account, the model, a parameter */
};

/* All topics of the words, or'ed. */
unsigned http_topics(const struct http_said *said);

/* Do they say that something is unknown or not accepted? */
bool http_says_no(const struct http_said *said);

/* How many documents a request may have, if a number plainly counts them: "at
 * most 96", "should not be larger than 10", "between 1 and 25". 0: it does not
 * say, or counts tokens or bytes. */
uint32_t http_named_most(const struct http_said *said);

/* "Limit 1000, Requested 1200": more than the limit will ever let pass? */
bool http_asks_too_much(const struct http_said *said);

/* "retry in 1.2s", "try again in 3 seconds": up to an hour; -1: no such. */
int64_t http_named_wait_ms(const struct http_said *said);

#endif
