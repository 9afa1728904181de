/*
 * measure FILE SECONDS COMMAND...: run a command and write what it took into
 * the file, as shell variables: wall and cpu in seconds, rss in MiB, status.
 * After SECONDS (0: never) the command gets a SIGTERM, ten seconds later a
 * SIGKILL. Debian's package "time" would do but for that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LAST_WORDS_S = 10 };

static volatile sig_atomic_t child;
static volatile sig_atomic_t warned;

static void measure_late(int signal)
{
    (void)signal;
    kill(child, warned ? SIGKILL : SIGTERM);
    warned = 1;
    alarm(LAST_WORDS_S);
}

static double measure_now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double measure_seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int measure_fail(const char *what)
{
    perror(what);
    return 125;
}

int main(int argc, char *argv[])
{
    struct sigaction late = { .sa_handler = measure_late };
    struct rusage used;
    double begun = measure_now_s();
    int status;
    FILE *to;

    if (argc < 4)
        return fputs("measure FILE SECONDS COMMAND...\n", stderr), 125;
    child = fork();
    if (child < 0)
        return measure_fail("fork");
    if (child == 0) {
        execvp(argv[3], argv + 3);
        _exit(measure_fail(argv[3]));
    }
    sigaction(SIGALRM, &late, NULL);
    alarm((unsigned)atoi(argv[2]));
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR)
            return measure_fail("wait4");
    to = fopen(argv[1], "w");
    if (!to)
        return measure_fail(argv[1]);
    fprintf(to, "wall=%.3f cpu=%.3f rss=%.1f status=%d\n",
            measure_now_s() - begun,
            measure_seconds(used.ru_utime) + measure_seconds(used.ru_stime),
            (double)used.ru_maxrss / 1024,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(to) ? measure_fail(argv[1]) : 0;
}
