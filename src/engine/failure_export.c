/* This file writes the rows through a buffer into a file that must not exist
 * yet. If it may replace an old file, it writes a temporary one and renames it.
 * It removes half a file. */
#include "config.h"
#include "engine/failure_export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/recorder/recorder.h"
#include "sys/file.h"

enum { BLOCK = 1 << 16 };

struct exporting {
    const struct failure_select *select;
    struct buf out;
    int fd;
    uint64_t n;
    struct error err; /* a row could not be written */
};

bool failure_export_check(const struct command *c, struct error *err)
{
    struct stat st;

    if (!*c->path)
        return error_set(err, ERROR_CONFIG, 0, "export wants a file name");
    if (lstat(c->path, &st) != 0)
        return true; /* opening it will show what is wrong, if anything */
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_CONFIG, 0,
                         "%.200s is there and no plain file: export to "
                         "another name",
                         c->path);
    return c->overwrite ||
           error_set(err, ERROR_CONFIG, EEXIST,
                     "%.200s is there already: remove it or export to another "
                     "name",
                     c->path);
}

static bool export_flush(struct exporting *t)
{
    bool fine = t->out.failed
                    ? error_set(&t->err, ERROR_MEMORY, 0, "no memory")
                    : file_write_all(t->fd, t->out.data, t->out.len, &t->err);

    buf_clear(&t->out);
    return fine;
}

static bool export_put_row(void *arg, const struct failure *f)
{
    struct exporting *t = arg;

    if (!failure_selected(t->select, f))
        return true;
    failure_put_json(&t->out, f);
    t->n++;
    return t->out.len < BLOCK || export_flush(t);
}

static bool put_rows(struct run *r, struct exporting *t, struct error *err)
{
    struct ledger_view *v = ledger_view_open(r->ledger_path, err);
    bool fine = v && ledger_view_failures(v, export_put_row, t, err);

    ledger_view_close(v);
    if (fine && (t->err.text[0] || !export_flush(t))) {
        *err = t->err;
        fine = false;
    }
    return fine;
}

/* Open the wanted file, or a temporary one that replaces it when it is whole.
 * `part` has its name. */
static int open_part(const struct command *c, char *part, size_t size)
{
    snprintf(part, size, "%s%s", c->path, c->overwrite ? ".XXXXXX" : "");
    return c->overwrite
               ? mkostemp(part, O_CLOEXEC)
               : open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
                                O_NOFOLLOW,
                      0600);
}

void failure_export(struct run *r, const struct command *c)
{
    struct exporting t = { .select = &c->select };
    char part[sizeof c->path + 8];
    struct error err;
    bool fine;

    recorder_flush(r->recorder, RECORDER_FLUSH_MS);
    t.fd = open_part(c, part, sizeof part);
    if (t.fd < 0) {
        error_errno(&err, errno, "%s", c->path);
        notices_add(r->notices, "export: %s", err.text);
        return;
    }
    buf_init(&t.out);
    fine = put_rows(r, &t, &err);
    buf_release(&t.out);
    close(t.fd);
    if (fine && c->overwrite && rename(part, c->path) != 0)
        fine = error_errno(&err, errno, "%s", c->path);
    if (fine) {
        notices_add(r->notices, "%llu failure%s written to %s",
                    (unsigned long long)t.n, t.n == 1 ? "" : "s", c->path);
    } else {
        notices_add(r->notices, "export: %s", err.text);
        unlink(part); /* half of it would be taken for all */
    }
}
