/*
 * A checkpoint of another program, for --import: refused with words, or each
 * of its ids is skipped from then on, as many times as it is asked.
 */
#include "config.h"
#include "fuzz.h"

#include <sys/stat.h>

#include "ledger/ledger.h"

struct skipping {
    const struct ledger *ledger;
    uint64_t ids;
};

static bool is_skipped(void *arg, struct text id)
{
    struct skipping *s = arg;

    fuzz_claim(ledger_skips(s->ledger, 0, s->ids++, id),
               "an id was imported, and is not skipped");
    return true;
}

static void claim_skipped(struct ledger *l, const char *path)
{
    struct ledger_source corpus = { .path = (char *)"corpus.jsonl" };
    struct skipping s = { .ledger = l };
    struct error err = { .text = "" };
    struct ledger_view *v;

    fuzz_claim(ledger_source_set(l, 0, &corpus, &err) &&
                   ledger_use_ids(l, &err), err.text);
    v = ledger_view_open(path, &err);
    fuzz_claim(v && ledger_view_ids(v, 0, is_skipped, &s, &err), err.text);
    ledger_view_close(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *dir = fuzz_path("checkpoints");
    const char *path = fuzz_path("checkpoints/job.ledger");
    const char *from = fuzz_path("from.json");
    enum ledger_state state;
    struct error err = { .text = "" };
    struct ledger *l;

    fuzz_clean();
    fuzz_claim(mkdir(dir, 0700) == 0, "no folder for the ledger");
    fuzz_write(from, (struct text){ (const char *)data, size });
    l = ledger_open(dir, "job", &state, &err);
    fuzz_claim(l != NULL, err.text);
    if (ledger_import(l, from, &err))
        claim_skipped(l, path);
    else
        fuzz_claim_said(&err);
    ledger_close(l);
    return 0;
}
