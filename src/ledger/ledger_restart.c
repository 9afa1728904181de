/* A ledger whose job has not sent anything yet begins anew. */
#include "config.h"
#include "ledger/ledger_file.h"

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
