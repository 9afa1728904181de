/* batchtop failures: what is owed, one JSON object a line. */
#include "config.h"
#include "cmd/cmd.h"

#include "core/failure_json.h"
#include "core/faults.h"

struct listing {
    struct failure_select select;
    struct buf line;
};

static bool put_failure(void *arg, const struct ledger_failure *f)
{
    struct listing *list = arg;
    struct fault x = { .stage = f->stage, .kind = f->kind, .code = f->code,
                       .rejected = f->fault == LEDGER_REJECTED };

    if (!faults_selected(&list->select, &x))
        return true;
    buf_clear(&list->line);
    failure_put_json(&list->line, f);
    return fwrite(list->line.data, 1, list->line.len, stdout) ==
           list->line.len;
}

int cmd_failures(struct options *opt)
{
    struct listing list = { .select = { .by = SELECT_ALL } };
    char path[1024];
    struct ledger_view *v;
    struct error err;
    bool fine;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    if (*opt->kind) {
        list.select.by = SELECT_KIND;
        snprintf(list.select.kind, sizeof list.select.kind, "%s", opt->kind);
    }
    buf_init(&list.line);
    v = ledger_view_open(path, &err);
    fine = v && ledger_view_failures(v, NULL, put_failure, &list, &err);
    ledger_view_close(v);
    buf_release(&list.line);
    if (fine && fflush(stdout) != 0)
        fine = error_set(&err, ERROR_LOCAL, 0, "stdout cannot be written");
    return fine ? EXIT_STORED : cmd_error(&err);
}
