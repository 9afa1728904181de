/*
 * batchtop plan: the dry run. Reads the corpus as the run would, asks no
 * service and pays nothing.
 */
#include "config.h"
#include "cmd/cmd.h"

#include <stdlib.h>

#include "core/engine.h"
#include "core/prepare.h"
#include "core/sizing.h"
#include "util/json.h"
#include "util/str.h"

enum { SHOWN_BAD = 5, TOKENS_PER_KB = 275 };

struct plan {
    uint64_t documents, rejected, bytes, text_bytes, metadata_bytes;
    uint64_t longest_text, oversized, duplicates;
    uint64_t tokens, requests, request_docs;
    double request_tokens;
    const struct options *opt;
    struct embedder *embedder;
    uint64_t *seen; /* hashes of ids, open addressing */
    size_t seen_count, seen_mask;
};

/* Ids seen, by a 64-bit hash: a guess good enough for a count. */
static bool seen_before(struct plan *p, uint64_t hash)
{
    size_t i;

    hash = hash ? hash : 1;
    if (p->seen_count * 2 >= p->seen_mask) {
        size_t mask = p->seen_mask ? p->seen_mask * 2 + 1 : 4095;
        uint64_t *bigger = calloc(mask + 1, sizeof *bigger);

        if (!bigger)
            return false;
        for (size_t j = 0; p->seen && j <= p->seen_mask; j++) {
            if (!p->seen[j])
                continue;
            for (i = p->seen[j] & mask; bigger[i]; i = (i + 1) & mask)
                continue;
            bigger[i] = p->seen[j];
        }
        free(p->seen);
        p->seen = bigger;
        p->seen_mask = mask;
    }
    for (i = hash & p->seen_mask; p->seen[i]; i = (i + 1) & p->seen_mask)
        if (p->seen[i] == hash)
            return true;
    p->seen[i] = hash;
    p->seen_count++;
    return false;
}

static void cut_request(struct plan *p, double tokens)
{
    const struct embedder *e = p->embedder;
    uint64_t most = p->opt->embed_batch;

    if (e->max_texts && e->max_texts < most)
        most = e->max_texts;
    if (p->request_docs == 0 || p->request_docs >= most ||
        (e->max_tokens &&
         (p->request_tokens + tokens) * 1.1 > (double)e->max_tokens)) {
        p->requests++;
        p->request_docs = 0;
        p->request_tokens = 0;
    }
    p->request_docs++;
    p->request_tokens += tokens;
}

static void add_document(struct plan *p, const struct record *rec)
{
    double tokens = (double)rec->text.len * TOKENS_PER_KB / 1000;

    p->documents++;
    p->text_bytes += rec->text.len;
    p->metadata_bytes += rec->metadata.len;
    p->tokens += (uint64_t)(tokens + 0.5);
    if (rec->text.len > p->longest_text)
        p->longest_text = rec->text.len;
    if (p->embedder->max_text_tokens &&
        tokens > (double)p->embedder->max_text_tokens)
        p->oversized++;
    p->duplicates += seen_before(p, str_hash64(rec->id.ptr, rec->id.len));
    cut_request(p, tokens);
}

static bool read_file(struct plan *p, size_t i, struct error *err)
{
    struct source_config cfg;
    struct source *s;
    struct record rec;
    enum source_status status;
    uint64_t done, size;

    run_source_config(p->opt, i, &cfg);
    s = source_open(&cfg, err);
    if (!s)
        return false;
    while ((status = source_next(s, &rec, err)) == SOURCE_RECORD ||
           status == SOURCE_REJECTED) {
        if (status == SOURCE_RECORD) {
            add_document(p, &rec);
        } else if (p->rejected++ < SHOWN_BAD && !p->opt->json) {
            printf("cannot be used: %s\n", rec.why.text);
        }
    }
    source_progress(s, &done, &size);
    p->bytes += done;
    source_close(s);
    return status == SOURCE_END;
}

static void put_json(const struct plan *p, double usd, double minutes)
{
    const char *too_long = p->embedder->ops->too_long;

    printf("{\"documents\":%llu,\"rejected\":%llu,\"duplicate_ids\":%llu,"
           "\"bytes\":%llu,\"text_bytes\":%llu,\"tokens\":%llu,"
           "\"requests\":%llu,\"oversized\":%llu,\"too_long\":%s%s%s,"
           "\"cost_usd_cents\":%llu,\"minutes_at_limits\":%llu}\n",
           (unsigned long long)p->documents, (unsigned long long)p->rejected,
           (unsigned long long)p->duplicates, (unsigned long long)p->bytes,
           (unsigned long long)p->text_bytes, (unsigned long long)p->tokens,
           (unsigned long long)p->requests, (unsigned long long)p->oversized,
           too_long ? "\"" : "", too_long ? too_long : "null",
           too_long ? "\"" : "", (unsigned long long)(usd * 100 + 0.5),
           (unsigned long long)(minutes + 0.999));
}

static void put_row(const char *name, uint64_t n, const char *note)
{
    char text[32];

    printf("  %-18s %14s   %s\n", name, str_count(text, sizeof text, n),
           note);
}

/* Texts that the service takes no longer: what it does with them. */
static void put_oversized(const struct plan *p)
{
    const char *fate = p->embedder->ops->too_long;
    char note[96];

    if (!p->embedder->max_text_tokens)
        return;
    snprintf(note, sizeof note, "over %zu tokens by estimate%s%s",
             p->embedder->max_text_tokens, fate ? "; such are " : "",
             fate ? fate : "");
    put_row("oversized texts", p->oversized, note);
}

static void put_text(const struct plan *p, double usd, double minutes)
{
    char note[128], size[32];
    struct sizing_input in = { .dim = p->embedder->dim,
                               .max_mb = p->opt->max_request_mb,
                               .safety = p->opt->safety,
                               .cap = p->opt->cap };
    struct sizing s;

    put_row("documents", p->documents,
            str_bytes(size, sizeof size, p->bytes));
    put_row("cannot be used", p->rejected, "each would be listed as rejected");
    put_row("duplicate ids", p->duplicates, "the last record of an id wins");
    put_row("longest text", p->longest_text, "bytes");
    put_oversized(p);
    put_row("tokens", p->tokens, "estimated from bytes");
    snprintf(note, sizeof note, "embedding requests of up to %llu texts",
             (unsigned long long)p->opt->embed_batch);
    put_row("requests", p->requests, note);
    if (in.dim && p->documents) {
        in.metadata_bytes =
            (p->metadata_bytes + p->text_bytes) / p->documents;
        sizing_compute(&in, &s);
        snprintf(note, sizeof note,
                 "records fit into an upsert request of %.2f MB",
                 in.max_mb);
        put_row("upsert batch", s.measured, note);
    }
    if (usd > 0)
        printf("  %-18s %11llu.%02llu   USD, at the price of %s\n",
               "cost", (unsigned long long)usd,
               (unsigned long long)(usd * 100 + 0.5) % 100,
               p->embedder->priced);
    if (minutes > 0)
        put_row("minutes", (uint64_t)(minutes + 0.999),
                "at least, by --rpm and --tpm");
    printf("nothing was sent, nothing was paid\n");
}

int cmd_plan(struct options *opt)
{
    struct plan p = { .opt = opt };
    const struct embedder_ops *ops;
    struct embedder_config cfg;
    double usd, minutes = 0, by_tokens;
    struct endpoints e = { .count = 0 };
    struct error err;
    bool fine;

    if (opt->corpus.count == 0) {
        error_set(&err, ERROR_CONFIG, 0, "plan wants a corpus");
        return cmd_error(&err);
    }
    if (!prepare_embedder(opt, &ops, &cfg, &e, &err)) {
        endpoints_release(&e);
        return cmd_error(&err);
    }
    if (!cfg.key)
        cfg.key = "none"; /* nothing is sent, so none is needed */
    p.embedder = ops->open(&cfg, &err);
    fine = p.embedder != NULL;
    for (size_t i = 0; fine && i < opt->corpus.count; i++)
        fine = read_file(&p, i, &err);
    if (fine) {
        usd = (double)p.tokens * p.embedder->usd_per_mtok / 1e6;
        if (opt->rpm)
            minutes = (double)p.requests / (double)opt->rpm;
        by_tokens = opt->tpm ? (double)p.tokens / (double)opt->tpm : 0;
        minutes = by_tokens > minutes ? by_tokens : minutes;
        if (opt->json)
            put_json(&p, usd, minutes);
        else
            put_text(&p, usd, minutes);
    }
    if (p.embedder)
        ops->close(p.embedder);
    free(p.seen);
    endpoints_release(&e);
    return fine ? EXIT_STORED : cmd_error(&err);
}
