/* batchtop plan: the dry run. It reads the corpus as the run would, asks no
 * service and pays nothing. Memory does not grow with the corpus: the ids are
 * in a temporary file. */
#include "config.h"
#include "host/cmd.h"

#include <stdlib.h>

#include "cmd/planned.h"
#include "engine/engine.h"
#include "engine/job/corpus.h"
#include "engine/job/corpus_name.h"
#include "engine/job/providers.h"
#include "engine/job/spooled.h"
#include "ledger/idset.h"
#include "util/str.h"
#include "util/tokens.h"
#include "util/uuid.h"

enum { SHOWN_BAD = 5, PREFIX_BYTES_A_TOKEN = 4 };

/* On a disk, because /tmp may be memory. */
static const char *scratch_folder(void)
{
    const char *named = getenv("TMPDIR");

    return named && *named ? named : "/var/tmp";
}

/* Would the store take it? Keep the first that it would refuse. */
static bool is_taken(struct planned *p, const struct record *rec,
                     struct buf *room)
{
    struct upsert_item item = { .id = rec->id, .id_number = rec->id_number,
                                .text = rec->text,
                                .text_escaped = rec->text_escaped,
                                .metadata = rec->metadata };
    char id[64];

    if (!p->judge || !p->store->takes ||
        p->store->takes(p->judge, &item, room))
        return true;
    str_printable(id, sizeof id, rec->id);
    if (p->refused++ == 0)
        buf_printf(&p->refusal, "%s: %s", id, item.why.text);
    return false;
}

/* Count what would be embedded and stored. */
static void plan_count_record(struct planned *p, const struct record *rec)
{
    size_t sent = p->prefix_bytes + rec->text.len;
    double tokens = (double)tokens_of(rec->text, rec->text_escaped) +
                    (double)(p->prefix_bytes / PREFIX_BYTES_A_TOKEN);

    p->text_bytes += rec->text.len;
    p->metadata_bytes += rec->metadata.len;
    if (rec->text.len > p->longest_text)
        p->longest_text = rec->text.len;
    if (p->embedder->max_text_tokens &&
        tokens > (double)p->embedder->max_text_tokens)
        p->oversized++;
    p->tokens += (uint64_t)tokens;
    cutting_add(&p->cut,
                &(struct cut_text){ .bytes = sent,
                                    .tokens = tokens,
                                    .kept = rec->id.len + rec->text.len +
                                            rec->metadata.len });
}

static bool plan_add_document(struct planned *p, struct idset *seen,
                              const struct record *rec, struct error *err)
{
    uint64_t before = idset_count(seen);
    char room[UUID_SIZE];
    struct text id = p->store->folds_uuids ? uuid_folded(rec->id, room)
                                           : rec->id;

    p->documents++;
    if (!idset_add(seen, id, err))
        return error_wrap(err, "looking for duplicate ids (TMPDIR names "
                               "another folder)");
    p->duplicates += idset_count(seen) == before;
    return true;
}

/* Would a new job end here? What cannot be used does not count. */
static bool plan_is_full(const struct planned *p)
{
    return p->opt->limit > 0 && p->documents >= p->opt->limit;
}

static bool read_records(struct planned *p, struct idset *seen,
                         struct source *s, struct error *err)
{
    struct record rec;
    struct buf room = { 0 };
    enum source_status status = SOURCE_END;
    bool fine = true;

    while (fine && !plan_is_full(p) &&
           ((status = source_next(s, &rec, err)) == SOURCE_RECORD ||
            status == SOURCE_REJECTED)) {
        if (status == SOURCE_REJECTED) {
            if (p->rejected++ < SHOWN_BAD && !p->opt->json)
                printf("cannot be used: %s\n", rec.why.text);
        } else {
            if (is_taken(p, &rec, &room))
                plan_count_record(p, &rec);
            fine = plan_add_document(p, seen, &rec, err);
        }
    }
    buf_release(&room);
    return fine && (plan_is_full(p) || status == SOURCE_END);
}

/* Report a name that no record has, beside the other notes. */
static void plan_tell_unseen(const struct planned *p, const struct source *s,
                             size_t i)
{
    FILE *to = p->opt->json ? stderr : stdout;
    char why[400], shown[500];

    if (!source_unseen(s, why, sizeof why))
        return;
    str_printable(shown, sizeof shown, text_of(why));
    fprintf(to, "%s: %s\n", corpus_shown(p->opt->corpus.item[i]), shown);
}

static bool plan_read_file(struct planned *p, struct idset *seen, size_t i,
                           struct error *err)
{
    struct source_config cfg;
    struct source *s;
    uint64_t done, size;
    bool fine;

    corpus_source_config(p->opt, i, &cfg);
    s = source_open(&cfg, err);
    if (!s)
        return false;
    fine = read_records(p, seen, s, err);
    cutting_end_file(&p->cut);
    if (fine)
        plan_tell_unseen(p, s, i);
    source_progress(s, &done, &size);
    p->bytes += done;
    source_close(s);
    return fine;
}

static bool read_corpus(struct planned *p, struct error *err)
{
    struct idset *seen = idset_new(scratch_folder(), 0, err);
    bool fine = seen != NULL;

    if (!fine)
        error_wrap(err, "looking for duplicate ids (TMPDIR names another "
                        "folder)");
    for (size_t i = 0; fine && i < p->opt->corpus.count && !plan_is_full(p);
         i++)
        fine = plan_read_file(p, seen, i, err);
    idset_free(seen);
    return fine;
}

static bool plan_open_embedder(struct planned *p, struct error *err)
{
    const struct embedder_ops *ops;
    struct embedder_config cfg;
    struct endpoints e = { .count = 0 };
    bool fine = providers_embedder(p->opt, &ops, &cfg, &e, err) &&
                phrasing_make(&p->phrasing, p->opt, ops, err);

    if (fine) {
        phrasing_apply(&p->phrasing, false, &cfg);
        p->prefix_bytes = phrasing_bytes(&p->phrasing);
        if (!cfg.key)
            cfg.key = "none"; /* it sends nothing, so needs none */
        p->embedder = ops->open(&cfg, err);
        fine = p->embedder || error_wrap(err, "--embed %s", p->opt->embed);
    }
    p->endpoints = e.count;
    p->spools = fine && spooled_wanted(p->opt, ops);
    endpoints_release(&e);
    if (fine)
        p->cut.batch = (struct packing){
            .batch = crew_embed_batch(p->opt),
            .batch_bytes = BATCH_TEXT_MAX,
            .most = { .texts = embedder_texts(p->embedder, p->opt->rpm),
                      .tokens = p->embedder->max_tokens,
                      .tpm = p->opt->tpm,
                      .bytes = p->embedder->max_bytes,
                      .margin = CUT_MARGIN_FIRST }
        };
    return fine;
}

/* What the store takes in a request, chosen as in preflight.c. */
static void choose_upserts(struct planned *p, const struct store *s)
{
    uint64_t request = (uint64_t)(p->opt->max_request_mb * 1e6 * 0.9);
    uint64_t good = s && s->good_count ? s->good_count : 100;

    p->store_count = p->opt->store_batch ? p->opt->store_batch : good;
    p->count_by = p->opt->store_batch ? "--store-batch"
                                      : "what suits the store";
    if (s && s->limit_count && s->limit_count < p->store_count) {
        p->store_count = s->limit_count;
        p->count_by = "the store's limit";
    }
    if (!s)
        return;
    p->store_bytes = s->limit_bytes && s->limit_bytes < request
                         ? s->limit_bytes
                         : request;
}

/* Open only remote stores: a local one would make its file. */
static bool plan_open_store(struct planned *p, struct error *err)
{
    char url[4096];
    struct store_config cfg;
    struct endpoints e = { .count = 0 };
    bool fine = providers_store_url(p->opt, url, sizeof url, err) &&
                providers_store(p->opt, url, &p->store, &cfg, &e, err);

    if (fine && p->store->remote) {
        cfg.dim = p->embedder->dim;
        if (!cfg.key)
            cfg.key = "none";
        p->judge = p->store->open(p->store, &cfg, err);
        fine = p->judge != NULL;
    }
    if (fine)
        choose_upserts(p, p->judge);
    endpoints_release(&e);
    return fine;
}

/* Would no record be stored, though there are some? */
static bool cannot_be_used(const struct planned *p)
{
    return p->documents == p->refused && p->documents + p->rejected > 0;
}

int cmd_plan(struct options *opt)
{
    struct planned p = { .opt = opt };
    struct error err;
    bool fine;

    if (opt->corpus.count == 0) {
        error_set(&err, ERROR_CONFIG, 0, "plan wants a corpus");
        return cmd_refuse(opt, &err);
    }
    fine = plan_open_embedder(&p, &err) && plan_open_store(&p, &err) &&
           read_corpus(&p, &err);
    if (fine && opt->json)
        planned_json(&p);
    else if (fine)
        planned_text(&p);
    if (p.embedder)
        p.embedder->ops->close(p.embedder);
    if (p.judge)
        p.store->close(p.judge);
    buf_release(&p.refusal);
    phrasing_release(&p.phrasing);
    if (!fine)
        return cmd_refuse(opt, &err);
    return cannot_be_used(&p) ? EXIT_SOME_FAILED : EXIT_STORED;
}
