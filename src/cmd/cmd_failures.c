/* batchtop failures: list open failures, one JSON object a line. */
#include "config.h"
#include "host/cmd.h"

#include <string.h>

#include "ledger/ledger.h"
#include "util/str.h"

struct listing {
    struct failure_select select;
    struct buf line;
    uint64_t seen, listed;
    struct buf kinds; /* the kinds that it met, once each */
};

static void note_kind(struct listing *list, enum error_kind kind)
{
    char key[48];

    snprintf(key, sizeof key, " %s", error_word(kind));
    if (!list->kinds.len || !strstr(buf_cstr(&list->kinds), key))
        buf_printf(&list->kinds, "%s%s", list->kinds.len ? "," : "", key);
}

/* No failure has this kind, so it may be a typing error: name those that
 * exist. */
static bool cmd_failures_check_kind(struct listing *list, const char *kind,
                                    struct error *err)
{
    char shown[48];

    if (list->listed || list->seen == 0 || !*kind || failure_word_valid(kind))
        return true;
    str_printable(shown, sizeof shown, text_of(kind));
    return error_set(err, ERROR_CONFIG, 0,
                     "--kind %s: no failure is of that kind; there are%s (or "
                     "a stage, or a code such as 429)",
                     shown, buf_cstr(&list->kinds));
}

static bool cmd_failures_put(void *arg, const struct failure *f)
{
    struct listing *list = arg;

    list->seen++;
    if (!failure_selected(&list->select, f)) {
        note_kind(list, f->cause.kind);
        return true;
    }
    list->listed++;
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
    fine = v && ledger_view_failures(v, cmd_failures_put, &list, &err);
    ledger_view_close(v);
    fine = fine && cmd_failures_check_kind(&list, opt->kind, &err);
    buf_release(&list.line);
    buf_release(&list.kinds);
    if (fine && fflush(stdout) != 0)
        fine = error_set(&err, ERROR_LOCAL, 0, "stdout cannot be written");
    return fine ? EXIT_STORED : cmd_error(&err);
}
