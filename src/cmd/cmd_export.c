/* batchtop export: write the checkpoint as JSON, streaming. */
#include "config.h"
#include "host/cmd.h"

#include <unistd.h>

#include "ledger/ledger.h"

int cmd_export(struct options *opt)
{
    char path[1200];
    struct ledger_view *v;
    struct error err;
    bool fine;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    v = ledger_view_open(path, &err);
    fine = v && ledger_view_export(v, STDOUT_FILENO, &err);
    ledger_view_close(v);
    return fine ? EXIT_STORED : cmd_error(&err);
}
