/* This file computes the figures of a plan from the contents of the corpus, and
 * writes each as a line with an explanation or as a member of a JSON object. */
#include "config.h"
#include "cmd/planned.h"

#include <stdio.h>

#include "core/sizing.h"
#include "engine/job/spooled.h"
#include "ledger/spool.h"
#include "util/json_write.h"
#include "util/str.h"

/* Of a million tokens; 0: free, or unknown. */
static double planned_price(const struct planned *p)
{
    return p->opt->price > 0 ? p->opt->price : p->embedder->usd_per_mtok;
}

static double planned_cost(const struct planned *p)
{
    return (double)p->tokens * planned_price(p) / 1e6;
}

static bool cost_known(const struct planned *p)
{
    return planned_price(p) > 0 || !p->embedder->ops->remote;
}

/* The number that the service counts against its limit of requests. */
static uint64_t counted_requests(const struct planned *p)
{
    return p->embedder->counts_texts ? p->documents - p->refused
                                     : p->cut.requests;
}

/* The limits hold for each endpoint. 0: there are none. */
static double planned_minutes(const struct planned *p)
{
    double rpm = (double)p->opt->rpm * (double)p->endpoints;
    double tpm = (double)p->opt->tpm * (double)p->endpoints;
    double by_requests = rpm > 0 ? (double)counted_requests(p) / rpm : 0;
    double by_tokens = tpm > 0 ? (double)p->tokens / tpm : 0;

    return by_tokens > by_requests ? by_tokens : by_requests;
}

/* Of a vector; 0: neither the model nor --dim tells it. */
static size_t planned_dim(const struct planned *p)
{
    return p->embedder->dim ? p->embedder->dim : (size_t)p->opt->dim;
}

/* Bytes of a record in the store's request. 0: not known yet. */
static double record_bytes(const struct planned *p)
{
    struct sizing_input in = { .dim = planned_dim(p), .max_mb = 1,
                               .safety = 1, .cap = 1 };
    struct sizing s;

    if (in.dim == 0 || p->documents == p->refused)
        return 0;
    in.metadata_bytes = (p->metadata_bytes + p->text_bytes) /
                        (p->documents - p->refused);
    sizing_compute(&in, &s);
    return p->judge && p->judge->binary ? s.binary_record : s.measured_record;
}

/* Records in an upsert request: the wanted number, or fewer by its bytes. */
static uint64_t upsert_batch(const struct planned *p, const char **by)
{
    double record = record_bytes(p), fit;

    *by = p->count_by;
    if (record <= 0 || p->store_bytes == 0)
        return p->store_count;
    fit = (double)p->store_bytes / record;
    if (fit >= (double)p->store_count)
        return p->store_count;
    *by = "bytes";
    return fit < 1 ? 1 : (uint64_t)fit;
}

static size_t planned_batch_most(const struct planned *p)
{
    return crew_embed_batch_most((size_t)p->cut.batch.most.texts,
                                 planned_dim(p), p->opt->rpm > 0);
}

/* Are larger requests tried than that which a plan counts with? */
static bool embed_batch_sought(const struct planned *p)
{
    return !p->opt->embed_batch &&
           planned_batch_most(p) > crew_embed_batch(p->opt) &&
           crew_embedders(p->opt, p->embedder->ops, p->endpoints).sought;
}

static bool upsert_batch_sought(const struct planned *p)
{
    return !p->opt->store_batch && crew_upserters(p->opt, p->store).sought;
}

/* What all records take in requests to a service, unpacked; 0: not known yet,
 * or there is no service. */
static uint64_t upsert_bytes(const struct planned *p)
{
    return p->judge ? (uint64_t)((double)(p->documents - p->refused) *
                                     record_bytes(p) + 0.5)
                    : 0;
}

/* Requests that the store gets if they are full: the run fills them while
 * documents wait. */
static uint64_t upsert_requests(const struct planned *p)
{
    const char *ignored;
    uint64_t n = upsert_batch(p, &ignored);

    return (p->documents - p->refused + n - 1) / n;
}

/* The largest size of the spool; 0: no spool, or not known yet. */
static uint64_t spool_room(const struct planned *p)
{
    const char *ignored;
    size_t dim = planned_dim(p);
    struct crew embed = crew_embedders(p->opt, p->embedder->ops, p->endpoints);
    struct crew upsert = crew_upserters(p->opt, p->store);
    struct run_size n = { .queue = (size_t)p->opt->queue,
                          .embed_batch = crew_embed_batch(p->opt),
                          .upsert_batch = (size_t)upsert_batch(p, &ignored) };
    size_t most;

    n.embedders = crew_most(&embed, n.embed_batch, dim);
    n.upserters = crew_most(&upsert, n.upsert_batch, dim);
    most = spooled_most(run_batches(&n), n.embed_batch, dim);
    return p->spools && dim ? spool_bytes_most(most, dim) : 0;
}

/* --- as lines --- */

static void planned_put_line(const char *name, const char *value,
                             const char *note)
{
    printf("  %-18s %14s   %s\n", name, value, note);
}

static void planned_put_count(const char *name, uint64_t n, const char *note)
{
    char text[32];

    planned_put_line(name, str_count(text, sizeof text, n), note);
}

/* What happens to texts that are too long for the service. */
static void put_oversized(const struct planned *p)
{
    const char *fate = p->embedder->ops->too_long;
    char note[96];

    if (!p->embedder->max_text_tokens)
        return;
    snprintf(note, sizeof note, "over %zu tokens by estimate%s%s",
             p->embedder->max_text_tokens, fate ? "; such are " : "",
             fate ? fate : "");
    planned_put_count("oversized texts", p->oversized, note);
}

static void planned_put_requests(const struct planned *p)
{
    static const char *const why[CUT_REASONS] = {
        [CUT_BATCH] = "texts at most, by --embed-batch",
        [CUT_TEXTS] = "texts at most: the service takes no more",
        [CUT_TOKENS] = "texts at most: tokens end most requests",
        [CUT_TPM] = "texts at most: a quarter of --tpm ends most requests",
        [CUT_BYTES] = "texts at most: bytes end most requests",
        [CUT_MEMORY] = "texts at most: the bytes of a batch end most requests",
    };

    bool sought = embed_batch_sought(p);
    enum cut_by by = cutting_main_reason(&p->cut);
    char note[96], most[32];

    snprintf(note, sizeof note, "to the embedding service%s",
             sought ? ", if requests stay as they begin" : "");
    planned_put_count("requests", p->cut.requests, note);
    if (by != CUT_BATCH || p->opt->embed_batch)
        snprintf(note, sizeof note, "%s", why[by]);
    else if (sought)
        snprintf(note, sizeof note,
                 "texts to begin with; up to %s where that is faster",
                 str_count(most, sizeof most,
                           planned_batch_most(p)));
    else
        snprintf(note, sizeof note, "texts at most, unless told otherwise");
    planned_put_count("embed batch", p->cut.largest, note);
}

/* Records that the store would refuse, by its rules as far as we know them. */
static void put_refused(struct planned *p)
{
    if (p->refused == 0)
        return;
    planned_put_count("store refuses", p->refused,
                      "each would fail, unpaid; the first:");
    printf("    %s\n", buf_cstr(&p->refusal));
}

/* "; 1,178 bytes each, 1.18 MB a request (at most 1.80)" */
static void put_request_size(const struct planned *p, uint64_t batch, char *to,
                             size_t size)
{
    double record = record_bytes(p);
    char bytes[32], most[32] = "";

    if (p->store_bytes)
        snprintf(most, sizeof most, " (at most %.2f)",
                 (double)p->store_bytes / 1e6);
    if (record > 0)
        snprintf(to, size, "; %s bytes each, %.2f MB a request%s",
                 str_count(bytes, sizeof bytes, (uint64_t)(record + 0.5)),
                 record * (double)batch / 1e6, most);
    else if (p->documents > p->refused)
        snprintf(to, size, "; --dim tells their bytes");
    else
        *to = '\0';
}

static void put_upsert_bytes(const struct planned *p)
{
    char size[32];

    if (p->judge && upsert_bytes(p))
        planned_put_line("upsert bytes",
                         str_bytes(size, sizeof size, upsert_bytes(p)),
                         "to the store in all, unpacked");
    else if (p->judge)
        planned_put_line("upsert bytes", "not known", "--dim tells them");
}

/* How the floats of a vector are written, by what is known before the store is
 * asked. */
static const char *planned_floats(const struct store *s)
{
    return s->binary          ? "float32"
           : s->may_be_binary ? "float32, text"
                              : "text";
}

static void put_upserts(const struct planned *p)
{
    bool sought = upsert_batch_sought(p);
    const char *by;
    uint64_t n = upsert_batch(p, &by);
    char note[200], size[96];

    put_request_size(p, n, size, sizeof size);
    snprintf(note, sizeof note, "to the store, while documents wait for it%s",
             sought ? ", if requests stay as they begin" : "");
    planned_put_count("upsert requests", upsert_requests(p), note);
    snprintf(note, sizeof note, "records, by %s%s%s", by,
             sought ? ", to begin with" : "", size);
    planned_put_count("upsert batch", n, note);
    put_upsert_bytes(p);
    if (p->judge && p->judge->wire)
        planned_put_line("vectors", planned_floats(p->judge),
                         p->judge->wire);
    planned_put_line("ids", p->store->name,
                     p->store->ids ? p->store->ids : "stay as they are");
}

static void put_cost(const struct planned *p)
{
    char usd[40], note[96];

    if (!cost_known(p)) {
        planned_put_line("cost", "not known",
                         "--price says what a million tokens "
                         "cost");
        return;
    }
    if (p->opt->price > 0)
        snprintf(note, sizeof note, "USD, at %.10g a million tokens (--price)",
                 p->opt->price);
    else if (planned_price(p) > 0)
        snprintf(note, sizeof note, "USD, at %.10g a million tokens, the price "
                                    "of %s",
                 planned_price(p), p->embedder->priced);
    else
        snprintf(note, sizeof note, "USD: no service is paid");
    planned_put_line("cost", str_usd(usd, sizeof usd, planned_cost(p)), note);
    if (p->opt->budget > 0 && planned_cost(p) > p->opt->budget)
        planned_put_line("budget", str_usd(usd, sizeof usd, p->opt->budget),
                         "USD: a run holds when it is spent, before its end");
}

static void put_spool(const struct planned *p)
{
    char room[32];

    if (!p->spools)
        return;
    planned_put_line("spool",
                     spool_room(p) ? str_bytes(room, sizeof room, spool_room(p))
                                   : "not known",
                     spool_room(p)
                         ? "of disk beside the checkpoint at most: --spool"
                         : "--dim tells how much disk it needs at most");
}

static void planned_put_time(const struct planned *p)
{
    char note[96], text[48];

    if (planned_minutes(p) <= 0)
        return;
    if (p->endpoints > 1)
        snprintf(note, sizeof note,
                 "at least, by --rpm and --tpm of %zu endpoints",
                 p->endpoints);
    else
        snprintf(note, sizeof note, "at least, by --rpm and --tpm");
    planned_put_line(
        "time",
        str_duration(text, sizeof text, (int64_t)(planned_minutes(p) * 60000)),
        note);
}

/* --- how texts are put to the model --- */

static const char *phrase_words(const struct planned *p, enum phrase which)
{
    if (p->phrasing.by_table[which])
        return "known of the model";
    return phrase_given(p->opt, which) ? "as asked for" : NULL;
}

/* Only what is chosen or required: most models want nothing. */
static void planned_put_phrases(const struct planned *p)
{
    char name[32], shown[240], quoted[244], note[80];

    for (int i = 0; i < PHRASES; i++) {
        enum phrase which = (enum phrase)i;
        const char *words = phrase_words(p, which);

        if (!words)
            continue;
        snprintf(name, sizeof name, "%s", phrase_name(which));
        str_printable(shown, sizeof shown, text_of(p->phrasing.of[which]));
        snprintf(note, sizeof note, "%s%s%s", words,
                 p->phrasing.by_table[which] ? "; turned off by an empty --"
                                             : "",
                 p->phrasing.by_table[which] ? name : "");
        snprintf(quoted, sizeof quoted, "\"%s\"", shown);
        planned_put_line(name, quoted, note);
    }
}

/* What --dim results in, as far as we know without asking. */
static const char *dim_words(const struct planned *p)
{
    if (!p->opt->dim || !(p->embedder->ops->takes & EMBEDDER_PREFIX))
        return p->embedder->own_dim ? "cut here and scaled to length 1" : NULL;
    if (p->embedder->own_dim)
        return "cut here and scaled to length 1";
    return "by the service where it can, else cut here and scaled to length 1";
}

static bool cut_loses(const struct planned *p)
{
    const struct known_model *k = p->phrasing.known;

    return dim_words(p) && k && k->cut == KNOWN_CUT_LOSES;
}

static void put_dim(const struct planned *p)
{
    char note[200];
    const char *words = dim_words(p);

    if (!words)
        return;
    snprintf(note, sizeof note, "%s%s", words,
             cut_loses(p) ? ": this model was not made for it, quality is lost"
                          : "");
    planned_put_count("dimensions", p->opt->dim, note);
}

void planned_text(struct planned *p)
{
    char size[32];

    planned_put_count("documents", p->documents,
                      str_bytes(size, sizeof size, p->bytes));
    planned_put_count("cannot be used", p->rejected,
                      p->documents == 0 && p->rejected >= 100
                          ? "all of them: a run refuses this corpus"
                          : "each would be listed as rejected");
    planned_put_count("duplicate ids", p->duplicates,
                      "the last record of an id wins");
    put_refused(p);
    planned_put_count("longest text", p->longest_text, "bytes");
    put_oversized(p);
    planned_put_count("tokens", p->tokens, "estimated, by class of character");
    planned_put_phrases(p);
    put_dim(p);
    planned_put_requests(p);
    put_upserts(p);
    put_cost(p);
    planned_put_time(p);
    put_spool(p);
    printf("nothing was sent, nothing was paid\n");
}

/* --- as JSON --- */

static void put_cuts(struct json_writer *w, const struct cutting *c)
{
    char name[32];

    json_open(w, "requests_ended", '{');
    for (int i = 0; i < CUT_REASONS; i++) {
        snprintf(name, sizeof name, "by_%s", cutting_name((enum cut_by)i));
        json_put_u64(w, name, c->by[i]);
    }
    json_close(w, '}');
}

static void put_money(struct json_writer *w, const struct planned *p)
{
    char price[32];

    snprintf(price, sizeof price, "%.10g", planned_price(p));
    if (cost_known(p))
        json_put_real(w, "cost_usd", planned_cost(p), 8);
    else
        json_put_raw(w, "cost_usd", "null");
    json_put_raw(w, "usd_per_mtok", cost_known(p) ? price : "null");
    json_put_text(w, "priced", p->opt->price > 0 ? "--price"
                                                 : p->embedder->priced);
}

static void put_making(struct json_writer *w, const struct planned *p)
{
    json_open(w, "phrases", '{');
    for (int i = 0; i < PHRASES; i++)
        json_put_text(w, phrase_name((enum phrase)i), p->phrasing.of[i]);
    json_close(w, '}');
    json_put_text(w, "phrases_by",
                  p->phrasing.known ? p->phrasing.known->source : NULL);
    json_put_u64(w, "dim", p->opt->dim);
    json_put_bool(w, "cut_loses", cut_loses(p));
}

void planned_json(struct planned *p)
{
    const char *by;
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_u64(&w, "documents", p->documents);
    json_put_u64(&w, "rejected", p->rejected);
    json_put_u64(&w, "duplicate_ids", p->duplicates);
    json_put_u64(&w, "store_refuses", p->refused);
    json_put_text(&w, "store_refusal",
                  p->refused ? buf_cstr(&p->refusal) : NULL);
    json_put_u64(&w, "bytes", p->bytes);
    json_put_u64(&w, "text_bytes", p->text_bytes);
    json_put_u64(&w, "longest_text", p->longest_text);
    json_put_u64(&w, "oversized", p->oversized);
    json_put_text(&w, "too_long", p->embedder->ops->too_long);
    json_put_u64(&w, "tokens", p->tokens);
    put_making(&w, p);
    json_put_u64(&w, "requests", p->cut.requests);
    json_put_u64(&w, "embed_batch", p->cut.largest);
    json_put_bool(&w, "embed_batch_sought", embed_batch_sought(p));
    put_cuts(&w, &p->cut);
    json_put_u64(&w, "upsert_requests", upsert_requests(p));
    json_put_text(&w, "vectors", p->judge ? p->judge->wire : NULL);
    json_put_u64(&w, "upsert_batch", upsert_batch(p, &by));
    json_put_text(&w, "upsert_batch_by", by);
    json_put_bool(&w, "upsert_batch_sought", upsert_batch_sought(p));
    json_put_u64(&w, "upsert_bytes", upsert_bytes(p));
    json_put_u64(&w, "record_bytes", (uint64_t)(record_bytes(p) + 0.5));
    json_put_text(&w, "ids", p->store->ids);
    put_money(&w, p);
    json_put_u64(&w, "endpoints", p->endpoints);
    json_put_u64(&w, "spool_bytes", spool_room(p));
    json_put_real(&w, "minutes_at_limits", planned_minutes(p), 3);
    json_put_u64(&w, "sent", 0);
    json_end_line(&w, stdout);
}
