/* This file cuts requests: cut_add() adds a text to a request or names the
 * limit that it would exceed, packing_add() fills a batch with whole requests,
 * and cutting_add() counts over a whole corpus how often each limit ended a
 * request. */
#include "config.h"
#include "flow/cutting.h"

static bool cutting_is_over(double n, uint64_t limit)
{
    return limit && n > (double)limit;
}

/* About four bytes of JSON surround each text. */
static enum cut_by cutting_find_limit(const struct cut_request *q,
                                      const struct cut_limits *most,
                                      const struct cut_text *t)
{
    double sum = (q->tokens + t->tokens) *
                 (double)(CUT_MARGIN_WHOLE + most->margin) / CUT_MARGIN_WHOLE;

    if (q->texts == 0)
        return CUT_REASONS;
    if (cutting_is_over((double)q->texts + 1, most->texts))
        return CUT_TEXTS;
    if (cutting_is_over((double)(q->bytes + t->bytes + 4 * q->texts),
                        most->bytes))
        return CUT_BYTES;
    if (cutting_is_over(sum, most->tokens))
        return CUT_TOKENS;
    return most->tpm && sum > (double)most->tpm / 4 ? CUT_TPM : CUT_REASONS;
}

enum cut_by cut_add(struct cut_request *q, const struct cut_limits *most,
                    const struct cut_text *t)
{
    enum cut_by by = cutting_find_limit(q, most, t);

    if (by != CUT_REASONS)
        return by;
    q->texts++;
    q->bytes += t->bytes;
    q->tokens += t->tokens;
    return CUT_REASONS;
}

/* Would another request of the size of the largest end in the batch? */
static bool packing_has_room(const struct packing *p, uint64_t request)
{
    return p->batch == 0 || p->documents + request <= p->batch;
}

enum cut_by packing_full(const struct packing *p)
{
    const struct cut_limits *most = &p->most;

    if (p->documents == 0)
        return CUT_REASONS;
    if (most->texts && most->texts < p->batch &&
        p->now.texts >= most->texts && !packing_has_room(p, most->texts))
        return CUT_TEXTS;
    if (!packing_has_room(p, 1))
        return CUT_BATCH;
    return p->batch_bytes && p->kept >= p->batch_bytes ? CUT_MEMORY
                                                       : CUT_REASONS;
}

static enum packed packing_put(struct packing *p, const struct cut_text *t)
{
    p->documents++;
    p->kept += t->kept;
    if (p->now.texts > p->largest)
        p->largest = p->now.texts;
    return p->now.texts == 1 ? PACKED_APART : PACKED;
}

enum packed packing_add(struct packing *p, const struct cut_text *t,
                        enum cut_by *by)
{
    enum cut_by full = packing_full(p);

    *by = full != CUT_REASONS ? full : cut_add(&p->now, &p->most, t);
    if (*by == CUT_REASONS)
        return packing_put(p, t);
    if (full != CUT_REASONS || !packing_has_room(p, p->largest))
        return PACKED_NOT;
    p->now = (struct cut_request){ 0 };
    cut_add(&p->now, &p->most, t);
    return packing_put(p, t);
}

void packing_clear(struct packing *p)
{
    p->documents = p->largest = 0;
    p->kept = 0;
    p->now = (struct cut_request){ 0 };
}

void cutting_add(struct cutting *c, const struct cut_text *t)
{
    enum cut_by by, again;
    enum packed packed = packing_add(&c->batch, t, &by);

    if (by != CUT_REASONS)
        c->by[by]++;
    if (packed == PACKED_NOT) {
        packing_clear(&c->batch);
        packed = packing_add(&c->batch, t, &again);
    }
    c->requests += packed == PACKED_APART;
    if (c->batch.largest > c->largest)
        c->largest = c->batch.largest;
}

void cutting_end_file(struct cutting *c)
{
    packing_clear(&c->batch);
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
        [CUT_TOKENS] = "tokens", [CUT_TPM] = "tpm", [CUT_BYTES] = "bytes",
        [CUT_MEMORY] = "memory"
    };

    return names[by];
}
