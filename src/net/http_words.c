/* This file finds phrases and numbers by plain search in the lower-case words
 * that http_said.c took from a reply. The table has one row for each topic;
 * http_error.c decides which topic counts when a message speaks of several. */
#include "config.h"
#include "net/http_words.h"

#include <ctype.h>
#include <string.h>

#include "net/http_parts.h"

enum { MOST_MS = 1000000000 }; /* so that no product overflows */

/* ---- phrases ---- */

/* In lower case. A message may have several topics; http_error.c decides which
 * counts. Phrases are too long to stand in many documents by chance. */
static const struct {
    unsigned topic;
    const char *phrase[40];
} phrases[] = {
    { TOPIC_KEY,
      { "api_key_invalid", "api key not valid", "api key expired",
        "invalid api key", "invalid_api_key", "incorrect api key",
        "api key is invalid", "api key is not valid", "invalidapikey",
        "authentication_error", "authenticationerror", "invalid api token",
        "unauthenticated", "invalid authentication" } },
    { TOPIC_ACCESS,
      { "permission", "api key", "api_key", "not have access", "no access to",
        "not authorized", "not authorised", "unauthorized", "authentication",
        "authorization", "credentials", "organization", "your account",
        "your project", "your plan", "your subscription", "access token",
        "invalid token", "your ip", "country", "location is not supported",
        "model_not_found", "not allowed to", "billing_not_active",
        "access_denied_to_model" } },
    { TOPIC_TEXT,
      { "context length", "context window", "context_length",
        "maximum context", "must have less than", "too large to process",
        "string too long", "string_too_long", "string_above_max_length",
        "any_str.max_length", "input is too long", "input too long",
        "text is too long", "text too long", "prompt is too long",
        "range of input length", "text cannot exceed", "single text",
        "at index", "content policy", "content_policy", "content filter",
        "content_filter", "content management policy", "responsibleaipolicy",
        "flagged", "moderation", "inappropriate", "datainspectionfailed",
        "data_inspection_failed", "deny-listed", "denied token",
        "empty string", "empty text", "blocked by" } },
    { TOPIC_TEXT,
      { "longer than the model", "character limit", "too many characters",
        "characters or fewer", "number of characters", "surrogate",
        "invalid utf-8", "invalid unicode", "unsafe content",
        "sensitive content", "string_too_short", "is too long" } },
    { TOPIC_SIZE,
      { "too many inputs", "too many texts", "too many tokens",
        "too many items", "too many documents", "too many strings",
        "too many records", "too many vectors", "too many points",
        "too many objects", "too many elements", "too many embeddings",
        "array too long", "list too long", "array_above_max_length",
        " too_long ", "list.max_items", "batch size", "batch is too large",
        "batch too large", "request too large", "payload too large",
        "body too large", "entity too large", "content too large",
        "request is too large", "payload is too large", "body is too large",
        "message length too large",
        "request size", "message size", "message larger than",
        "larger than allowed", "larger than max", "tokens per request",
        "max_tokens_per_request", "tokens_limit_reached" } },
    { TOPIC_SIZE,
      { "inputs per request", "texts per request", "submitted batch",
        "in one batch", "more batches", "number of texts",
        "number of inputs", "number of documents", "number of records",
        "maximum supported size", "maximum request", "maximum batch",
        "total number of tokens", "request_too_large", "smaller batches",
        "reduce the batch", "reduce your batch", "fewer inputs",
        "requestentitytoolarge",
        "\xe6\x95\xb0\xe7\xbb\x84\xe6\x9c\x80\xe5\xa4\xa7" /* an array's most */
      } },
    { TOPIC_SPLIT, { "rate limiter capacity", "split your request" } },
    { TOPIC_MONEY,
      { "insufficient_quota", "insufficient quota", "perday", "/ month",
        "per month", "permonth", "monthly", "current month",
        "billing hard limit", "billing_hard_limit", "billing_not_active",
        "credit balance", "insufficient balance", "insufficient_balance",
        "insufficient account balance", "insufficient credit",
        "insufficient_credit", "insufficient funds", "out of credits",
        "no credits", "payment required", "payment_required",
        "spending limit", "spend limit", "call volume quota",
        "freetieronly", "free tier of the model has been exhausted",
        "requests per day", "tokens per day", "account balance" } },
    { TOPIC_QUOTA,
      { "quota", "billing", "your balance", "balance is", "low balance",
        "negative balance", "credits", "arrears", "overdue" } },
    { TOPIC_NOTHING, { "limit: 0,", "limit: 0\n", "limit 0," } },
    { TOPIC_RATE,
      { "rate limit", "rate_limit", "ratelimit", "rate-limit", "per min",
        "per second", "perminute", "persecond", "per_minute", "per_second",
        "requests_per", "tokens_per", "too many requests",
        "too_many_requests", "resource_exhausted",
        "resource has been exhausted", "throttl", "slow down", "concurren",
        "limit_requests", "limit_burst_rate", "(tpm)",
        "(rpm)" } },
    { TOPIC_SETTING,
      { "your account", "arrear", "account_deactivated", "good standing",
        "subscription", "model not found", "model_not_found",
        "invalid model", "invalid_model", "unknown model", "no such model",
        "unsupported model", "unsupported_model", "modelnotfound",
        "model does not", "not a valid model", "model is not",
        "not support embed", "location is not supported",
        "unsupported_country", "unknown field", "unknown name",
        "unknown parameter", "unknown_parameter", "unsupported parameter",
        "unsupported_parameter", "unrecognized request argument",
        "unrecognized field", "extra inputs are not permitted",
        "extra_forbidden", "extra fields not permitted",
        "unexpected keyword", "matryoshka", "specifying dimensions" } },
    { TOPIC_SETTING,
      { "encoding_format", "encoding format", "base64 encod", "api version",
        "api-version", "deployment", "api_version" } },
};

static bool http_words_says_any(const struct http_said *said,
                                const char *const *phrase, size_t most)
{
    for (size_t i = 0; i < most && phrase[i]; i++)
        if (http_said_has(said, phrase[i]))
            return true;
    return false;
}

bool http_says_no(const struct http_said *said)
{
    static const char *const no[] = {
        "unknown", "unrecognized", "unrecognised", "unsupported",
        "not supported", "not support", "not permitted", "not allowed",
        "not implemented", "unexpected", "invalid", "forbidden", "no such",
        "cannot find", "not available", "not recognized", "must be float",
        "not a valid"
    };

    return http_words_says_any(said, no, sizeof no / sizeof *no);
}

/* Does it name a parameter that is ours and not a text? */
static bool names_a_setting(const struct http_said *said)
{
    static const char *const names[] = {
        "model", "dimensions", "output_dimension", "encoding_format",
        "embedding_type", "embedding_types", "input_type", "task",
        "truncate", "truncation", "user", NULL
    };

    for (size_t i = 0; names[i]; i++)
        if (http_said_names(said, names[i]))
            return true;
    return false;
}

unsigned http_topics(const struct http_said *said)
{
    unsigned topics = 0;

    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (!(topics & phrases[i].topic) &&
            http_words_says_any(said, phrases[i].phrase,
                                sizeof phrases[i].phrase /
                                    sizeof *phrases[i].phrase))
            topics |= phrases[i].topic;
    if (said->names_one)
        topics |= TOPIC_TEXT;
    if (names_a_setting(said))
        topics |= TOPIC_SETTING;
    if (http_named_most(said))
        topics |= TOPIC_SIZE;
    return topics;
}

/* ---- numbers ---- */

/* Reads "1,026,047", too; false if no number is there. */
static bool http_words_take_number(const char **at, const char *end,
                                   uint64_t *n)
{
    const char *p = *at;

    if (p == end || !isdigit((unsigned char)*p))
        return false;
    for (*n = 0; p < end; p++)
        if (isdigit((unsigned char)*p))
            *n = *n < UINT32_MAX ? *n * 10 + (uint64_t)(*p - '0') : *n;
        else if (*p != ',' || p + 1 == end || !isdigit((unsigned char)p[1]))
            break;
    *at = p;
    return true;
}

static struct text words_of(const struct http_said *said)
{
    return (struct text){ said->words.data ? said->words.data : "",
                          said->words.len };
}

/* Is this the word behind a number, with or without a blank before it? */
static bool http_words_is_unit(const char *p, const char *end,
                               const char *const *units)
{
    while (p < end && (*p == ' ' || *p == '-'))
        p++;
    for (; *units; units++)
        if (strlen(*units) <= (size_t)(end - p) &&
            memcmp(p, *units, strlen(*units)) == 0)
            return true;
    return false;
}

static const char *const documents[] = {
    "input", "text", "item", "document", "record", "string", "element",
    "vector", "point", "object", "embedding", "requests can be",
    "requests in", "sentence", "\xe6\x9d\xa1" /* Chinese: pieces */, NULL
};

static const char *const other_units[] = {
    "token", "byte", "char", "kb", "mb", "gb", "kib", "mib", "gib", "word",
    "dim", "sec", "min", "ms", "request", "per ", "%", NULL
};

/* Do the words limit documents, where no unit stands behind the number? */
static bool http_words_of_documents(struct text words)
{
    static const char *const subjects[] = {
        "batch size", "batch_size", "number of texts", "number of inputs",
        "number of documents", "number of records", "number of items",
        "number of vectors", "texts must be", "inputs must be", "array",
        "list should", "too many inputs", "too many texts", "upsert limit",
        NULL
    };
    static const char *const others[] = { "token", "byte", "char", "dimension",
                                          NULL };
    bool found = false;

    for (size_t i = 0; others[i]; i++)
        if (text_find(words, others[i]))
            return false;
    for (size_t i = 0; subjects[i]; i++)
        found = found || text_find(words, subjects[i]);
    return found;
}

/* The number behind a phrase that stands in `words` at `at`; 0: it counts
 * something else, or is a document's. */
static uint32_t http_words_most_at(const struct http_said *said, const char *at,
                                   size_t len)
{
    struct text words = words_of(said);
    const char *end = text_end(words), *p = at + len;
    uint64_t n = 0;

    if (!http_words_take_number(&p, end, &n) || n == 0 || n > 1000000 ||
        !http_said_by_service(said, (struct text){ at, (size_t)(p - at) }))
        return 0;
    if (http_words_is_unit(p, end, documents))
        return (uint32_t)n;
    return !http_words_is_unit(p, end, other_units) &&
                   http_words_of_documents(words)
               ? (uint32_t)n
               : 0;
}

/* The next place of `what` behind *at, NULL at first; false: no more. */
static bool http_words_next_place(struct text words, const char *what,
                                  const char **at)
{
    const char *from = *at ? *at + 1 : words.ptr;

    *at = text_find((struct text){ from, (size_t)(text_end(words) - from) },
                    what);
    return *at != NULL;
}

/* Take the least of several: the others count what we sent. */
uint32_t http_named_most(const struct http_said *said)
{
    static const char *const before[] = {
        "at most ", "no more than ", "larger than ", "greater than ",
        "more than ", "between 1 and ", "maximum length ", "maximum of ",
        "maximum is ", "max is ", "max of ", "max: ", "max ", "maximum: ",
        "up to ", "number of inputs is ", "number of texts is ",
        "batch size is ", "size limit is ", "batch size ", "batch size: ",
        "limit of ", "limit is ", "exceed ", "exceeds ", "to or below ",
        "\xe4\xb8\x8d\xe5\xbe\x97\xe8\xb6\x85\xe8\xbf\x87" /* not above */
    };
    struct text words = words_of(said);
    uint32_t most = 0;

    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        for (const char *at = NULL;
             http_words_next_place(words, before[i], &at);) {
            uint32_t n = http_words_most_at(said, at, strlen(before[i]));

            if (n && (!most || n < most))
                most = n;
        }
    return most;
}

static bool number_behind(struct text words, const char *what, uint64_t *n)
{
    for (const char *at = NULL; http_words_next_place(words, what, &at);) {
        const char *p = at + strlen(what);

        if (http_words_take_number(&p, text_end(words), n))
            return true;
    }
    return false;
}

bool http_asks_too_much(const struct http_said *said)
{
    struct text words = words_of(said);
    uint64_t limit, requested;

    return number_behind(words, "limit ", &limit) &&
           number_behind(words, "requested ", &requested) &&
           requested > limit;
}

static const char *http_words_skip(const char *p, const char *end,
                                   const char *these)
{
    while (p < end && *p && strchr(these, *p))
        p++;
    return p;
}

/* "6m0s", "1.2s", "3 seconds", "2 minutes" at the front; -1: none. *last: its
 * end. */
static int64_t http_words_take_wait(const char *p, const char *end,
                                    const char **last)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 },      { "milli", 1 },      { "sec", 1000 },
                  { "min", 60000 }, { "hour", 3600000 }, { "day", 86400000 } };
    const char *unit = http_words_skip(p, end, "0123456789.");
    struct text word = { http_words_skip(unit, end, " "), 0 };
    int64_t ms = http_duration_ms((struct text){ p, (size_t)(unit - p) });

    *last = unit;
    word.len = (size_t)(end - word.ptr);
    for (size_t i = 0; ms >= 0 && i < sizeof units / sizeof *units; i++)
        if (text_begins(word, units[i].name))
            return (ms < MOST_MS ? ms : MOST_MS) * units[i].ms / 1000;
    *last = http_words_skip(p, end, "0123456789.hms");
    while (*last > p && (*last)[-1] == '.')
        --*last;
    return *last > unit
               ? http_duration_ms((struct text){ p, (size_t)(*last - p) })
               : -1;
}

int64_t http_named_wait_ms(const struct http_said *said)
{
    static const char *const before[] = { "retry in ", "try again in ",
                                          "retry after ", "try again after ",
                                          "please wait ", "reset in ",
                                          "resets in ", "available in " };
    struct text words = words_of(said);

    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        for (const char *at = NULL, *last;
             http_words_next_place(words, before[i], &at);) {
            int64_t ms = http_words_take_wait(at + strlen(before[i]),
                                              text_end(words), &last);

            if (ms >= 0 && http_said_by_service(said, (struct text){
                               at, (size_t)(last - at) }))
                return ms;
        }
    return -1;
}
