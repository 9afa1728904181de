/* This file lists ledgers: DIR/JOB.ledger, and archived ones with the names
 * JOB_YYYYmmdd_HHMMSS.ledger and, within the same second, ..._2.ledger. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"

enum { STAMP_LENGTH = 16 }; /* "_YYYYmmdd_HHMMSS" */

static bool is_stamp(const char *s)
{
    static const char shape[] = "_dddddddd_dddddd";

    for (size_t i = 0; i < STAMP_LENGTH; i++)
        if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    return true;
}

/* Take "JOB_stamp[_N]" apart; false when it is no such name. */
static bool split_archived(const char *name, size_t len, size_t *job_len,
                           unsigned long *again)
{
    size_t digits = len;

    *again = 1;
    while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9')
        digits--;
    /* A short last number is the N; six digits may be the time of day. */
    if (digits > STAMP_LENGTH && digits < len && name[digits - 1] == '_' &&
        is_stamp(name + digits - 1 - STAMP_LENGTH)) {
        *again = strtoul(name + digits, NULL, 10);
        len = digits - 1;
    }
    if (len <= STAMP_LENGTH || !is_stamp(name + len - STAMP_LENGTH))
        return false;
    *job_len = len - STAMP_LENGTH;
    return true;
}

/* Length of the name without ".ledger"; 0 when it is none. */
static size_t ledger_list_stem_length(const char *name)
{
    static const char suffix[] = ".ledger";
    size_t n = strlen(name), m = sizeof suffix - 1;

    return n > m && strcmp(name + n - m, suffix) == 0 ? n - m : 0;
}

static int is_ledger(const struct dirent *d)
{
    return d->d_name[0] != '.' && ledger_list_stem_length(d->d_name) > 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Of completed/, whose links we do not follow: -1 with err, code ENOENT when
 * there is none. */
static int scan_completed(const char *dir, struct dirent ***names,
                          struct error *err)
{
    int away = ledger_away_open(dir, err), n;

    if (away < 0)
        return -1;
    n = file_scan(away, names, is_ledger, by_bytes);
    if (n < 0)
        error_errno(err, errno, "reading completed in %.160s", dir);
    close(away);
    return n;
}

static int scan_live(const char *dir, struct dirent ***names,
                     struct error *err)
{
    int n = scandir(dir, names, is_ledger, by_bytes);

    if (n < 0)
        error_errno(err, errno, "%.160s", dir);
    return n;
}

/* --- the newest archived one ---------------------------------------------- */

struct newest {
    char stamp[STAMP_LENGTH];
    unsigned long again;
    bool found;
};

static bool is_newer(struct newest *best, const char *name, const char *job)
{
    size_t job_len;
    unsigned long again;
    int order;

    if (!split_archived(name, ledger_list_stem_length(name), &job_len,
                        &again) ||
        job_len != strlen(job) || memcmp(name, job, job_len) != 0)
        return false;
    order = memcmp(name + job_len, best->stamp, STAMP_LENGTH);
    if (best->found && (order < 0 || (order == 0 && again <= best->again)))
        return false;
    memcpy(best->stamp, name + job_len, STAMP_LENGTH);
    best->again = again;
    best->found = true;
    return true;
}

bool ledger_find_archived(const char *dir, const char *job, char *to,
                          size_t size)
{
    struct newest best = { .found = false };
    struct error ignored;
    struct dirent **names;
    int n = scan_completed(dir, &names, &ignored);

    for (int i = 0; i < n; i++) {
        if (is_newer(&best, names[i]->d_name, job))
            snprintf(to, size, "%s/completed/%s", dir, names[i]->d_name);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return best.found;
}

/* --- all of them ---------------------------------------------------------- */

static bool is_locked(const char *dir, const char *job)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char *path = ledger_home_path(dir, job, ".lock");
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                  : -1;
    bool held = false;

    /* A test of the lock does not take it, so it cannot disturb a start. */
    if (fd >= 0) {
        held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        close(fd);
    }
    free(path);
    return held;
}

static bool ledger_list_describe(struct ledger_entry *e, const char *dir,
                                 const char *name, bool archived)
{
    size_t len = ledger_list_stem_length(name);
    unsigned long again;
    int n = snprintf(e->path, sizeof e->path, "%s/%s", dir, name);

    if (archived && !split_archived(name, len, &len, &again))
        return false;
    if (n < 0 || (size_t)n >= sizeof e->path || len >= sizeof e->job)
        return false;
    memcpy(e->job, name, len);
    e->job[len] = '\0';
    e->archived = archived;
    e->locked = !archived && is_locked(dir, e->job);
    return true;
}

/* n names, which it frees. *more: the callback wants more. */
static void
ledger_list_each(const char *dir, struct dirent **names, int n, bool archived,
                 bool (*each)(void *arg, const struct ledger_entry *e),
                 void *arg, bool *more)
{
    struct ledger_entry entry = { .archived = archived };

    for (int i = 0; i < n; i++) {
        if (*more &&
            ledger_list_describe(&entry, dir, names[i]->d_name, archived))
            *more = each(arg, &entry);
        free(names[i]);
    }
    free(names);
}

bool ledger_list(const char *dir,
                 bool (*each)(void *arg, const struct ledger_entry *e),
                 void *arg, struct error *err)
{
    char completed[sizeof((struct ledger_entry *)0)->path];
    struct dirent **names;
    bool more = true;
    struct error why;
    int n = scan_live(dir, &names, &why);

    if (n >= 0)
        ledger_list_each(dir, names, n, false, each, arg, &more);
    else if (why.code != ENOENT)
        goto out;
    if (!more)
        return true;
    snprintf(completed, sizeof completed, "%s/completed", dir);
    n = scan_completed(dir, &names, &why);
    if (n >= 0)
        ledger_list_each(completed, names, n, true, each, arg, &more);
out:
    if (n >= 0 || why.code == ENOENT)
        return true;
    *err = why;
    return false;
}
