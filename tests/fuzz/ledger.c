/*
 * A ledger file, as a crash, a bad disk or somebody else left it: opened,
 * salvaged or refused with words; what was opened can be read, written and
 * opened again, and forgets nothing then.
 */
#include "config.h"
#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"

enum { KINDS = 8, SOURCES_READ = 8, SAMPLE = 5, POS = 12345 };

static int nowhere = -1;

static struct ledger *open_job(const char *dir, enum ledger_state *state)
{
    struct error err = { .text = "" };
    struct ledger *l = ledger_open(dir, "job", state, &err);

    if (!l)
        fuzz_claim_said(&err);
    return l;
}

/* --- looking -------------------------------------------------------------- */

static bool see_id(void *arg, struct text id)
{
    *(size_t *)arg += id.len;
    return true;
}

static bool see_failure(void *arg, const struct failure *f)
{
    *(size_t *)arg += f->id.len + strlen(f->message) + strlen(f->cause.stage);
    return true;
}

/* Whatever is damaged is told in words, or left out. */
static void said(bool fine, struct error *err)
{
    if (!fine)
        fuzz_claim_said(err);
    err->text[0] = '\0';
}

static void look(const char *path)
{
    struct ledger_kind kinds[KINDS];
    struct ledger_totals totals;
    struct error err = { .text = "" };
    struct ledger_view *v = ledger_view_open(path, &err);
    size_t got, seen = 0;
    uint64_t done;
    int64_t last;
    bool finished;

    said(v != NULL, &err);
    if (!v)
        return;
    said(ledger_view_totals(v, &totals, &err), &err);
    said(ledger_view_finished(v, &finished, &err), &err);
    said(ledger_view_kinds(v, kinds, KINDS, &got, &err), &err);
    said(ledger_view_failures(v, see_failure, &seen, &err), &err);
    said(ledger_view_ids(v, 0, see_id, &seen, &err), &err);
    said(ledger_view_sample(v, 0, SAMPLE, &done, &last, see_id, &seen, &err),
         &err);
    said(ledger_view_export(v, nowhere, &err), &err);
    ledger_view_close(v);
}

static void see_sources(struct ledger *l)
{
    size_t n = ledger_source_count(l);

    for (size_t i = 0; i < n && i < SOURCES_READ; i++) {
        struct ledger_source s = { .path = NULL };
        struct error err = { .text = "" };

        said(ledger_source_get(l, i, &s, &err), &err);
        free(s.path);
    }
}

/* --- a run ---------------------------------------------------------------- */

/* A document more is done; false: words say why not. */
static bool work(struct ledger *l, bool ids)
{
    struct ledger_source s = { .path = (char *)"corpus.jsonl",
                               .print = { .size = 5000 } };
    struct ledger_ack ack = { POS, text_of("a-new-one") };
    struct error err = { .text = "" };
    bool fine = (ledger_source_count(l) > 0 ||
                 ledger_source_set(l, 0, &s, &err)) &&
                (ids ? ledger_use_ids(l, &err)
                     : ledger_use_frontier(l, &err));

    if (fine)
        ledger_skips(l, 0, POS, ack.id);
    fine = fine && ledger_done(l, 0, &ack, 1, &err) && ledger_commit(l, &err);
    if (!fine)
        fuzz_claim_said(&err);
    return fine;
}

static void claim_kept(const char *dir)
{
    enum ledger_state state;
    struct error err = { .text = "" };
    struct ledger *l = open_job(dir, &state);

    fuzz_claim(l != NULL, "written, but not opened again");
    if (ledger_use_ids(l, &err))
        fuzz_claim(ledger_skips(l, 0, POS, text_of("a-new-one")),
                   "done, and forgotten");
    else
        fuzz_claim_said(&err);
    ledger_close(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *dir = fuzz_path("checkpoints");
    const char *path = fuzz_path("checkpoints/job.ledger");
    enum ledger_state state;
    struct ledger *l;
    bool worked;

    if (nowhere < 0)
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fuzz_clean();
    fuzz_claim(mkdir(dir, 0700) == 0, "no folder for the ledger");
    fuzz_write(path, (struct text){ (const char *)data, size });
    l = open_job(dir, &state);
    if (!l)
        return 0;
    look(path);
    see_sources(l);
    worked = work(l, size % 2);
    ledger_close(l);
    if (worked)
        claim_kept(dir);
    return 0;
}
