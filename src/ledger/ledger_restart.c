/* This file restarts or removes the ledger of a job that has sent nothing. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool ledger_restart(struct ledger *l, struct error *err)
{
    if (!ledger_begin(l, err))
        return false;
    if (!ledger_file_exec(&l->file,
                          "DELETE FROM failed; DELETE FROM done;"
                          "DELETE FROM source;"
                          "DELETE FROM job WHERE key NOT IN"
                          " ('ledger.job', 'ledger.started');"
                          "COMMIT",
                          err))
        return ledger_lost(l);
    l->in_transaction = false;
    l->committed_row = 0;
    l->done = l->committed_done = 0;
    l->tracked = false;
    return ledger_reopen(l, err);
}

/* Keep the lock until everything is gone, itself last: who opened it before and
 * locks it now sees that (still_there() in ledger_home.c). */
void ledger_discard(struct ledger *l)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    char *lock = NULL;
    struct error ignored;
    char path[4096];
    bool ours = l && ledger_check_in_place(l, &ignored);

    if (ours)
        snprintf(path, sizeof path, "%s", l->file.path);
    if (l && l->in_transaction)
        ledger_lost(l);
    if (l)
        ledger_file_close(&l->file);
    for (size_t i = 0; ours && i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[sizeof path + 8];

        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    if (ours)
        lock = ledger_home_path(l->dir, l->job, ".lock");
    if (lock)
        unlink(lock);
    free(lock);
    if (ours)
        ledger_home_sync(l->dir, &ignored);
    ledger_close(l);
}
