/* batchtop jobs, batchtop status: show what the checkpoints know. */
#include "config.h"
#include "host/cmd.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "api/snapshot.h"
#include "cmd/learned.h"
#include "core/former.h"
#include "core/phrasing.h"
#include "host/job_folder.h"
#include "host/job_place.h"
#include "host/state_folder.h"
#include "ledger/ledger.h"
#include "sys/clock.h"
#include "util/json_write.h"
#include "util/str.h"

enum { KINDS = SNAPSHOT_KINDS };

struct job_facts {
    struct ledger_totals totals;
    struct ledger_kind kinds[KINDS];
    size_t kind_count;
    uint64_t failed, rejected;
    char *store, *embed, *dim, *updated, *folder;
    char corpus[JOB_FOLDER_PATH]; /* the first file; "" */
    struct learned learned[2]; /* embed, upsert */
    char *phrase[PHRASES];
    uint64_t spool;   /* bytes of the spool; 0: there is none */
    bool complete, finished;
};

static const char *const stages[] = { "embed", "upsert" };

static void facts_release(struct job_facts *f)
{
    free(f->store);
    free(f->embed);
    free(f->dim);
    free(f->updated);
    free(f->folder);
    for (int i = 0; i < PHRASES; i++)
        free(f->phrase[i]);
}

/* JOB.spool beside JOB.ledger. */
static uint64_t spool_size(const char *ledger)
{
    size_t stem = strlen(ledger) - strlen("ledger");
    char path[1200];
    struct stat st;

    snprintf(path, sizeof path, "%.*sspool", (int)stem, ledger);
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size
                                                        : 0;
}

static void facts_read_learned(struct ledger_view *v, const char *stage,
                               struct learned *l)
{
    char key[32], *ceiling, *knee, *wire;

    snprintf(key, sizeof key, "ceiling.%s", stage);
    ceiling = ledger_view_get(v, key);
    snprintf(key, sizeof key, "knee.%s", stage);
    knee = ledger_view_get(v, key);
    snprintf(key, sizeof key, "wire.%s", stage);
    wire = ledger_view_get(v, key);
    learned_read(l, ceiling, knee, wire);
    free(ceiling);
    free(knee);
    free(wire);
}

static bool facts_read(const char *path, struct job_facts *f,
                       struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    bool fine;

    *f = (struct job_facts){ .complete = false };
    if (!v)
        return false;
    fine = ledger_view_totals(v, &f->totals, err) &&
           ledger_view_complete(v, &f->complete, err) &&
           ledger_view_finished(v, &f->finished, err) &&
           ledger_view_kinds(v, f->kinds, KINDS, &f->kind_count, err);
    for (size_t i = 0; i < f->kind_count; i++)
        *(f->kinds[i].cause.rejected ? &f->rejected : &f->failed) +=
            f->kinds[i].count;
    f->store = ledger_view_get(v, "identity.store");
    f->embed = former_embed(v);
    f->dim = ledger_view_get(v, "dim");
    f->updated = ledger_view_get(v, "ledger.updated");
    f->folder = ledger_view_get(v, "folder");
    job_folder_corpus(v, f->corpus, NULL);
    for (size_t i = 0; i < 2; i++)
        facts_read_learned(v, stages[i], &f->learned[i]);
    for (int i = 0; i < PHRASES; i++) {
        char key[48];

        snprintf(key, sizeof key, "identity.%s", phrase_name((enum phrase)i));
        f->phrase[i] = ledger_view_get(v, key);
    }
    f->spool = spool_size(path);
    ledger_view_close(v);
    return fine;
}

static const char *jobs_state_word(const struct ledger_entry *e,
                                   const struct job_facts *f)
{
    if (e->locked)
        return "running";
    if (e->archived)
        return f->finished ? "finished" : "put aside";
    return f->complete ? "failures owed" : "resumable";
}

/* Printable, with ~ for the home folder. */
static const char *jobs_corpus(const struct job_facts *f,
                               char to[JOB_FOLDER_PATH])
{
    const char *home = getenv("HOME");
    size_t n = home ? strlen(home) : 0;
    bool within = n > 1 && strncmp(f->corpus, home, n) == 0 &&
                  f->corpus[n] == '/';

    to[0] = '~';
    str_printable(to + within, JOB_FOLDER_PATH - 1,
                  text_of(f->corpus + (within ? n : 0)));
    return to;
}

struct listing {
    size_t count;
    bool json;
};

static void put_job_json(const struct ledger_entry *e,
                         const struct job_facts *f)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_text(&w, "job", e->job);
    json_put_text(&w, "state", jobs_state_word(e, f));
    json_put_u64(&w, "stored", f->totals.stored);
    json_put_u64(&w, "failed", f->failed);
    json_put_u64(&w, "rejected", f->rejected);
    json_put_text(&w, "store", f->store ? f->store : "");
    json_put_text(&w, "corpus", f->corpus);
    json_put_text(&w, "folder", f->folder ? f->folder : "");
    json_put_text(&w, "ledger", e->path);
    json_end_line(&w, stdout);
}

static bool list_job(void *arg, const struct ledger_entry *e)
{
    struct listing *list = arg;
    struct job_facts f;
    struct error err;
    char stored[32], failed[32], rejected[32], shown[JOB_FOLDER_PATH];

    if (!facts_read(e->path, &f, &err)) {
        printf("%-24.24s  %s\n", e->job, err.text);
        facts_release(&f);
        return true;
    }
    if (list->json) {
        put_job_json(e, &f);
    } else {
        if (list->count++ == 0)
            printf("%-24s  %-13s  %12s  %9s  %9s  %-32s  %s\n", "job",
                   "state", "stored", "failed", "rejected", "store", "corpus");
        printf("%-24.24s  %-13s  %12s  %9s  %9s  %-32s  %s\n", e->job,
               jobs_state_word(e, &f),
               str_count(stored, sizeof stored, f.totals.stored),
               str_count(failed, sizeof failed, f.failed),
               str_count(rejected, sizeof rejected, f.rejected),
               f.store ? f.store : "", jobs_corpus(&f, shown));
    }
    facts_release(&f);
    return true;
}

int cmd_jobs(struct options *opt)
{
    struct listing list = { .json = opt->json };
    struct state_folders folders;
    struct error err;

    if (!job_place_each(opt, list_job, &list, &err))
        return cmd_error(&err);
    if (list.count == 0 && !opt->json) {
        state_folders_find(opt, &folders);
        printf("no jobs in %s: batchtop CORPUS begins one\n", folders.dir[folders.count - 1]);
    }
    return EXIT_STORED;
}

/* The words before a text and the members with it, if there are any. */
static void jobs_put_phrases(const struct job_facts *f)
{
    char shown[160];

    for (int i = 0; i < PHRASES; i++) {
        if (!f->phrase[i] || !*f->phrase[i])
            continue;
        str_printable(shown, sizeof shown, text_of(f->phrase[i]));
        printf("%-11s \"%s\"\n", phrase_name((enum phrase)i), shown);
    }
}

/* When the checkpoint was last written; NULL: not known. */
static const char *jobs_when(const struct job_facts *f, char *to, size_t size)
{
    uint64_t wall_s;

    return f->updated && str_parse_u64(f->updated, &wall_s)
               ? clock_iso8601(to, size, (int64_t)wall_s)
               : NULL;
}

static void put_status(const char *job, struct job_facts *f)
{
    char n[32], when[24], took[32], shown[JOB_FOLDER_PATH];
    const char *updated = jobs_when(f, when, sizeof when);

    printf("job         %s\n", job);
    if (*f->corpus)
        printf("of          %s\n", jobs_corpus(f, shown));
    if (f->folder)
        printf("works in    %s\n", f->folder);
    printf("embedder    %s%s%s\n", f->embed ? f->embed : "-",
           f->dim ? ", dimension " : "", f->dim ? f->dim : "");
    jobs_put_phrases(f);
    printf("store       %s\n", f->store ? f->store : "-");
    printf("stored      %s\n", str_count(n, sizeof n, f->totals.stored));
    printf("failed      %s\n", str_count(n, sizeof n, f->failed));
    printf("rejected    %s\n", str_count(n, sizeof n, f->rejected));
    printf("tokens      %s\n", str_count(n, sizeof n, f->totals.tokens));
    printf("requests    %s\n", str_count(n, sizeof n, f->totals.requests));
    printf("worked      %s\n",
           str_duration_whole(took, sizeof took,
                              (int64_t)f->totals.elapsed_ms));
    printf("checkpoint  %s\n", updated ? updated : "-");
    printf("corpus      %s\n", f->complete ? "read to its end"
                                           : "not read to its end yet");
    if (f->spool)
        printf("spool       %s of answers that are paid for and not stored "
               "yet\n",
               str_bytes(n, sizeof n, f->spool));
    for (size_t i = 0; i < 2; i++)
        learned_put(stdout, stages[i], &f->learned[i]);
    for (size_t i = 0; i < f->kind_count; i++) {
        const struct failure_cause *c = &f->kinds[i].cause;

        printf("  %8s  %s %s%.0d%s%s: %s\n",
               str_count(n, sizeof n, f->kinds[i].count), c->stage,
               c->rejected ? "rejected " : "", c->code, c->code ? " " : "",
               error_label(c->kind), f->kinds[i].sample);
    }
}

static void put_kinds_json(struct json_writer *w, const struct job_facts *f)
{
    json_open(w, "kinds", '[');
    for (size_t i = 0; i < f->kind_count; i++) {
        const struct ledger_kind *k = &f->kinds[i];

        json_open(w, NULL, '{');
        json_put_text(w, "stage", k->cause.stage);
        json_put_text(w, "kind", error_word(k->cause.kind));
        json_put_i64(w, "code", k->cause.code);
        json_put_u64(w, "count", k->count);
        json_put_text(w, "message", k->sample);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_status_json(const char *job, struct job_facts *f)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };
    char when[24];

    json_open(&w, NULL, '{');
    json_put_text(&w, "job", job);
    json_put_text(&w, "embed", f->embed ? f->embed : "");
    json_put_raw(&w, "dim", f->dim ? f->dim : "null");
    json_put_text(&w, "store", f->store ? f->store : "");
    json_put_text(&w, "corpus", f->corpus);
    json_put_text(&w, "folder", f->folder ? f->folder : "");
    json_put_u64(&w, "stored", f->totals.stored);
    json_put_u64(&w, "failed", f->failed);
    json_put_u64(&w, "rejected", f->rejected);
    json_put_u64(&w, "tokens", f->totals.tokens);
    json_put_u64(&w, "requests", f->totals.requests);
    json_put_real(&w, "elapsed_s", (double)f->totals.elapsed_ms / 1000, 3);
    json_put_text(&w, "updated", jobs_when(f, when, sizeof when));
    json_put_bool(&w, "complete", f->complete);
    json_put_u64(&w, "spool_bytes", f->spool);
    for (int i = 0; i < PHRASES; i++)
        json_put_text(&w, phrase_name((enum phrase)i),
                      f->phrase[i] ? f->phrase[i] : "");
    json_open(&w, "learned", '{');
    for (size_t i = 0; i < 2; i++)
        learned_put_json(&w, stages[i], &f->learned[i]);
    json_close(&w, '}');
    put_kinds_json(&w, f);
    json_end_line(&w, stdout);
}

int cmd_status(struct options *opt)
{
    char path[1200];
    struct job_facts f;
    struct error err;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    if (!facts_read(path, &f, &err)) {
        facts_release(&f);
        return cmd_error(&err);
    }
    if (opt->json)
        put_status_json(opt->job, &f);
    else
        put_status(opt->job, &f);
    facts_release(&f);
    return f.failed + f.rejected ? EXIT_SOME_FAILED : EXIT_STORED;
}
