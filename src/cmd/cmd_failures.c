/* batchtop failures: list open failures, one JSON object a line. */
#include "config.h"
#include "host/cmd.h"

#include <stdio.h>

#include "ledger/ledger.h"

struct listing {
    struct failure_select select;
    struct buf line;
};

static bool cmd_failures_put(void *arg, const struct failure *f)
{
    struct listing *list = arg;

    if (!failure_selected(&list->select, f))
        return true;
    buf_clear(&list->line);
    failure_put_json(&list->line, f);
    return fwrite(list->line.data, 1, list->line.len, stdout) ==
           list->line.len;
}

int cmd_failures(struct options *opt)
{
    struct listing list = { .select = { .by = SELECT_ALL } };
    char path[1200];
    struct ledger_view *v;
    struct error err;
    bool fine;

    if (!cmd_find_job(opt, path, sizeof path, &err) ||
        !cmd_check_kind(path, opt->kind, &err))
        return cmd_error(&err);
    if (*opt->kind) {
        list.select.by = SELECT_KIND;
        snprintf(list.select.kind, sizeof list.select.kind, "%s", opt->kind);
    }
    buf_init(&list.line);
    v = ledger_view_open(path, &err);
    fine = v && ledger_view_failures(v, cmd_failures_put, &list, &err);
    ledger_view_close(v);
    buf_release(&list.line);
    if (fine && fflush(stdout) != 0)
        fine = error_set(&err, ERROR_LOCAL, 0, "stdout cannot be written");
    return fine ? EXIT_STORED : cmd_error(&err);
}
