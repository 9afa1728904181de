/*
 * Before the first request this finds keys, endpoints, embedder and store by
 * the options, and starts the workers. A name that may be a key by mistake is
 * never shown, and a command from a job's memory is refused unless it was
 * typed.
 */
#include "config.h"
#include "engine/job/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "engine/job/judge.h"
#include "engine/job/making.h"
#include "flow/backoff.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "util/str.h"

/* Variables have such names; what is none of them may be a key. */
static bool looks_like_a_name(const char *env)
{
    return strspn(env, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(env);
}

static bool prepare_refuse_unset(const char *env, struct error *err)
{
    if (!looks_like_a_name(env))
        return error_set(err, ERROR_CONFIG, 0,
                         "the variable that should hold the key is not set "
                         "(its name is not shown, in case it is a key)");
    return error_set(err, ERROR_CONFIG, 0,
                     "the variable %s is not set: it should hold the key",
                     env);
}

/* A long word without a folder may be the key itself. */
static bool prepare_hide_key_file(const char *file, struct error *err)
{
    if (err->code != ENOENT || strchr(file, '/') || strlen(file) < 20)
        return false;
    return error_set(err, ERROR_CONFIG, ENOENT,
                     "there is no such key file (its name is not shown, in "
                     "case it is the key)");
}

/* From the file, the named variable, or the provider's usual one. */
static bool find_key(const char *file, const char *env, const char *usual,
                     char **key, struct error *err)
{
    const char *value;
    struct buf text;

    *key = NULL;
    if (*file) {
        buf_init(&text);
        if (!file_read_key(file, &text, err)) {
            buf_release(&text);
            return prepare_hide_key_file(file, err);
        }
        *key = strdup(buf_cstr(&text));
        explicit_bzero(text.data, text.cap);
        buf_release(&text);
        return true;
    }
    if (*env && !getenv(env))
        return prepare_refuse_unset(env, err);
    value = *env ? getenv(env) : usual ? getenv(usual) : NULL;
    if (value && strpbrk(value, "\r\n"))
        return error_set(err, ERROR_CONFIG, 0,
                         "the key in %s has a line end inside",
                         *env ? env : usual);
    if (value && *value)
        *key = strdup(value);
    return true;
}

/* The first of the provider's two variables that holds something. */
static const char *prepare_usual_env(const struct embedder_ops *ops)
{
    const char *value = ops->key_env ? getenv(ops->key_env) : NULL;

    if ((!value || !*value) && ops->key_env_too && getenv(ops->key_env_too))
        return ops->key_env_too;
    return ops->key_env;
}

/* Found at the start, whether or not a connection comes to need it. */
static bool check_cacert(const char *path, struct error *err)
{
    char shown[160];

    if (!*path || access(path, R_OK) == 0)
        return true;
    str_printable(shown, sizeof shown, text_of(path));
    error_errno(err, errno, "--cacert %s", shown);
    err->kind = ERROR_CONFIG;
    return false;
}

static size_t prepare_greatest(size_t a, size_t b, size_t c)
{
    size_t most = a > b ? a : b;

    return most > c ? most : c;
}

/* Of a list that is shorter than the endpoints are many, in turn. */
static const char *prepare_in_turn(const struct option_list *list, size_t i)
{
    return list->count ? list->item[i % list->count] : "";
}

static bool embed_key(const struct options *opt,
                      const struct embedder_ops *ops, size_t i, char **key,
                      struct error *err)
{
    return find_key(prepare_in_turn(&opt->embed_key_file, i),
                    prepare_in_turn(&opt->embed_key_env, i),
                    prepare_usual_env(ops), key, err);
}

static bool store_key(const struct options *opt, const struct store_ops *ops,
                      char **key, struct error *err)
{
    return find_key(opt->store_key_file, opt->store_key_env, ops->key_env,
                    key, err);
}

/* "": it is in a file, there is none, or its name may be the key itself. */
static const char *key_variable(const struct run *r, bool embeds, size_t i)
{
    const struct options *opt = r->opt;
    const char *env = embeds ? prepare_in_turn(&opt->embed_key_env, i)
                             : opt->store_key_env;

    if (*(embeds ? prepare_in_turn(&opt->embed_key_file, i)
                 : opt->store_key_file))
        return "";
    if (!*env)
        env = embeds ? prepare_usual_env(r->embed_ops) : r->store_ops->key_env;
    return env && looks_like_a_name(env) ? env : "";
}

void prepare_key_remedy(const struct worker *w, char *to, size_t size)
{
    const struct run *r = w->stage->run;
    bool sent = w->endpoint->key != NULL;
    const char *env = key_variable(
        r, w->stage == &r->embed,
        (size_t)(w->endpoint - w->stage->endpoints.at));

    if (!*env)
        snprintf(to, size, "mend the key%s",
                 r->attended ? ", then p resumes" : " and run the same line");
    else if (r->attended)
        snprintf(to, size, "quit, export %s%s, and the same line resumes", env,
                 sent ? "" : " (no key was sent)");
    else
        snprintf(to, size, "export %s%s and run the same line", env,
                 sent ? "" : " (no key was sent)");
}

void prepare_name_key(const struct run *r, bool embeds, struct error *err)
{
    const struct endpoints *e = embeds ? &r->embed.endpoints
                                       : &r->upsert.endpoints;
    const char *env = key_variable(r, embeds, 0);

    if (err->kind == ERROR_AUTH && !e->at[0].key && *env)
        error_wrap(err, "no key was sent, for %s is not set", env);
}

/* As many endpoints as there are URLs or keys. */
static bool find_endpoints(const struct options *opt,
                           const struct embedder_ops *ops,
                           struct endpoints *e, struct error *err)
{
    size_t n = prepare_greatest(opt->embed_url.count, opt->embed_key_env.count,
                                opt->embed_key_file.count);

    for (*e = (struct endpoints){ .count = 0 }; e->count < (n ? n : 1);) {
        struct endpoint *x = &e->at[e->count];

        x->url = opt->embed_url.count
                     ? prepare_in_turn(&opt->embed_url, e->count)
                     : NULL;
        if (!embed_key(opt, ops, e->count++, &x->key, err))
            return false;
    }
    return true;
}

/*
 * A command is run because somebody typed it, this time: not because a file
 * says so. The configuration file is refused by options.c; the job's ledger
 * may have come with the corpus, from anywhere.
 */
static bool check_typed(const struct options *opt, const char *option,
                        const char *value, struct error *err)
{
    char shown[120];

    if (strncmp(value, "exec:", 5) != 0 || options_given(opt, option))
        return true;
    str_printable(shown, sizeof shown, text_of(value));
    return error_set(err, ERROR_CONFIG, 0,
                     "the job runs a command, and only one that is typed is "
                     "run: add --%s '%s'",
                     option, shown);
}

bool prepare_embedder(const struct options *opt,
                      const struct embedder_ops **ops,
                      struct embedder_config *cfg, struct endpoints *e,
                      struct error *err)
{
    const char *colon = strchr(opt->embed, ':');
    size_t len = colon ? (size_t)(colon - opt->embed) : strlen(opt->embed);
    char shown[48];

    *ops = embedder_find((struct text){ opt->embed, len });
    if (!*ops) {
        str_printable(shown, sizeof shown, (struct text){ opt->embed, len });
        return error_set(err, ERROR_CONFIG, 0,
                         "--embed: there is no provider \"%s\"; "
                         "batchtop --help lists them",
                         shown);
    }
    if (!check_typed(opt, "embed", opt->embed, err))
        return false;
    if (!check_cacert(opt->cacert, err) || !find_endpoints(opt, *ops, e, err))
        return false;
    *cfg = (struct embedder_config){
        .model = colon ? colon + 1 : "",
        .url = e->at[0].url,
        .key = e->at[0].key,
        .key_env = opt->embed_key_env.count ? opt->embed_key_env.item[0]
                                            : NULL,
        .other_key_env = *opt->store_key_env ? opt->store_key_env : NULL,
        .dim = (size_t)opt->dim,
        .stop_fd = -1,
        .timeout_ms = (int64_t)opt->timeout * 1000,
        .cacert = *opt->cacert ? opt->cacert : NULL,
        .allow_cleartext = opt->allow_cleartext,
    };
    return true;
}

bool prepare_store(const struct options *opt, const char *url,
                   const struct store_ops **ops, struct store_config *cfg,
                   struct endpoints *e, struct error *err)
{
    char shown[64];

    *ops = store_find(url);
    if (!*ops) {
        str_printable(shown, sizeof shown, text_of(url));
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: there is no store for \"%s\"; "
                         "batchtop --help lists them",
                         shown);
    }
    if (!check_typed(opt, "store", opt->store, err))
        return false;
    *e = (struct endpoints){ .count = 1, .at[0].url = url };
    if (!store_key(opt, *ops, &e->at[0].key, err))
        return false;
    *cfg = (struct store_config){
        .url = url,
        .key = e->at[0].key,
        .key_env = *opt->store_key_env ? opt->store_key_env : NULL,
        .other_key_env = opt->embed_key_env.count ? opt->embed_key_env.item[0]
                                                  : NULL,
        .create = opt->create,
        .stop_fd = -1,
        .timeout_ms = (int64_t)opt->timeout * 1000,
        .cacert = *opt->cacert ? opt->cacert : NULL,
        .allow_cleartext = opt->allow_cleartext,
        .model = opt->embed,
    };
    return true;
}

/* corpus.jsonl.gz -> corpus */
static size_t prepare_stem_length(const char *path)
{
    static const char *const ends[] = { ".gz", ".zst", ".jsonl", ".ndjson",
                                        ".json" };
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t n = strlen(ends[i]);

        if (len > n && memcmp(path + len - n, ends[i], n) == 0 &&
            path[len - n - 1] != '/')
            len -= n;
    }
    return len;
}

bool prepare_store_url(const struct options *opt, char *to, size_t size,
                       struct error *err)
{
    const char *corpus = opt->corpus.count ? opt->corpus.item[0] : "-";
    int n;

    while (strncmp(corpus, "./", 2) == 0)
        corpus += 2; /* the same file, the same store */
    if (*opt->store)
        n = snprintf(to, size, "%s", opt->store);
    else if (corpus_is_stream(corpus))
        n = snprintf(to, size, "sqlite:stdin.vectors.sqlite");
    else
        n = snprintf(to, size, "sqlite:%.*s.vectors.sqlite",
                     (int)prepare_stem_length(corpus), corpus);
    return (n >= 0 && (size_t)n < size) ||
           error_set(err, ERROR_CONFIG, 0,
                     "--store: the name is longer than %zu bytes", size - 1);
}

bool prepare_embed_error(const struct options *opt, struct error *err)
{
    char shown[64];

    str_printable(shown, sizeof shown, text_of(opt->embed));
    return error_wrap(err, "--embed %s", shown);
}

bool prepare_keys(struct worker *w)
{
    struct run *r = w->stage->run;
    uint64_t epoch = counted(&w->stage->key_epoch);
    bool embeds = w->stage == &r->embed, fine;
    size_t i = (size_t)(w->endpoint - w->stage->endpoints.at);
    char *key = NULL;
    struct error err;

    if (w->key_epoch == epoch)
        return true;
    fine = embeds ? embed_key(r->opt, r->embed_ops, i, &key, &err)
                  : store_key(r->opt, r->store_ops, &key, &err);
    if (fine) {
        prepare_close(w);
        fine = prepare_open(w, key, &err);
    }
    endpoint_wipe(key);
    if (fine)
        w->key_epoch = epoch;
    else
        control_hold(r->control, w->stage->hold_cause, err.text,
                     r->attended ? "mend it, then p resumes"
                                 : "mend it and run the same line");
    return fine;
}

static bool start_worker(struct worker *w, bool embeds, struct error *err)
{
    char name[16];

    if (!w->embedder && !w->store &&
        !prepare_open(w, w->endpoint->key, err))
        return false;
    snprintf(name, sizeof name, "bt-%c%zu", embeds ? 'e' : 'u', w->index + 1);
    w->started = thread_start(&w->thread, name,
                              embeds ? embedder_main : upserter_main, w, err);
    return w->started;
}

/* Start the first `most` of those wanted that are not there yet. False: the
 * run has failed, or there is no room for more. */
static bool prepare_start_workers(struct run *r, struct worker *team,
                                  struct stage *stage, size_t most)
{
    size_t wanted = (size_t)counted(&stage->wanted_workers);

    for (size_t i = 0; i < wanted && i < most; i++) {
        struct error err;

        if (team[i].started ||
            start_worker(&team[i], stage == &r->embed, &err))
            continue;
        if (i == 0) {
            run_fail(r, &err);
            return false;
        }
        faults_say(r->faults, "no more than %zu %s worker%s: %s", i,
                   stage->name, i == 1 ? "" : "s", err.text);
        atomic_store(&stage->wanted_workers, i);
        return false;
    }
    return true;
}

/* One of each before the second of any: a run needs both. */
void prepare_staff(struct run *r)
{
    if (prepare_start_workers(r, r->embedder, &r->embed, 1) &&
        prepare_start_workers(r, r->upserter, &r->upsert, 1)) {
        prepare_start_workers(r, r->embedder, &r->embed, SIZE_MAX);
        prepare_start_workers(r, r->upserter, &r->upsert, SIZE_MAX);
    }
}
