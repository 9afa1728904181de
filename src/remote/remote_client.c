/* This file is the client's end of a run's socket: it finds the run, sends a
 * command or asks for a snapshot, and waits for the answer until a deadline. It
 * also lists which jobs run, by the sockets that answer. */
#include "config.h"
#include "remote/remote.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "remote/wire.h"
#include "sys/clock.h"
#include "sys/file.h"

static bool not_running(const char *job, struct error *err)
{
    return error_set(err, ERROR_STOPPED, 0, "%.64s is not running", job);
}

static bool client_connect(int fd, int folder, const char *job,
                           struct error *err)
{
    struct timeval wait = { REMOTE_WAIT_MS / 1000, 0 };
    struct sockaddr_un to;

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    remote_address(&to, folder, job);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        return errno == ENOENT || errno == ECONNREFUSED
                   ? not_running(job, err)
                   : error_errno(err, errno, "reaching %.64s", job);
    if (!remote_same_user(fd))
        return error_set(err, ERROR_FOREIGN, EPERM,
                         "%.64s is run by another user", job);
    return true;
}

int remote_connect(const char *dir, const char *job, struct error *err)
{
    int folder = remote_folder(dir, false, err), fd;

    if (folder < 0) {
        if (err->code == ENOENT)
            not_running(job, err);
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        error_errno(err, errno, "a socket");
    } else if (!client_connect(fd, folder, job, err)) {
        close(fd);
        fd = -1;
    }
    close(folder);
    return fd;
}

static bool client_lost_run(int code, struct error *err)
{
    return error_set(err, ERROR_NETWORK, code, "the run went away");
}

/* Wait until the connection is ready, never past until_ms. */
static bool client_await(int fd, short events, int64_t until_ms,
                         struct error *err)
{
    struct pollfd at = { .fd = fd, .events = events };
    int64_t left = until_ms < 0 ? -1 : until_ms - clock_ms();
    int ready = until_ms >= 0 && left <= 0 ? 0 : poll(&at, 1, (int)left);

    if (ready == 0)
        return error_set(err, ERROR_TIMEOUT, 0,
                         "the run gave no answer within %d s",
                         REMOTE_WAIT_MS / 1000);
    return ready > 0 || errno == EINTR || client_lost_run(errno, err);
}

static bool client_move_bytes(int fd, short events, char *p, size_t n,
                              int64_t until_ms, struct error *err)
{
    while (n > 0) {
        ssize_t done;

        if (!client_await(fd, events, until_ms, err))
            return false;
        done = events == POLLOUT ? send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT)
                                 : recv(fd, p, n, MSG_DONTWAIT);
        if (done < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (done <= 0)
            return client_lost_run(done < 0 ? errno : 0, err);
        p += done;
        n -= (size_t)done;
    }
    return true;
}

bool remote_send(int fd, const void *from, size_t n, int64_t until_ms,
                 struct error *err)
{
    return client_move_bytes(fd, POLLOUT, (char *)(uintptr_t)from, n, until_ms,
                             err);
}

bool remote_receive(int fd, void *to, size_t n, int64_t until_ms,
                    struct error *err)
{
    return client_move_bytes(fd, POLLIN, to, n, until_ms, err);
}

/* A refusal instead of the answer. */
static bool client_take_refusal(int fd, int64_t until_ms, struct error *err)
{
    struct wire_said said;

    if (!remote_receive(fd, &said, sizeof said, until_ms, err) ||
        !wire_check_said(&said, err))
        return false;
    return error_set(err, ERROR_CONFIG, (int)said.code, "%s", said.text);
}

static bool client_ask(int fd, enum wire_kind kind, const void *body,
                       enum wire_kind wanted, void *answer, struct error *err)
{
    int64_t until_ms = clock_ms() + REMOTE_WAIT_MS;
    struct wire_head head;

    wire_head_init(&head, kind);
    if (remote_send(fd, &head, sizeof head, until_ms, err))
        remote_send(fd, body, (size_t)head.size, until_ms, err);
    /* A run that reads no more may have left last words. */
    if (!remote_receive(fd, &head, sizeof head, until_ms, err) ||
        !wire_check_head(&head, err))
        return false;
    if (head.kind == WIRE_REFUSED)
        return client_take_refusal(fd, until_ms, err);
    if (head.kind == WIRE_FAREWELL)
        return error_set(err, ERROR_STOPPED, 0, "the run is over");
    if (head.kind != wanted)
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the run answered something else");
    return remote_receive(fd, answer, (size_t)head.size, until_ms, err);
}

bool remote_command(int fd, const struct command *c, char *said,
                    size_t said_size, struct error *err)
{
    struct wire_said answer;

    if (!client_ask(fd, WIRE_COMMAND, c, WIRE_DONE, &answer, err) ||
        !wire_check_said(&answer, err))
        return false;
    if (said && said_size)
        snprintf(said, said_size, "%s", answer.text);
    return true;
}

bool remote_snapshot(int fd, struct snapshot *s, struct error *err)
{
    struct wire_ask ask;

    memset(&ask, 0, sizeof ask); /* no byte of ours between its members */
    ask.ask = s->ask;
    ask.events_seen = s->events_seen;
    return client_ask(fd, WIRE_ASK, &ask, WIRE_SNAPSHOT, s, err) &&
           wire_check_snapshot(s, err);
}

/* --- who runs ------------------------------------------------------------- */

static bool client_job_runs(const char *dir, const char *job)
{
    struct error err;
    int fd = remote_connect(dir, job, &err);

    if (fd < 0)
        return false; /* a dead run left this socket */
    close(fd);
    return true;
}

/* "docs" of "docs.sock"; false for another file. */
static bool job_of(const char *file, char *job, size_t size)
{
    size_t n = strlen(file), end = strlen(".sock");

    if (n <= end || strcmp(file + n - end, ".sock") != 0 || n - end >= size)
        return false;
    memcpy(job, file, n - end);
    job[n - end] = '\0';
    return true;
}

bool remote_each(const char *dir, bool (*each)(void *arg, const char *job),
                 void *arg)
{
    struct error err;
    int folder = remote_folder(dir, false, &err), n;
    struct dirent **list = NULL;
    bool go_on = true;
    char job[72];

    if (folder < 0)
        return true; /* nobody has run here */
    n = file_scan(folder, &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (go_on && job_of(list[i]->d_name, job, sizeof job) &&
            client_job_runs(dir, job))
            go_on = each(arg, job);
        free(list[i]);
    }
    free(list);
    close(folder);
    return go_on;
}
