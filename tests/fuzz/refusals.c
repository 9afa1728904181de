/*
 * What a service says when it refuses: a verdict with words, and no wait above
 * an hour.
 *
 * Parted by NULs: the status (modulo 300, so 300 to 599), lines of the head,
 * the texts that were sent, the body.
 */
#include "config.h"
#include "fuzz.h"

#include "net/http_parts.h"
#include "store/elastic/elastic_error.h"
#include "store/milvus/milvus_reply.h"

enum { STATUS_LOW = 300, STATUSES = 300, WAIT_MAX_MS = 3600000 };

static int status_of(struct text digits)
{
    unsigned n = 0;

    for (size_t i = 0; i < digits.len; i++)
        n = n * 10 + (unsigned char)digits.ptr[i] - '0';
    return STATUS_LOW + (int)(n % STATUSES);
}

static void claim_verdict(const struct error *err)
{
    fuzz_claim_said(err);
    fuzz_claim(err->retry_after_ms <= WAIT_MAX_MS, "a wait above an hour");
    fuzz_claim(err->kind != ERROR_INPUT, "a refusal of no kind");
}

/* By the words that Elasticsearch and Milvus have for it. */
static void read_stores(struct text body, struct text sent, int status)
{
    struct error err = { .text = "" };
    struct elastic_error e;
    char said[200];
    int64_t code;

    if (elastic_error_find(body, (unsigned)status, &e)) {
        elastic_error_say(&e, said, sizeof said);
        error_set(&err, ERROR_REFUSED, status, "%s", said);
        elastic_error_judge(&e, "vector", &err);
        claim_verdict(&err);
    }
    if (!milvus_succeeded(body, sent, &code, &err))
        fuzz_claim_said(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const phrases[] = { "too many", "quota", NULL };
    struct text input = { (const char *)data, size }, head;
    struct error err = { .text = "" };
    struct http_reply reply;

    http_reply_init(&reply);
    http_pace_clear(&reply.pace);
    reply.status = status_of(fuzz_until(&input, '\0'));
    for (head = fuzz_until(&input, '\0'); head.len > 0;)
        http_take_header(&reply, fuzz_until(&head, '\n'));
    reply.sent = fuzz_until(&input, '\0');
    buf_put(&reply.body, input.ptr, input.len);

    http_status_error(&reply, &err);
    claim_verdict(&err);
    if (http_error_inside(&reply, &err))
        claim_verdict(&err);
    http_says(&reply, phrases);
    http_refuses_member(&reply, "dimensions", "matryoshka");
    read_stores(input, reply.sent, reply.status);
    http_reply_release(&reply);
    return 0;
}
