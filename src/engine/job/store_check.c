/* This file has first the questions, then the meaning of an answer, then the
 * moments of asking: before the run begins, once the store can be reached, and
 * when all is done. */
#include "config.h"
#include "engine/job/store_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/job/id_lookup.h"
#include "util/str.h"

enum {
    SAMPLE = 200,         /* ids that are asked for */
    SAMPLE_REMOTE = 5000, /* ids to ask when a count is below the ledger's */
    SAMPLE_FILE = 200000,
    COUNT_MAX = 1000000,  /* documents that we ask a server to count */
    TIMEOUT_MS = 10000,   /* for an answer, before a screen appears */
    LABEL = 64
};

/* Trust the store up to this row of `done`: --accept-store. */
static const char accepted_key[] = "store.accepted";
/* How many of them it had lost by then. */
static const char lost_key[] = "store.lost";

struct asking {
    struct store *store;
    struct id_lookup ids;
    uint64_t done, held; /* documents: in the ledger, in the store */
    bool counted;        /* `held` is known */
};

/* A file answers at once, and has what was written to it. */
static bool is_file(const struct store_ops *ops)
{
    return !ops->remote && ops->count;
}

/* --- one look ------------------------------------------------------------- */

static bool ask_nothing(void *arg, struct text id)
{
    (void)arg;
    (void)id;
    return false;
}

/* Ask for some ids of the rows behind `row`, and count the documents there. */
static bool ask_ids(struct asking *a, struct ledger_view *v, int64_t row,
                    uint64_t n, struct error *err)
{
    bool can = a->store->ops->lookup != NULL;
    int64_t last;

    id_lookup_clear(&a->ids);
    return ledger_view_sample(v, row, n, &a->done, &last,
                              can ? id_lookup_add : ask_nothing, &a->ids,
                              err) &&
           (!can || id_lookup_end(&a->ids, err));
}

/* A server may have to scan a large table to count it, which takes too long:
 * then its ids alone must suffice. */
static bool ask_count(struct asking *a, struct error *err)
{
    const struct store_ops *ops = a->store->ops;
    bool ids_do = !is_file(ops) && ops->lookup;
    struct error why;

    a->counted = ops->count && (!ids_do || a->done <= COUNT_MAX) &&
                 ops->count(a->store, &a->held, &why);
    if (a->counted || ids_do || !ops->count)
        return true;
    *err = why;
    return false;
}

static bool store_check_count_lost(struct asking *a, struct ledger_view *v,
                                   int64_t row, struct error *err)
{
    uint64_t more = is_file(a->store->ops) ? SAMPLE_FILE : SAMPLE_REMOTE;

    if (!ask_ids(a, v, row, SAMPLE, err) || !ask_count(a, err))
        return false;
    return !a->counted || a->held >= a->done || a->ids.missing ||
           a->done <= SAMPLE || ask_ids(a, v, row, more, err);
}

/* A store may show only later what it stored a moment ago. */
static bool store_check_count_lost_patiently(struct run *r, struct asking *a,
                                             struct ledger_view *v, int64_t row,
                                             struct error *err)
{
    bool fine = store_check_count_lost(a, v, row, err);

    for (int64_t wait_ms = 1000;
         fine && a->ids.missing && a->store->ops->remote && wait_ms <= 4000 &&
         control_sleep(r->control, wait_ms);
         wait_ms *= 2)
        fine = store_check_count_lost(a, v, row, err);
    return fine;
}

/* --- verdicts ------------------------------------------------------------- */

/* Judge a store without lookup by its count, if it has one. */
static bool store_check_store_has_lost(const struct asking *a)
{
    return a->ids.missing > 0 ||
           (a->ids.asked == 0 && a->counted && a->held < a->done);
}

/* Nothing of it is there. */
static enum store_check store_check_say_all_lost(struct run *r, uint64_t done,
                                                 int code, struct error *err)
{
    bool gone = code != EUCLEAN;
    char label[LABEL], n[32];

    r->store_lost = done;
    store_label(r->store_url, label, sizeof label);
    error_set(err, ERROR_FOREIGN, code,
              "%s is %s (0 documents, the checkpoint has %s in it): %s "
              "--new-job embeds all again%s",
              label, gone ? "not there" : "damaged",
              str_count(n, sizeof n, done),
              gone ? "put it back;" : "restore a copy, or move it away and",
              gone ? ", --accept-store goes on without" : "");
    return STORE_REFUSED;
}

static enum store_check
store_check_say_lost(struct run *r, const struct asking *a, struct error *err)
{
    char label[LABEL], held[48] = "", n[32], done[32], asked[32];

    r->store_lost = a->counted && a->held < a->done ? a->done - a->held
                                                    : a->ids.missing;
    store_label(r->store_url, label, sizeof label);
    if (a->counted)
        snprintf(held, sizeof held, "it has %s documents, ",
                 str_count(n, sizeof n, a->held));
    error_set(err, ERROR_FOREIGN, 0,
              "%s lacks %s of %s ids asked for (%sthe checkpoint %s): put it "
              "back; --new-job embeds all again, --accept-store goes on "
              "without",
              label, str_count(n, sizeof n, a->ids.missing),
              str_count(asked, sizeof asked, a->ids.asked), held,
              str_count(done, sizeof done, a->done));
    return STORE_REFUSED;
}

static bool store_check_is_absent(const struct error *err)
{
    return err->kind == ERROR_CONFIG &&
           (err->code == 404 || err->code == ENOENT);
}

static bool store_check_error_passes(const struct error *err)
{
    enum error_course course = error_course(err->kind);

    return course == COURSE_WAIT || course == COURSE_RETRY;
}

static enum store_check store_check_unreached(struct run *r, uint64_t done,
                                              struct error *err)
{
    if (store_check_is_absent(err))
        return store_check_say_all_lost(r, done, ENOENT, err);
    if (err->code == EUCLEAN)
        return store_check_say_all_lost(r, done, EUCLEAN, err);
    error_wrap(err, "--store");
    if (err->kind == ERROR_CONFIG && err->code == ENOTSUP)
        return STORE_UNASKED;
    return store_check_error_passes(err) ? STORE_ASKED_LATER : STORE_REFUSED;
}

/* It answered. A key may allow writing but not reading: then we learn nothing.
 * A file that we cannot read is damaged. */
static enum store_check store_check_unanswered(struct run *r, uint64_t done,
                                               struct error *err)
{
    if (err->code == EUCLEAN)
        return store_check_say_all_lost(r, done, EUCLEAN, err);
    if (store_check_error_passes(err))
        return STORE_ASKED_LATER;
    return is_file(r->store_ops) && err->code != ENOTSUP ? STORE_REFUSED
                                                         : STORE_UNASKED;
}

/* --- the question --------------------------------------------------------- */

static struct store *store_check_open_store(struct run *r, struct error *err)
{
    struct store_config cfg = r->store_config;
    bool early = !r->store_unasked;
    struct store *s;

    cfg.read_only = true;
    cfg.model = NULL;
    if (early && (cfg.timeout_ms > TIMEOUT_MS || cfg.timeout_ms == 0))
        cfg.timeout_ms = TIMEOUT_MS;
    s = r->store_ops->open(r->store_ops, &cfg, err);
    if (s && s->ops->preflight && !s->ops->preflight(s, err)) {
        s->ops->close(s);
        s = NULL;
    }
    return s;
}

static enum store_check store_check_ask_store(struct run *r,
                                              struct ledger_view *v,
                                              int64_t row, uint64_t done,
                                              struct error *err)
{
    struct asking a = { .store = store_check_open_store(r, err) };
    enum store_check verdict = STORE_HAS_ALL;

    if (!a.store)
        return store_check_unreached(r, done, err);
    a.ids.store = a.store;
    if (!store_check_count_lost_patiently(r, &a, v, row, err))
        verdict = store_check_unanswered(r, done, err);
    else if (store_check_store_has_lost(&a))
        verdict = store_check_say_lost(r, &a, err);
    a.store->ops->close(a.store);
    id_lookup_release(&a.ids);
    return verdict;
}

/* 0: the ledger does not have it. */
static uint64_t store_check_read_number(struct ledger_view *v, const char *key)
{
    char *text = ledger_view_get(v, key);
    uint64_t n;

    if (!text || !str_parse_u64(text, &n) || n > INT64_MAX)
        n = 0;
    free(text);
    return n;
}

enum store_check store_check_ask(struct run *r, const char *ledger,
                                 struct error *err)
{
    struct ledger_view *v;
    enum store_check verdict = STORE_HAS_ALL;
    uint64_t done;
    int64_t row, last;

    r->store_lost = 0;
    v = ledger_view_open(ledger, err);
    if (!v)
        return STORE_REFUSED;
    row = (int64_t)store_check_read_number(v, accepted_key);
    if (!ledger_view_sample(v, row, 0, &done, &last, ask_nothing, NULL, err))
        verdict = STORE_REFUSED;
    else if (done > 0)
        verdict = store_check_ask_store(r, v, row, done, err);
    ledger_view_close(v);
    return verdict;
}

/* --- when it is asked ----------------------------------------------------- */

/* False: the run cannot begin; true and *later: not reachable yet. */
static bool store_check_lets_run_begin(struct run *r, enum store_check verdict,
                                       bool *later, const struct error *err)
{
    *later = verdict == STORE_ASKED_LATER;
    if (verdict == STORE_UNASKED && err->code != ENOTSUP)
        notices_add(r->notices,
                    "whether the store still has what is done could not be "
                    "asked: %s",
                    err->text);
    return verdict != STORE_REFUSED;
}

/* --accept-store: whatever the store answers. */
static void store_check_report_accepted(struct run *r)
{
    struct error ignored;
    char n[32];

    store_check_ask(r, r->ledger_path, &ignored);
    if (r->store_lost)
        notices_add(r->notices,
                    "the store lost %s of the documents that are done, which "
                    "is accepted",
                    str_count(n, sizeof n, r->store_lost));
}

bool store_check_early(struct run *r, struct error *err)
{
    struct error why = { 0 };
    enum store_check verdict;

    if (r->opt->accept_store) {
        store_check_report_accepted(r);
        return true;
    }
    verdict = store_check_ask(r, r->ledger_path, &why);
    if (store_check_lets_run_begin(r, verdict, &r->store_unasked, &why))
        return true;
    *err = why;
    return false;
}

static bool store_check_ask_again(struct run *r, struct error *err)
{
    struct error why = { 0 };
    enum store_check verdict = store_check_ask(r, r->ledger_path, &why);
    bool later;

    if (store_check_lets_run_begin(r, verdict, &later, &why) && !later)
        return true;
    *err = why;
    return false;
}

bool store_check_late(struct run *r, struct error *err)
{
    if (!r->store_unasked || !run_ask_patiently(r, store_check_ask_again, err))
        return !r->store_unasked;
    r->store_unasked = false;
    return true;
}

bool store_check_at_end(struct run *r, struct error *err)
{
    struct store *writer = r->upserter[0].store;

    if (r->store_ops->intact)
        return !writer || r->store_ops->intact(writer, err) ||
               error_wrap(err, "the store changed under the run");
    if (!is_file(r->store_ops) ||
        store_check_ask(r, r->ledger_path, err) == STORE_HAS_ALL ||
        err->code == ENOTSUP)
        return true;
    if (err->kind != ERROR_FOREIGN) {
        notices_add(r->notices,
                    "all is done, but the store could not be asked "
                    "once more whether it has it all: %s",
                    err->text);
        return true;
    }
    err->kind = ERROR_LOCAL;
    return error_wrap(err, "the store changed under the run");
}

uint64_t store_check_accepted_as_lost(const char *ledger)
{
    struct error ignored;
    struct ledger_view *v = ledger_view_open(ledger, &ignored);
    uint64_t lost = v ? store_check_read_number(v, lost_key) : 0;

    ledger_view_close(v);
    return lost;
}

/* Add to those that were lost before. */
static bool store_check_write_lost(struct run *r, uint64_t before,
                                   struct error *err)
{
    char text[24];

    snprintf(text, sizeof text, "%llu",
             (unsigned long long)(before + r->store_lost));
    return !r->store_lost || ledger_set(r->ledger, lost_key, text, err);
}

bool store_check_accept(struct run *r, struct error *err)
{
    struct ledger_view *v = ledger_view_open(r->ledger_path, err);
    char text[24];
    uint64_t done;
    int64_t last;
    bool fine;

    fine = v &&
           ledger_view_sample(v, 0, 0, &done, &last, ask_nothing, NULL, err);
    ledger_view_close(v);
    snprintf(text, sizeof text, "%lld", (long long)(fine ? last : 0));
    return fine && ledger_set(r->ledger, accepted_key, text, err) &&
           store_check_write_lost(
               r, store_check_accepted_as_lost(r->ledger_path), err);
}
