/*
 * A terminal for tests: runs a program on a pseudo-terminal, follows a script
 * and tells what came of it. No library but the C one.
 *
 *     ptyrun [-r RAW] [-s COLSxROWS] STEP... -- COMMAND...
 *
 * Steps, in order; none may take longer than 60 s:
 *     wait:TEXT    until the program has written these bytes since the last
 *                  wait that was met
 *     type:TEXT    press these keys
 *     signal:NAME  to the program: TERM HUP INT QUIT SEGV ABRT TSTP STOP
 *                  CONT KILL
 *     stopped      until the program is stopped
 *     size:CxR     resize the terminal
 *     storm:N      N sizes from 1x1 to 300x100, one after the other
 *     stall:MS     do not read for so long
 *     deaf         do not read any more until the program has ended
 *     hangup       the terminal goes away, as when the line drops
 *     tty:NAME     "tty NAME same" or "... differs": the terminal's modes
 *                  against what they were before
 *     sleep:MS
 *     first, frames:MS, press:KEY:N, resized:CxR: see ptyrun_clock.c
 *
 * Then it reads until the program ends and prints lines: "exit N" or "killed
 * N", "tty same" or "tty differs", "left STATE" for each mode of the terminal
 * that the output turned on and not off (altscreen, cursor, mouse, keypad),
 * "escapes N", and "took MS cpu MS". RAW gets every byte.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/terminal/ptyrun.h"

enum { PATIENCE_MS = 60000, LOOK_MS = 20, END_MS = 2 };

static int master;
static pid_t child;
static FILE *raw;
static struct termios before;
static char *seen;
static size_t seen_len, seen_room, met;
static double started_ms;

double pty_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long long now_ms(void)
{
    return (long long)pty_now_ms();
}

double pty_started_ms(void)
{
    return started_ms;
}

pid_t pty_child(void)
{
    return child;
}

size_t pty_seen(void)
{
    return seen_len;
}

static void give_up(const char *what)
{
    printf("gave up: %s\n", what);
    kill(child, SIGKILL);
    exit(1);
}

static void keep(const char *data, size_t n)
{
    if (seen_len + n + 1 > seen_room) {
        seen_room = (seen_len + n + 1) * 2;
        seen = realloc(seen, seen_room);
        if (!seen)
            exit(1);
    }
    memcpy(seen + seen_len, data, n);
    seen_len += n;
    seen[seen_len] = '\0';
}

bool pty_look(int ms)
{
    struct pollfd fd = { .fd = master, .events = POLLIN };
    char block[8192];
    ssize_t n;

    if (poll(&fd, 1, ms) <= 0)
        return true;
    n = read(master, block, sizeof block);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    if (raw) {
        fwrite(block, 1, (size_t)n, raw);
        fflush(raw); /* others wait for what it has */
    }
    keep(block, (size_t)n);
    return true;
}

static void await(const char *text)
{
    long long until = now_ms() + PATIENCE_MS;

    for (;;) {
        char *at = seen ? memmem(seen + met, seen_len - met, text,
                                 strlen(text))
                        : NULL;

        if (at) {
            met = (size_t)(at - seen) + strlen(text);
            return;
        }
        if (!pty_look(LOOK_MS) || now_ms() > until)
            give_up(text);
    }
}

static void rest(int ms)
{
    long long until = now_ms() + ms;

    while (now_ms() < until)
        pty_look(LOOK_MS);
}

void pty_resize(int cols, int rows)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)cols };

    ioctl(master, TIOCSWINSZ, &size);
}

static void storm(int n)
{
    for (int i = 0; i < n; i++) {
        pty_resize(1 + i * 97 % 300, 1 + i * 31 % 100);
        pty_look(2);
    }
}

void pty_type(const char *keys)
{
    if (write(master, keys, strlen(keys)) < 0)
        give_up("type");
}

static int signal_of(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } all[] = { { "TERM", SIGTERM }, { "HUP", SIGHUP },   { "INT", SIGINT },
                { "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "ABRT", SIGABRT },
                { "TSTP", SIGTSTP }, { "STOP", SIGSTOP },
                { "CONT", SIGCONT }, { "KILL", SIGKILL } };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].number;
    give_up(name);
    return 0;
}

static void await_stop(void)
{
    long long until = now_ms() + PATIENCE_MS;
    int status;

    while (waitpid(child, &status, WUNTRACED | WNOHANG) == 0) {
        pty_look(LOOK_MS);
        if (now_ms() > until)
            give_up("it does not stop");
    }
    if (!WIFSTOPPED(status))
        give_up("it ended instead of stopping");
}

static bool same_modes(void)
{
    struct termios now = { 0 }; /* musl leaves the rest of c_cc as it was */

    return tcgetattr(master, &now) == 0 && now.c_iflag == before.c_iflag &&
           now.c_oflag == before.c_oflag && now.c_cflag == before.c_cflag &&
           now.c_lflag == before.c_lflag &&
           memcmp(now.c_cc, before.c_cc, sizeof now.c_cc) == 0;
}

/* The last word about a mode was to turn it on. */
static bool is_on(const char *on, const char *off)
{
    const char *last_on = NULL, *last_off = NULL;

    for (const char *p = seen; p && (p = strstr(p, on)); p++)
        last_on = p;
    for (const char *p = seen; p && (p = strstr(p, off)); p++)
        last_off = p;
    return last_on && (!last_off || last_off < last_on);
}

static void tell_modes(void)
{
    size_t escapes = 0;

    for (size_t i = 0; i < seen_len; i++) {
        escapes += seen[i] == '\033';
        if (seen[i] == '\0')
            seen[i] = ' ';
    }
    if (is_on("\033[?1049h", "\033[?1049l"))
        puts("left altscreen");
    if (is_on("\033[?25l", "\033[?25h"))
        puts("left cursor");
    if (is_on("\033[?1000h", "\033[?1000l"))
        puts("left mouse");
    if (is_on("\033[?1h", "\033[?1l"))
        puts("left keypad");
    printf("escapes %zu\n", escapes);
}

static bool deaf;

static void hang_up(void)
{
    close(master);
    master = -1; /* poll() passes it by */
    deaf = true;
}

static void step(const char *word)
{
    const char *operand = strchr(word, ':');
    size_t len = operand ? (size_t)(operand - word) : strlen(word);
    int a = 0, b = 0;

    operand = operand ? operand + 1 : "";
    if (strncmp(word, "wait", len) == 0)
        await(operand);
    else if (strncmp(word, "type", len) == 0)
        pty_type(operand);
    else if (strncmp(word, "signal", len) == 0)
        kill(child, signal_of(operand));
    else if (strncmp(word, "stopped", len) == 0)
        await_stop();
    else if (strncmp(word, "size", len) == 0 &&
             sscanf(operand, "%dx%d", &a, &b) == 2)
        pty_resize(a, b);
    else if (strncmp(word, "storm", len) == 0)
        storm(atoi(operand));
    else if (strncmp(word, "stall", len) == 0)
        usleep((useconds_t)atoi(operand) * 1000);
    else if (strncmp(word, "deaf", len) == 0)
        deaf = true;
    else if (strncmp(word, "hangup", len) == 0)
        hang_up();
    else if (strncmp(word, "tty", len) == 0)
        printf("tty %s %s\n", operand, same_modes() ? "same" : "differs");
    else if (strncmp(word, "sleep", len) == 0)
        rest(atoi(operand));
    else
        pty_clock_step(word, len, operand);
}

static void start(char *argv[], int cols, int rows)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)cols };
    int slave;

    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        exit(1);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ioctl(slave, TIOCSWINSZ, &size);
    tcgetattr(slave, &before);
    started_ms = pty_now_ms();
    child = fork();
    if (child == 0) {
        setsid();
        ioctl(slave, TIOCSCTTY, 0);
        for (int fd = 0; fd < 3; fd++)
            dup2(slave, fd);
        close(slave);
        close(master);
        execvp(argv[0], argv);
        _exit(127);
    }
    /* The slave stays open here, so that the modes can be read at the end. */
}

static void finish(void)
{
    long long until = now_ms() + PATIENCE_MS;
    struct rusage used;
    double ended_ms;
    int status;

    while (wait4(child, &status, WNOHANG, &used) == 0) {
        if (deaf)
            usleep(LOOK_MS * 1000);
        else
            pty_look(END_MS);
        if (now_ms() > until)
            give_up("it does not end");
    }
    ended_ms = pty_now_ms();
    rest(5 * LOOK_MS);
    if (WIFSIGNALED(status))
        printf("killed %d\n", WTERMSIG(status));
    else
        printf("exit %d\n", WEXITSTATUS(status));
    printf("tty %s\n", same_modes() ? "same" : "differs");
    tell_modes();
    printf("took %.0f cpu %.0f\n", ended_ms - started_ms,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3);
}

int main(int argc, char *argv[])
{
    int at = 1, cols = 120, rows = 40, command;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (; at + 1 < argc && argv[at][0] == '-' && argv[at][1] != '-'; at += 2)
        if (argv[at][1] == 'r')
            raw = fopen(argv[at + 1], "w");
        else if (sscanf(argv[at + 1], "%dx%d", &cols, &rows) != 2)
            return 2;
    for (command = at; command < argc && strcmp(argv[command], "--"); command++)
        continue;
    if (command + 1 >= argc) {
        fprintf(stderr, "usage: ptyrun [-r RAW] [-s COLSxROWS] STEP... -- "
                        "COMMAND...\n");
        return 2;
    }
    start(argv + command + 1, cols, rows);
    for (; at < command; at++)
        step(argv[at]);
    finish();
    if (raw)
        fclose(raw);
    return 0;
}
