/* This file cuts requests: cut_add() adds a text to a request or names the
 * limit that it would exceed, and cutting_add() counts over a whole corpus how
 * often each limit ended a request. */
#include "config.h"
#include "flow/cutting.h"

#include <stdbool.h>

static bool cutting_is_over(double n, uint64_t limit)
{
    return limit && n > (double)limit;
}

/* About four bytes of JSON surround each text. */
static enum cut_by cutting_find_limit(const struct cut_request *q,
                                      const struct cut_limits *most,
                                      size_t bytes, double tokens)
{
    double sum = (q->tokens + tokens) * 1.1;

    if (q->texts == 0)
        return CUT_REASONS;
    if (cutting_is_over((double)q->texts + 1, most->texts))
        return CUT_TEXTS;
    if (cutting_is_over((double)(q->bytes + bytes + 4 * q->texts), most->bytes))
        return CUT_BYTES;
    if (cutting_is_over(sum, most->tokens))
        return CUT_TOKENS;
    return most->tpm && sum > (double)most->tpm / 4 ? CUT_TPM : CUT_REASONS;
}

enum cut_by cut_add(struct cut_request *q, const struct cut_limits *most,
                    size_t bytes, double tokens)
{
    enum cut_by by = cutting_find_limit(q, most, bytes, tokens);

    if (by != CUT_REASONS)
        return by;
    q->texts++;
    q->bytes += bytes;
    q->tokens += tokens;
    return CUT_REASONS;
}

void cutting_add(struct cutting *c, size_t bytes, double tokens)
{
    bool full = c->in_batch > 0 && c->in_batch >= c->batch;
    enum cut_by by =
        full ? CUT_BATCH : cut_add(&c->now, &c->most, bytes, tokens);

    if (by != CUT_REASONS) {
        c->by[by]++;
        c->now = (struct cut_request){ 0 };
        cut_add(&c->now, &c->most, bytes, tokens);
    }
    if (full)
        c->in_batch = 0;
    c->in_batch++;
    c->requests += c->now.texts == 1;
    if (c->now.texts > c->largest)
        c->largest = c->now.texts;
}

enum cut_by cutting_main_reason(const struct cutting *c)
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
