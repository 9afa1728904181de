/* This file reads an error object of the server and decides what it means for
 * the pipeline. It looks at the type first, then at parts of the reason that
 * only the server can have written, and last at the status. */
#include "config.h"
#include "store/elastic/elastic_error.h"

#include <stdio.h>

#include "net/http.h"
#include "store/store_reply.h"
#include "util/str.h"

enum { CAUSES = 16,         /* one inside another, at most */
       REASON_SHOWN = 110 }; /* of a long one with a cause */

/* NAME=1234 in a reason of the server's making. False: not there. */
static bool elastic_find_number(struct text in, const char *name, uint64_t *n)
{
    const char *at = text_find(in, name);

    if (!at)
        return false;
    at += strlen(name);
    for (*n = 0; at < text_end(in) && *at >= '0' && *at <= '9'; at++)
        *n = *n * 10 + (uint64_t)(*at - '0');
    return true;
}

static bool is_rejection(const char *type)
{
    return text_ends(text_of(type), "rejected_execution_exception");
}

/* ---- reading ---- */

/* Each caused_by says less about us and more about the cause. */
static void read_cause(struct text error, struct elastic_error *e)
{
    struct json_value cause, reason;

    for (int i = 0; i < CAUSES; i++) {
        if (!reply_member(error, "caused_by", &cause) ||
            cause.type != JSON_OBJECT)
            return;
        if (reply_member(cause.raw, "reason", &reason) &&
            reason.type == JSON_STRING && reason.raw.len > 0)
            e->cause = reason.raw;
        error = cause.raw;
    }
}

void elastic_error_read(struct text json, unsigned status,
                        struct elastic_error *e)
{
    static const char *const limit[] = { "bytes_limit", NULL };
    struct json_value v;

    *e = (struct elastic_error){ .status = status };
    if (reply_member(json, "type", &v))
        reply_word(&v, e->type, sizeof e->type);
    if (reply_member(json, "reason", &v) && v.type == JSON_STRING)
        e->reason = v.raw;
    if (reply_member(json, "index", &v) && v.type == JSON_STRING)
        e->index = v.raw;
    reply_number(json, limit, &e->limit_bytes);
    if (is_rejection(e->type))
        elastic_find_number(e->reason, "all_bytes=", &e->busy_bytes);
    read_cause(json, e);
}

bool elastic_error_find(struct text answer, unsigned status,
                        struct elastic_error *e)
{
    struct json_value error;

    if (!reply_member(answer, "error", &error) || error.type != JSON_OBJECT)
        return false;
    elastic_error_read(error.raw, status, e);
    return *e->type != '\0';
}

/* ---- the verdict ---- */

static void elastic_set_verdict(struct error *err, enum error_kind kind,
                                enum error_about about)
{
    err->kind = kind;
    err->about = about;
}

/* "index [docs] blocked by: [TOO_MANY_REQUESTS/12/disk usage ..];". The server
 * itself sets 12 when its disk is full; 1 and 2 pass when the cluster has
 * recovered; the others are a person's setting. The index's own name comes
 * before that and does not count. */
static void judge_block(struct text reason, struct error *err)
{
    const char *by = text_find(reason, "blocked by: [");
    struct text blocks = { by, by ? (size_t)(text_end(reason) - by)
                                  : 0 };

    if (text_find(blocks, "/12/"))
        elastic_set_verdict(err, ERROR_QUOTA, ABOUT_SERVICE);
    else if (text_find(blocks, "[SERVICE_UNAVAILABLE/") &&
             !text_find(blocks, "[FORBIDDEN/"))
        elastic_set_verdict(err, ERROR_SERVER, ABOUT_SERVICE);
    else
        elastic_set_verdict(err, ERROR_CONFIG, ABOUT_SERVICE);
}

/* Of requests in flight: a smaller one passes. Of the heap: later. */
static void judge_breaker(struct text reason, struct error *err)
{
    if (text_begins(reason, "[inflight_requests]") ||
        text_begins(reason, "[in_flight_requests]"))
        elastic_set_verdict(err, ERROR_SIZE, ABOUT_REQUEST);
    else
        elastic_set_verdict(err, ERROR_LIMITED, ABOUT_SERVICE);
}

/* A full queue; or indexing pressure, "[.., all_bytes=0,
 * coordinating_operation_bytes=9000, max_coordinating_and_primary_bytes=5000]",
 * where no wait helps if nothing else is in flight, or if it alone exceeds the
 * limit. */
static void judge_rejection(struct text reason, struct error *err)
{
    uint64_t all, most = 0, ours = 0;

    if ((elastic_find_number(reason, "all_bytes=", &all) && all == 0) ||
        (elastic_find_number(reason, "operation_bytes=", &ours) &&
         (elastic_find_number(reason,
                              "max_coordinating_and_primary_bytes=", &most) ||
          elastic_find_number(reason, "max_coordinating_bytes=", &most) ||
          elastic_find_number(reason, "max_primary_bytes=", &most)) &&
         most > 0 && ours > most))
        elastic_set_verdict(err, ERROR_SIZE, ABOUT_REQUEST);
    else
        elastic_set_verdict(err, ERROR_LIMITED, ABOUT_SERVICE);
}

/* All our vectors have one length, so this is no document's fault. The words
 * are at the beginning, where no document can put them, and name our own field;
 * "not supported" is of OpenSearch before 2. */
static bool is_dimension(const struct elastic_error *e, const char *vector)
{
    char field[160];

    snprintf(field, sizeof field, "The [dense_vector] field [%s] in doc",
             vector);
    if (text_begins(e->cause, field) &&
        text_find(e->cause, "] has a different number of dimensions ["))
        return true;
    snprintf(field, sizeof field,
             "failed to parse field [%s] of type [knn_vector]", vector);
    return text_begins(e->reason, field) &&
           (text_begins(e->cause, "Vector dimension mismatch") ||
            text_begins(e->cause, "Vector has invalid dimension"));
}

/* By the type alone, if that is enough. */
static bool judge_type(const struct elastic_error *e, struct error *err)
{
    static const struct {
        const char *end; /* of the type */
        enum error_kind kind;
        enum error_about about;
    } types[] = {
        { "index_closed_exception", ERROR_CONFIG, ABOUT_SERVICE },
        { "index_not_found_exception", ERROR_CONFIG, ABOUT_SERVICE },
        { "invalid_index_name_exception", ERROR_CONFIG, ABOUT_SERVICE },
        { "routing_missing_exception", ERROR_CONFIG, ABOUT_SERVICE },
        { "security_exception", ERROR_AUTH, ABOUT_SERVICE },
        { "mapper_parsing_exception", ERROR_REFUSED, ABOUT_DOCUMENT },
        { "document_parsing_exception", ERROR_REFUSED, ABOUT_DOCUMENT },
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(e->type, types[i].end) == 0) {
            elastic_set_verdict(err, types[i].kind, types[i].about);
            return true;
        }
    return false;
}

static void judge_status(unsigned status, struct error *err)
{
    if (status == 401)
        elastic_set_verdict(err, ERROR_AUTH, ABOUT_SERVICE);
    else if (status == 404)
        elastic_set_verdict(err, ERROR_CONFIG, ABOUT_SERVICE);
    else if (status == 413)
        elastic_set_verdict(err, ERROR_SIZE, ABOUT_REQUEST);
    else if (status == 429)
        elastic_set_verdict(err, ERROR_LIMITED, ABOUT_SERVICE);
    else if (status >= 500)
        elastic_set_verdict(err, ERROR_SERVER, ABOUT_UNKNOWN);
    else if (status != 403)
        elastic_set_verdict(err, ERROR_REFUSED, ABOUT_UNKNOWN);
}

void elastic_error_judge(const struct elastic_error *e, const char *vector,
                         struct error *err)
{
    if (is_dimension(e, vector))
        elastic_set_verdict(err, ERROR_CONFIG, ABOUT_SERVICE);
    else if (text_ends(text_of(e->type), "block_exception"))
        judge_block(e->reason, err);
    else if (strcmp(e->type, "circuit_breaking_exception") == 0)
        judge_breaker(e->reason, err);
    else if (is_rejection(e->type))
        judge_rejection(e->reason, err);
    else if (!judge_type(e, err))
        judge_status(e->status, err);
    err->for_all = http_status_is_for_all(e->status);
}

/* ---- the words ---- */

static void elastic_decode(struct text raw, char *to, size_t size)
{
    struct buf words = { 0 };

    if (raw.len > 0)
        json_decode_raw(raw, &words);
    str_sentence(to, size, (struct text){ words.data, words.len });
    buf_release(&words);
}

/* Their own word for a closed index is "closed". */
static void say_reason(const struct elastic_error *e, char *to, size_t size)
{
    char index[128];

    elastic_decode(e->index, index, sizeof index);
    if (strcmp(e->type, "index_closed_exception") == 0)
        snprintf(to, size, "%sindex %s%sis closed: open it (_open)",
                 *index ? "" : "the ", index, *index ? " " : "");
    else if (e->reason.len > 0)
        elastic_decode(e->reason, to, size);
    else
        snprintf(to, size, "%s",
                 *e->type ? e->type : "refused without a word");
}

void elastic_error_say(const struct elastic_error *e, char *to, size_t size)
{
    char reason[256], cause[256], head[REASON_SHOWN];

    say_reason(e, reason, sizeof reason);
    elastic_decode(e->cause, cause, sizeof cause);
    str_sentence(head, sizeof head, text_of(reason));
    if (!*cause || strstr(reason, cause))
        snprintf(to, size, "%s", reason);
    else if (strlen(reason) + strlen(cause) + 3 <= size)
        snprintf(to, size, "%s: %s", reason, cause);
    else
        snprintf(to, size, "%s: %s", head, cause);
}
