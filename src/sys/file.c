/*
 * This file reads, writes and waits, and handles the cases that are easy to
 * forget: interrupted calls, short writes, files that are FIFOs or links, and a
 * disk without inodes. A key file must be a regular file of ours that nobody
 * else can read.
 */
#include "config.h"
#include "sys/file.h"

#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 65536, KEY_LIMIT = 16384, SHOWN = 160 };

/* A path comes from the command line or a file: make it printable. */
static const char *file_shown_path(char to[SHOWN], const char *path)
{
    str_printable(to, SHOWN, text_of(path));
    return to;
}

long file_read(int fd, void *to, size_t n)
{
    size_t have = 0;

    if (n > LONG_MAX)
        n = LONG_MAX;
    while (have < n) {
        ssize_t got = read(fd, (char *)to + have, n - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (long)have;
}

static bool slurp_fd(int fd, const char *name, size_t limit, struct buf *to,
                     struct error *err)
{
    size_t before = to->len;

    for (;;) {
        size_t left = limit - (to->len - before);
        size_t want = left < BLOCK ? left + 1 : BLOCK;
        char *room = buf_reserve(to, want);
        long got = room ? file_read(fd, room, want) : 0;

        if (!room)
            return error_memory(err, "to read %s", name);
        if (got < 0)
            return error_errno(err, errno, "reading %s", name);
        if ((size_t)got > left)
            return error_set(err, ERROR_LOCAL, EFBIG,
                             "%s is larger than the %zu bytes that are read",
                             name, limit);
        to->len += (size_t)got;
        if ((size_t)got < want)
            return true;
    }
}

bool file_slurp(const char *path, size_t limit, struct buf *to,
                struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t before = to->len;
    char name[SHOWN];
    bool fine;

    file_shown_path(name, path);
    fine = fd < 0 ? error_errno(err, errno, "opening %s", name)
                  : slurp_fd(fd, name, limit, to, err);
    if (fd >= 0)
        close(fd);
    if (!fine && !to->failed)
        to->len = before;
    if (!fine && err->kind == ERROR_LOCAL)
        err->kind = ERROR_CONFIG; /* the wrong file, not a broken disk */
    return fine;
}

/* What makes a file unfit to hold a key, with the remedy. */
static bool key_file_is_safe(int fd, const char *name, struct error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return error_errno(err, errno, "looking at the key file %s", name);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_CONFIG, 0,
                         "the key file %s is not a regular file; put the key "
                         "on the first line of one",
                         name);
    if (st.st_uid != geteuid())
        return error_set(err, ERROR_CONFIG, 0,
                         "the key file %s belongs to another user; use a copy "
                         "of your own with mode 0600",
                         name);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(err, ERROR_CONFIG, 0,
                         "the key file %s has mode %04o, which lets others "
                         "in; run chmod 600 on it",
                         name, (unsigned)(st.st_mode & 07777));
    return true;
}

/* A key travels in a header line: refuse bytes that would end or break that
 * line. */
static bool take_first_line(struct buf *key, size_t before, const char *name,
                            struct error *err)
{
    const char *line = key->data + before;
    size_t have = key->len - before, n = 0;

    while (n < have && line[n] != '\n')
        n++;
    if (n > 0 && line[n - 1] == '\r')
        n--;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return error_set(err, ERROR_CONFIG, 0,
                             "the key file %s has a control character in its "
                             "first line; it must hold the key alone",
                             name);
    if (n == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "the first line of the key file %s is empty; put "
                         "the key there",
                         name);
    key->len = before + n;
    return true;
}

bool file_read_key(const char *path, struct buf *to, struct error *err)
{
    size_t before = to->len;
    char name[SHOWN];
    /* O_NONBLOCK: a FIFO must be refused, not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool fine;

    file_shown_path(name, path);
    if (fd < 0 && errno == ELOOP)
        return error_set(err, ERROR_CONFIG, ELOOP,
                         "the key file %s is a symbolic link; name the file "
                         "itself",
                         name);
    if (fd < 0) {
        error_errno(err, errno, "opening the key file %s", name);
        err->kind = ERROR_CONFIG;
        return false;
    }
    fine = key_file_is_safe(fd, name, err) &&
           slurp_fd(fd, name, KEY_LIMIT, to, err) &&
           take_first_line(to, before, name, err);
    close(fd);
    if (!fine && !to->failed)
        to->len = before;
    return fine;
}

bool file_write_all(int fd, const void *data, size_t n, struct error *err)
{
    const char *from = data;

    while (n > 0) {
        ssize_t put = write(fd, from, n);

        if (put < 0 && errno == EAGAIN) {
            struct pollfd ready = { .fd = fd, .events = POLLOUT };

            poll(&ready, 1, -1);
        } else if (put < 0 && errno != EINTR) {
            return error_errno(err, errno, "writing");
        } else if (put > 0) {
            from += put;
            n -= (size_t)put;
        }
    }
    return true;
}

/* Make one directory; it is fine when somebody else made it first. */
static bool file_make_one_dir(const char *path, const char *name,
                              struct error *err)
{
    struct stat st;
    int code;

    if (mkdir(path, 0700) == 0)
        return true;
    code = errno;
    if (stat(path, &st) != 0)
        return error_errno(err, code, "making the directory %s", name);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERROR_LOCAL, ENOTDIR,
                         "%s is in the way: it is not a directory", name);
    return true;
}

bool file_make_dir(const char *path, struct error *err)
{
    char part[PATH_MAX], name[SHOWN];
    size_t n = strlen(path);

    file_shown_path(name, path);
    if (n == 0 || n >= sizeof part)
        return error_errno(err, n == 0 ? ENOENT : ENAMETOOLONG,
                           "making the directory %s", name);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++)
        if (part[i] == '/') {
            part[i] = '\0';
            if (!file_make_one_dir(part, file_shown_path(name, part), err))
                return false;
            part[i] = '/';
        }
    return file_make_one_dir(part, file_shown_path(name, path), err);
}

/* "No space left on device" also means that no further file can be made. */
static bool file_say_no_room(const char *path, const char *name,
                             struct error *err)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct statvfs fs;

    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    if (statvfs(dir, &fs) == 0 && fs.f_files > 0 && fs.f_favail == 0)
        return error_set(err, ERROR_LOCAL, ENOSPC,
                         "%s: the file system has no inodes left; remove "
                         "some files",
                         name);
    return error_errno(err, ENOSPC, "%s", name);
}

bool file_writable(const char *path, struct error *err)
{
    char probe[PATH_MAX], name[SHOWN];
    struct stat st;
    int fd, code;

    file_shown_path(name, path);
    if (stat(path, &st) == 0 && access(path, W_OK) != 0)
        return error_errno(err, errno, "%s", name);
    if ((size_t)snprintf(probe, sizeof probe, "%s.probe", path) >=
        sizeof probe)
        return error_errno(err, ENAMETOOLONG, "%s", name);
    unlink(probe);
    fd = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        code = errno;
        return code == ENOSPC ? file_say_no_room(path, name, err)
                              : error_errno(err, code, "%s", name);
    }
    close(fd);
    unlink(probe);
    return true;
}

int file_scan(int dir, struct dirent ***names,
              int (*wanted)(const struct dirent *),
              int (*order)(const struct dirent **, const struct dirent **))
{
#ifdef HAVE_SCANDIRAT
    return scandirat(dir, ".", names, wanted, order);
#else
    char path[32]; /* musl has no such call, and runs on Linux alone */

    snprintf(path, sizeof path, "/proc/self/fd/%d", dir);
    return scandir(path, names, wanted, order);
#endif
}

int file_wait(int fd, int stop_fd)
{
    /* poll() passes over a negative descriptor. */
    struct pollfd both[2] = { { .fd = stop_fd, .events = POLLIN },
                              { .fd = fd, .events = POLLIN } };

    for (;;) {
        int ready = poll(both, 2, -1);

        if (ready < 0 && errno != EINTR)
            return -1;
        if (ready <= 0)
            continue;
        if (both[0].revents)
            return 0;
        if (both[1].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        return 1;
    }
}

bool file_is_dry(int fd, int wait_ms)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode))
        return true;
    return poll(&one, 1, wait_ms) == 1 && !(one.revents & POLLIN);
}

void file_allow(size_t most)
{
    struct rlimit may;

    if (getrlimit(RLIMIT_NOFILE, &may) != 0 || may.rlim_cur >= most)
        return;
    may.rlim_cur = may.rlim_max < most ? may.rlim_max : most;
    setrlimit(RLIMIT_NOFILE, &may); /* where it fails, few must do */
}

size_t file_left(size_t *most)
{
    struct rlimit may;
    size_t left = 0;

    *most = SIZE_MAX;
    if (getrlimit(RLIMIT_NOFILE, &may) != 0 || may.rlim_cur > FILE_LIMIT_FEW)
        return SIZE_MAX;
    *most = (size_t)may.rlim_cur;
    for (int fd = 0; (size_t)fd < *most; fd++)
        left += fcntl(fd, F_GETFD) < 0;
    return left;
}
