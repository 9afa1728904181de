/* batchtop search: find the nearest documents, to check the result. */
#include "config.h"
#include "host/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/asks.h"
#include "engine/job/providers.h"
#include "host/job_place.h"
#include "util/floats.h"
#include "util/json.h"
#include "util/str.h"

enum { TEXT_SHOWN = 100 };

struct search {
    const struct embedder_ops *embed_ops;
    struct embedder *embedder;
    struct store *store;
    struct endpoints embed_at, store_at;
    char url[512], label[96]; /* of the store */
    struct stored_identity kept; /* of its vectors */
    struct phrasing phrasing;
    bool takes_kept_dim; /* the embedder, from `kept` */
    float *query;
    struct store_hit *hits;
    size_t hit_count, room;
};

static void search_close(struct search *s)
{
    if (s->embedder)
        s->embedder->ops->close(s->embedder);
    if (s->store)
        s->store->ops->close(s->store);
    for (size_t i = 0; i < s->room && s->hits; i++) {
        buf_release(&s->hits[i].id);
        buf_release(&s->hits[i].text);
    }
    stored_identity_release(&s->kept);
    phrasing_release(&s->phrasing);
    free(s->hits);
    free(s->query);
    endpoints_release(&s->embed_at);
    endpoints_release(&s->store_at);
}

/* Open the store before the query is embedded: it knows how. */
static bool search_open_store(struct search *s, struct options *opt,
                              const char *ledger, struct error *err)
{
    const struct store_ops *ops;
    struct store_config cfg;

    if (!providers_store_url(opt, s->url, sizeof s->url, err) ||
        !providers_store(opt, s->url, &ops, &cfg, &s->store_at, err))
        return false;
    store_label(s->url, s->label, sizeof s->label);
    cfg.read_only = true;
    cfg.model = NULL; /* compared below with what the store keeps */
    if (!ops->search)
        return error_set(err, ERROR_CONFIG, 0, "%s cannot be searched",
                         s->label);
    s->store = ops->open(ops, &cfg, err);
    if (!s->store && err->code == ENOENT && ledger)
        error_wrap(err, "the store of the job is gone, the corpus again with "
                        "--new-job fills it");
    if (!s->store || (ops->preflight && !ops->preflight(s->store, err)))
        return error_wrap(err, "--store %s", s->label);
    return asks_find(&s->kept, s->store, s->url, ledger, opt, err) &&
           asks_fill_options(opt, &s->kept, s->label, err);
}

/* Nothing answers at the provider's usual address: it may have another. */
static bool search_embed_error(const struct options *opt, struct error *err)
{
    if (err->kind == ERROR_NETWORK && opt->embed_url.count == 0)
        error_wrap(err, "give --embed-url if it is not at its usual address");
    return providers_embed_error(opt, err);
}

static bool search_ask_dim(struct search *s, const struct options *opt,
                           struct error *err)
{
    return !s->embed_ops->preflight ||
           s->embed_ops->preflight(s->embedder, err) ||
           search_embed_error(opt, err);
}

/* Who goes by the network need not be asked for a length that is kept with the
 * vectors: the query alone is sent. */
static bool search_open_embedder(struct search *s, const struct options *opt,
                                 struct error *err)
{
    struct embedder_config cfg;
    const char *files;

    if (!providers_embedder(opt, &s->embed_ops, &cfg, &s->embed_at, err) ||
        !asks_phrasing(&s->phrasing, opt, s->embed_ops, &s->kept, s->label,
                       err))
        return false;
    phrasing_apply(&s->phrasing, true, &cfg);
    cfg.own_dim = cfg.dim == s->kept.dim ? s->kept.own_dim : 0;
    s->embedder = s->embed_ops->open(&cfg, err);
    if (!s->embedder)
        return search_embed_error(opt, err);
    s->takes_kept_dim = s->embed_ops->remote && s->embedder->dim == 0 &&
                        s->kept.dim;
    if (s->takes_kept_dim)
        s->embedder->dim = s->kept.dim;
    if (!search_ask_dim(s, opt, err))
        return false;
    files = s->embedder->identity;
    return !files || !s->kept.files || strcmp(files, s->kept.files) == 0 ||
           error_set(err, ERROR_CONFIG, 0,
                     "the files of --embed %s are not those that the vectors "
                     "in %s were made with",
                     opt->embed, s->label);
}

static bool search_ask_model(struct search *s, const struct options *opt,
                             const char *query, struct error *err)
{
    struct embed_input in = { .text = text_of(query) };
    struct embed_usage use;
    size_t dim = s->embedder->dim;

    if (s->store->dim && s->store->dim != dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s holds vectors of %zu dimensions, the query's of "
                         "--embed %s has %zu: name the embedder that filled it "
                         "(--embed, --dim)",
                         s->label, s->store->dim, opt->embed, dim);
    free(s->query);
    s->query = calloc(dim, sizeof *s->query);
    if (!s->query)
        return error_memory(err, "for the query");
    return s->embed_ops->embed(s->embedder, &in, 1, s->query, &use, err) ||
           search_embed_error(opt, err);
}

/* A server that refuses the query as it is, or gives another length, is asked
 * again as a run asks: it may take less, or the reason is plainer. */
static bool search_ask_anew(struct search *s, const struct options *opt,
                            const char *query, struct error *err)
{
    if (!s->takes_kept_dim ||
        (err->kind != ERROR_REFUSED && err->kind != ERROR_CONFIG))
        return false;
    s->embedder->dim = 0;
    return search_ask_dim(s, opt, err) && search_ask_model(s, opt, query, err);
}

static bool embed_query(struct search *s, const struct options *opt,
                        const char *query, struct error *err)
{
    if (!search_open_embedder(s, opt, err) ||
        (!search_ask_model(s, opt, query, err) &&
         !search_ask_anew(s, opt, query, err)))
        return false;
    s->store->dim = s->embedder->dim;
    if (!float_usable(s->query, s->store->dim))
        return error_set(err, ERROR_VECTOR, 0,
                         "the query has no usable vector: other words?");
    return true;
}

static bool search_ask_store(struct search *s, const struct options *opt,
                             struct error *err)
{
    s->room = (size_t)opt->k;
    s->hits = calloc(s->room, sizeof *s->hits);
    if (!s->hits)
        return error_memory(err, "for the answer");
    return s->store->ops->search(s->store, s->query, s->room, s->hits,
                                 &s->hit_count, err);
}

static void put_hit(struct store_hit *hit, bool json)
{
    char id[96], text[TEXT_SHOWN + 1], score[FLOAT_TEXT_MAX + 1];
    struct buf b;

    if (!json) {
        str_printable(id, sizeof id, (struct text){ hit->id.data,
                                                    hit->id.len });
        str_printable(text, sizeof text,
                      (struct text){ hit->text.data, hit->text.len });
        printf("%6.4f  %-16s  %s\n", hit->score, id, text);
        return;
    }
    *float_put(score, (float)hit->score) = '\0';
    buf_init(&b);
    buf_puts(&b, "{\"id\":");
    json_put_shown(&b, (struct text){ hit->id.data, hit->id.len });
    buf_printf(&b, ",\"score\":%s,\"text\":", score);
    json_put_shown(&b, (struct text){ hit->text.data, hit->text.len });
    buf_puts(&b, "}\n");
    fputs(buf_cstr(&b), stdout);
    buf_release(&b);
}

/* The last operand is the query if there are two, or if --job or --store say
 * where to search; the first may name a job. */
static char *take_query(struct options *opt)
{
    return opt->corpus.count ? opt->corpus.item[--opt->corpus.count] : NULL;
}

/* One word alone may be the job, and the query be forgotten. */
static bool search_lacks_query(const struct options *opt, const char *query,
                               struct error *err)
{
    struct options named = { .checkpoint_dir = opt->checkpoint_dir,
                             .job = (char *)"" };
    char shown[96];

    str_printable(shown, sizeof shown, text_of(query));
    if (opt->corpus.count || *opt->job || *opt->store)
        return false;
    if (access(query, F_OK) != 0 && !job_place_exists(&named, query))
        return false;
    return !error_set(err, ERROR_CONFIG, 0,
                      "\"%s\" names a job or a corpus, and there is no query: "
                      "batchtop search %s \"QUERY\" (with --job JOB it is "
                      "the query)",
                      shown, shown);
}

int cmd_search(struct options *opt)
{
    struct search s = { .query = NULL };
    char *query = take_query(opt);
    char path[1200];
    struct error err;
    bool fine, by_job;

    if (!query || !*query) {
        free(query);
        error_set(&err, ERROR_CONFIG, 0,
                  "search wants a query: batchtop search [JOB] \"QUERY\"");
        return cmd_error(&err);
    }
    if (search_lacks_query(opt, query, &err)) {
        free(query);
        return cmd_error(&err);
    }
    by_job = !*opt->store;
    fine = (!by_job || cmd_find_job(opt, path, sizeof path, &err)) &&
           search_open_store(&s, opt, by_job ? path : NULL, &err) &&
           embed_query(&s, opt, query, &err) && search_ask_store(&s, opt, &err);
    for (size_t i = 0; fine && i < s.hit_count; i++)
        put_hit(&s.hits[i], opt->json);
    search_close(&s);
    free(query);
    return fine ? EXIT_STORED : cmd_error(&err);
}
