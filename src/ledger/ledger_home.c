/*
 * This file keeps the checkpoint directory: JOB.ledger and JOB.lock.
 *
 * The lock file stays as long as its job and names its last holder. What counts
 * is the lock on its open file description (F_OFD_SETLK): it also refuses a
 * second open by the same process, it survives the closing of other
 * descriptors, the kernel drops it with the process, and others can test it
 * without taking it.
 * This file never opens a ledger file: closing a second descriptor of it would
 * drop the locks that SQLite holds for this process.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"
#include "util/str.h"

enum { JOB_MAX = 64 };

bool ledger_job_valid(const char *job, struct error *err)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789"
                                   "._-";
    size_t n = strlen(job);
    char shown[80];

    if (n > 0 && n <= JOB_MAX && strspn(job, alphabet) == n &&
        !strchr("._-", job[0]) && !strstr(job, ".."))
        return true;
    str_printable(shown, sizeof shown, text_of(job));
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" cannot name a job: use 1 to %d letters, digits, "
                     "dots, dashes or underscores, a letter or digit first, "
                     "no two dots together",
                     shown, JOB_MAX);
}

char *ledger_home_path(const char *dir, const char *job, const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/%s%s", dir, job, suffix) < 0 ? NULL : path;
}

/* --- what may be trusted -------------------------------------------------- */

bool ledger_home_check_dir(const char *path, struct error *err)
{
    struct stat st;
    char shown[120];

    str_printable(shown, sizeof shown, text_of(path));
    if (stat(path, &st) != 0)
        return error_errno(err, errno, "checkpoint directory %s", shown);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERROR_CONFIG, ENOTDIR,
                         "%s is not a directory: choose another "
                         "--checkpoint-dir",
                         shown);
    if (st.st_uid != geteuid())
        return error_set(err, ERROR_CONFIG, EPERM,
                         "checkpoint directory %s belongs to another user: "
                         "choose one of your own",
                         shown);
    if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        return error_set(err, ERROR_CONFIG, EPERM,
                         "anybody may write to checkpoint directory %s: "
                         "chmod o-w it, or choose another",
                         shown);
    return true;
}

/* Do not fill a folder behind a link. */
static bool check_completed(const char *dir, struct error *err)
{
    struct error why;
    int fd = ledger_away_open(dir, &why);

    if (fd >= 0)
        close(fd);
    if (fd >= 0 || why.code != ELOOP)
        return true;
    *err = why;
    return false;
}

char *ledger_home_open(const char *dir, bool make, struct error *err)
{
    char *path;

    if (make && !file_make_dir(dir, err))
        return NULL;
    path = realpath(dir, NULL);
    if (!path) {
        error_errno(err, errno, "checkpoint directory %.120s", dir);
        return NULL;
    }
    if (ledger_home_check_dir(path, err) && check_completed(path, err))
        return path;
    free(path);
    return NULL;
}

bool ledger_home_check_stat(const struct stat *st, const char *path,
                            struct error *err)
{
    char shown[120];

    if (S_ISREG(st->st_mode) && st->st_uid == geteuid() && st->st_nlink == 1)
        return true;
    str_printable(shown, sizeof shown, text_of(path));
    return error_set(err, ERROR_CONFIG, EPERM,
                     "%s is not a plain file of yours alone (a link, or of "
                     "another user): remove it",
                     shown);
}

bool ledger_home_check_file(const char *path, struct stat *st,
                            struct error *err)
{
    if (lstat(path, st) != 0)
        return error_errno(err, errno, "%.160s", path);
    return ledger_home_check_stat(st, path, err);
}

bool ledger_home_is_remote(long type)
{
    static const unsigned long remote[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xfe534d42, /* SMB2 */
        0xff534d42, /* CIFS */
        0x65735546, /* FUSE */
        0x01021997, /* 9P */
        0x00c36400, /* Ceph */
        0x5346414f, /* AFS */
    };

    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        if (((unsigned long)type & 0xffffffffu) == remote[i])
            return true;
    return false;
}

bool ledger_home_sync(const char *dir, struct error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int code = errno;

    if (fd >= 0)
        close(fd);
    return good || error_errno(err, code, "syncing %.160s", dir);
}

/* --- the lock ------------------------------------------------------------- */

static void read_holder(int fd, char *to, size_t size)
{
    char line[160];
    ssize_t n = pread(fd, line, sizeof line - 1, 0);

    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\0'))
        n--;
    str_printable(to, size,
                  n > 0 ? (struct text){ line, (size_t)n }
                        : text_of("another process"));
}

static bool write_holder(int fd, struct error *err)
{
    char host[64] = "", when[24], line[160];
    int n;

    gethostname(host, sizeof host - 1);
    n = snprintf(line, sizeof line, "process %ld on %s since %s\n",
                 (long)getpid(), host,
                 clock_iso8601(when, sizeof when, clock_wall_s()));
    if (ftruncate(fd, 0) == 0 && pwrite(fd, line, (size_t)n, 0) == n)
        return true;
    return error_errno(err, errno, "writing the lock file");
}

static bool take_lock(int fd, const char *job, struct error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char holder[120];

    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return true;
    if (errno != EAGAIN && errno != EACCES)
        return error_errno(err, errno,
                           "this file system cannot lock job %s: choose "
                           "another --checkpoint-dir",
                           job);
    read_holder(fd, holder, sizeof holder);
    return error_set(err, ERROR_LOCKED, 0,
                     "job %s is going on in %s", job, holder);
}

/* Somebody removed the file between our open and our lock. */
static bool still_there(int fd, const char *path)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static bool ledger_home_hold_file(int fd, const char *path, const char *job,
                                  struct error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return error_errno(err, errno, "%.160s", path);
    if (!ledger_home_check_stat(&st, path, err) || !take_lock(fd, job, err))
        return false;
    if (!still_there(fd, path))
        return error_set(err, ERROR_LOCKED, 0,
                         "the lock file of job %s was removed just now: "
                         "another process starts or ends; try again",
                         job);
    return write_holder(fd, err);
}

bool ledger_home_holds(int fd, const char *dir, const char *job)
{
    char *path = ledger_home_path(dir, job, ".lock");
    bool holds = path && still_there(fd, path);

    free(path);
    return holds;
}

int ledger_home_lock(const char *dir, const char *job, struct error *err)
{
    char *path = ledger_home_path(dir, job, ".lock");
    int fd;

    if (!path) {
        error_memory(err, "for a file name");
        return -1;
    }
    fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
              0600);
    if (fd < 0) {
        if (errno == ELOOP)
            error_set(err, ERROR_CONFIG, ELOOP,
                      "%.160s is a symbolic link: remove it", path);
        else
            error_errno(err, errno, "%.160s", path);
    } else if (!ledger_home_hold_file(fd, path, job, err)) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}
