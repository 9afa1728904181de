/*
 * This file archives ledgers in DIR/completed and brings them back.
 *
 * A ledger lies there for one of two reasons: its job is finished, or --new-job
 * put an unfinished one aside. A process that is killed between that and the
 * new ledger leaves a job without a ledger but an unfinished one here; the next
 * opening moves it back, so at each moment the old job exists or the new one. A
 * move is one rename and needs no room. A copy is made under another name and
 * renamed when it is whole.
 *
 * completed/ is ours alone and no link: we resolve names in it from its open
 * descriptor.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"
#include "util/str.h"

enum { NAME = 160, COPY_BLOCK = 1 << 16 };

static const char folder[] = "completed";

int ledger_away_open(const char *dir, struct error *err)
{
    char *path = ledger_home_path(dir, folder, "");
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                  : -1;
    int code = errno;
    struct stat st;
    char shown[120];

    if (!path)
        error_memory(err, "for a file name");
    else if (fd < 0 && (code == ELOOP || code == ENOTDIR) &&
             lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
        error_set(err, ERROR_CONFIG, ELOOP,
                  "%s is a symbolic link: remove it, finished ledgers are "
                  "kept in a folder",
                  (str_printable(shown, sizeof shown, text_of(path)), shown));
    else if (fd < 0)
        error_errno(err, code, "%.160s", path);
    else if (!ledger_home_check_dir(path, err)) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

/* --- putting away --------------------------------------------------------- */

/* The first name that is free: JOB_stamp.ledger, JOB_stamp_2.ledger ... */
static bool ledger_away_find_free_name(int away, const char *job,
                                       const char *suffix, char name[NAME],
                                       struct error *err)
{
    time_t now = (time_t)clock_wall_s();
    struct tm utc;
    char stamp[32], again[16] = "";
    struct stat st;

    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d_%H%M%S", &utc);
    for (unsigned n = 2;; n++) {
        int used = snprintf(name, NAME, "%s_%s%s%s", job, stamp, again,
                            suffix);

        if (used < 0 || used >= NAME)
            return error_errno(err, ENAMETOOLONG, "archiving job %s", job);
        if (fstatat(away, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return true;
        snprintf(again, sizeof again, "_%u", n);
    }
}

/* SQLite would take a WAL without its ledger for that of the next ledger with
 * the name, so the WAL moves with its ledger. An archived ledger left none. */
static void move_companions(const char *dir, const char *job, int away,
                            const char *name)
{
    static const char *const suffixes[] = { "-wal", "-journal", "-shm" };
    char from[4096], there[NAME + 16];

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct stat st;

        snprintf(from, sizeof from, "%s/%s.ledger%s", dir, job, suffixes[i]);
        snprintf(there, sizeof there, "%s%s", name, suffixes[i]);
        if (lstat(from, &st) != 0)
            continue;
        if (st.st_size == 0 || i == 2 ||
            renameat(AT_FDCWD, from, away, there) != 0)
            unlink(from);
    }
}

static bool move_away(const char *dir, const char *job, int away,
                      const char *name, struct error *err)
{
    char *from = ledger_home_path(dir, job, ".ledger");
    bool good = from != NULL;

    if (!from)
        error_memory(err, "for a file name");
    else if (renameat(AT_FDCWD, from, away, name) != 0)
        good = error_errno(err, errno, "moving %.120s", from);
    free(from);
    if (!good)
        return false;
    move_companions(dir, job, away, name);
    if (fsync(away) != 0)
        return error_errno(err, errno, "syncing %s", folder);
    return ledger_home_sync(dir, err);
}

/* Make the folder if it is missing, and find a free name in it; the whole path
 * goes to `to`. Returns the folder's descriptor, or -1. */
static int find_place(const char *dir, const char *job, const char *suffix,
                      char name[NAME], char *to, size_t size,
                      struct error *err)
{
    char *path = ledger_home_path(dir, folder, "");
    bool good = false;
    int away = -1;

    if (!path)
        error_memory(err, "for a file name");
    else if (file_make_dir(path, err))
        away = ledger_away_open(dir, err);
    if (away >= 0)
        good = ledger_away_find_free_name(away, job, suffix, name, err) &&
               ((size_t)snprintf(to, size, "%s/%s", path, name) < size ||
                error_errno(err, ENAMETOOLONG, "archiving job %s", job));
    free(path);
    if (away >= 0 && !good) {
        close(away);
        away = -1;
    }
    return away;
}

bool ledger_home_put_away(const char *dir, const char *job, const char *suffix,
                          char *to, size_t size, struct error *err)
{
    char name[NAME];
    int away = find_place(dir, job, suffix, name, to, size, err);
    bool good = away >= 0 && move_away(dir, job, away, name, err);

    if (away >= 0)
        close(away);
    return good;
}

/* The directory's name, with the job's lock in *fd; else NULL and err. */
static char *hold_job(const char *dir, const char *job, int *fd,
                      struct error *err)
{
    char *home = ledger_job_valid(job, err) ? ledger_home_open(dir, false, err)
                                            : NULL;

    if (!home)
        return NULL;
    *fd = ledger_home_lock(home, job, err);
    if (*fd >= 0)
        return home;
    free(home);
    return NULL;
}

bool ledger_put_aside(const char *dir, const char *job, char *to, size_t size,
                      struct error *err)
{
    int fd;
    char *home = hold_job(dir, job, &fd, err);
    bool good;

    if (!home)
        return false;
    good = ledger_home_put_away(home, job, ".damaged", to, size, err);
    close(fd);
    free(home);
    return good;
}

/* --- bringing back -------------------------------------------------------- */

static bool copy_all(int from, int to, const char *name, struct error *err)
{
    char *bytes = malloc(COPY_BLOCK);
    long n = 0;
    bool fine = bytes || error_memory(err, "for a file name");

    while (fine && (n = file_read(from, bytes, COPY_BLOCK)) > 0)
        fine = file_write_all(to, bytes, (size_t)n, err);
    free(bytes);
    if (fine && n < 0)
        return error_errno(err, errno, "%.160s", name);
    return fine && (fsync(to) == 0 || error_errno(err, errno, "%.160s", name));
}

static bool copy_file(int from, const char *to, struct error *err)
{
    int fd;
    bool fine;

    if (unlink(to) != 0 && errno != ENOENT)
        return error_errno(err, errno, "%.160s", to);
    fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, errno, "making %.160s", to);
    fine = copy_all(from, fd, to, err);
    close(fd);
    if (!fine)
        unlink(to);
    return fine;
}

bool ledger_home_keep_copy(const char *dir, const char *job,
                           const char *suffix, char *to, size_t size,
                           struct error *err)
{
    char name[NAME], *live = ledger_home_path(dir, job, ".ledger");
    int away = live ? find_place(dir, job, suffix, name, to, size, err) : -1;
    int from = away >= 0 ? open(live, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    bool good = from >= 0 && copy_file(from, to, err);

    if (!live)
        error_memory(err, "for a file name");
    else if (away >= 0 && from < 0)
        error_errno(err, errno, "%.160s", live);
    if (good)
        move_companions(dir, job, away, name);
    if (from >= 0)
        close(from);
    if (away >= 0)
        close(away);
    free(live);
    return good;
}

/* Put `name` of completed/ to `live`; a copy goes by way of `temporary`. */
static bool ledger_away_bring(int away, const char *name, const char *live,
                              const char *temporary, bool move,
                              struct error *err)
{
    int from;
    bool fine;

    if (move)
        return renameat(away, name, AT_FDCWD, live) == 0 ||
               error_errno(err, errno, "bringing back %s", name);
    from = openat(away, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0)
        return error_errno(err, errno, "%s", name);
    fine = copy_file(from, temporary, err) &&
           (rename(temporary, live) == 0 ||
            error_errno(err, errno, "making %.160s", live));
    close(from);
    return fine;
}

static bool ledger_away_bring_home(const char *home, const char *job,
                                   const char *name, bool move,
                                   struct error *err)
{
    char *live = ledger_home_path(home, job, ".ledger");
    char *temporary = ledger_home_path(home, job, ".ledger.new");
    struct stat st;
    int away = -1;
    bool fine = true;

    if (!live || !temporary)
        fine = error_memory(err, "for a file name");
    else if (lstat(live, &st) != 0) { /* else another process was faster */
        away = ledger_away_open(home, err);
        fine = away >= 0 &&
               ledger_away_bring(away, name, live, temporary, move, err) &&
               ledger_home_sync(home, err);
    }
    if (away >= 0)
        close(away);
    free(live);
    free(temporary);
    return fine;
}

bool ledger_bring_back(const char *dir, const char *job, const char *archived,
                       bool move, struct error *err)
{
    const char *slash = strrchr(archived, '/');
    int fd;
    char *home = hold_job(dir, job, &fd, err);
    bool good;

    if (!home)
        return false;
    good = ledger_away_bring_home(home, job, slash ? slash + 1 : archived, move,
                                  err);
    close(fd);
    free(home);
    return good;
}
