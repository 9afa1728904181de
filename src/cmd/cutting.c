#include "config.h"
#include "cmd/cutting.h"

#include <stdbool.h>

static bool over(double n, uint64_t limit)
{
    return limit && n > (double)limit;
}

/* Why the request cannot take a document of so much; CUT_REASONS: it can. */
static enum cut_by reason(const struct cutting *c, size_t bytes, double tokens)
{
    double sum = (c->request_tokens + tokens) * 1.1;

    if (c->in_batch >= c->batch)
        return CUT_BATCH;
    if (over((double)c->in_request + 1, c->texts))
        return CUT_TEXTS;
    if (over((double)(c->request_bytes + bytes + 4 * c->in_request),
             c->bytes))
        return CUT_BYTES;
    if (over(sum, c->tokens))
        return CUT_TOKENS;
    return c->tpm && sum > (double)c->tpm / 4 ? CUT_TPM : CUT_REASONS;
}

void cutting_add(struct cutting *c, size_t bytes, double tokens)
{
    enum cut_by by = reason(c, bytes, tokens);

    if (c->requests > 0 && by != CUT_REASONS)
        c->by[by]++;
    if (c->requests == 0 || by != CUT_REASONS) {
        c->requests++;
        c->in_request = c->request_bytes = 0;
        c->request_tokens = 0;
        if (c->in_batch >= c->batch)
            c->in_batch = 0;
    }
    c->in_batch++;
    c->in_request++;
    c->request_bytes += bytes;
    c->request_tokens += tokens;
    if (c->in_request > c->largest)
        c->largest = c->in_request;
}

enum cut_by cutting_mostly(const struct cutting *c)
{
    enum cut_by most = CUT_BATCH;

    for (int i = 1; i < CUT_REASONS; i++)
        if (c->by[i] > c->by[most])
            most = (enum cut_by)i;
    return most;
}

const char *cutting_name(enum cut_by by)
{
    static const char *const names[CUT_REASONS] = {
        [CUT_BATCH] = "batch", [CUT_TEXTS] = "texts",
        [CUT_TOKENS] = "tokens", [CUT_TPM] = "tpm", [CUT_BYTES] = "bytes"
    };

    return names[by];
}
