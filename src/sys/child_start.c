/* This file starts a child process: it cuts the command into words, looks for
 * the program, takes secrets out of the environment and connects three pipes.
 * The child runs in a process group of its own, with default signals. */
#include "config.h"
#include "sys/child_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/str.h"

/* ---- words ---- */

static bool child_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copy one word to *to and end it; returns what follows, NULL: a quote is
 * open. */
static const char *take_word(const char *p, char **to)
{
    char quote = 0;

    for (; *p && (quote || !child_is_blank(*p)); p++) {
        if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
            continue;
        }
        if (*p == '\\' && (quote == 0 || (quote == '"' && (p[1] == '"' ||
                                                           p[1] == '\\'))))
            if (*++p == '\0')
                return NULL;
        *(*to)++ = *p;
    }
    *(*to)++ = '\0';
    return quote ? NULL : p;
}

char **child_words(const char *command, struct error *err)
{
    size_t len = strlen(command), count = 0, most = len / 2 + 2;
    char **words = malloc(most * sizeof *words + len + 2);
    char *to;

    if (!words) {
        error_memory(err, "for a command");
        return NULL;
    }
    to = (char *)(words + most);
    for (;;) {
        while (child_is_blank(*command))
            command++;
        if (*command == '\0')
            break;
        words[count++] = to;
        command = take_word(command, &to);
        if (!command) {
            error_set(err, ERROR_CONFIG, 0,
                      "the command ends inside a quote or after a backslash");
            free(words);
            return NULL;
        }
    }
    words[count] = NULL;
    if (count > 0 && words[0][0])
        return words;
    error_set(err, ERROR_CONFIG, 0, "the command names no program");
    free(words);
    return NULL;
}

/* ---- the program ---- */

static bool may_run(const char *dir, size_t len, const char *program)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%.*s%s%s", (int)len, dir,
                     len ? "/" : "", program);

    return n > 0 && (size_t)n < sizeof path && access(path, X_OK) == 0;
}

static bool cannot_start(const char *program, int code, struct error *err)
{
    char shown[80];

    str_printable(shown, sizeof shown, text_of(program));
    error_errno(err, code, "the program %s cannot be started", shown);
    err->kind = ERROR_CONFIG;
    return false;
}

bool child_program_check(const char *program, struct error *err)
{
    const char *path = getenv("PATH");

    if (strchr(program, '/'))
        return may_run("", 0, program) || cannot_start(program, errno, err);
    for (path = path ? path : "/bin:/usr/bin";; path++) {
        size_t len = strcspn(path, ":");

        if (may_run(len ? path : ".", len ? len : 1, program))
            return true;
        path += len;
        if (*path == '\0')
            return cannot_start(program, ENOENT, err);
    }
}

/* ---- the environment ---- */

static bool is_name(const char *name, size_t len, const char *other)
{
    return other && strlen(other) == len && memcmp(name, other, len) == 0;
}

static bool child_hides_variable(const char *name, size_t len, const char *keep,
                                 const char *hide)
{
    static const char *const ends[] = { "KEY",      "TOKEN",  "SECRET",
                                        "PASSWORD", "PASSWD", "CREDENTIALS" };

    if (is_name(name, len, keep))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (text_ends((struct text){ name, len }, ends[i]))
            return true;
    return is_name(name, len, hide);
}

/* Our environment without the secrets; the texts stay where they are. */
static char **clean_environment(const char *keep, const char *hide)
{
    size_t n = 0, kept = 0;
    char **clean;

    while (environ[n])
        n++;
    clean = malloc((n + 1) * sizeof *clean);
    if (!clean)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!child_hides_variable(environ[i], strcspn(environ[i], "="), keep,
                                  hide))
            clean[kept++] = environ[i];
    clean[kept] = NULL;
    return clean;
}

/* ---- start ---- */

enum { OURS, THEIRS };

/* fd[OURS] for us; fd[THEIRS] lies above the three that the child has. */
static bool make_pipe(int fd[2], bool to_child)
{
    int both[2], moved[2];

    if (pipe2(both, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        moved[i] = fcntl(both[i], F_DUPFD_CLOEXEC, 3);
        close(both[i]);
    }
    fd[OURS] = moved[to_child ? 1 : 0];
    fd[THEIRS] = moved[to_child ? 0 : 1];
    return fd[OURS] >= 0 && fd[THEIRS] >= 0 &&
           fcntl(fd[OURS], F_SETFL, O_NONBLOCK) == 0;
}

/* The child ignores and blocks no signal and has a group of its own. */
static void set_attributes(posix_spawnattr_t *attr)
{
    sigset_t set;

    sigfillset(&set);
    posix_spawnattr_setsigdefault(attr, &set);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(attr, &set);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETPGROUP);
}

static int child_spawn(char *const argv[], char *const env[], int fds[3][2],
                       pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int code = posix_spawn_file_actions_init(&actions);

    if (code != 0)
        return code;
    for (int i = 0; i < 3 && code == 0; i++)
        code = posix_spawn_file_actions_adddup2(&actions, fds[i][THEIRS], i);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    /* Libraries may open descriptors without close-on-exec. */
    if (code == 0)
        code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
    if (code == 0)
        code = posix_spawnattr_init(&attr);
    if (code == 0) {
        set_attributes(&attr);
        code = posix_spawnp(pid, argv[0], &actions, &attr, argv, env);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static void close_all(int fds[3][2], int side)
{
    for (int i = 0; i < 3; i++)
        if (fds[i][side] >= 0)
            close(fds[i][side]);
}

bool child_start(char *const argv[], const char *keep_env,
                 const char *hide_env, pid_t *pid, struct child_ends *ends,
                 struct error *err)
{
    int fds[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    char **env = clean_environment(keep_env, hide_env);
    bool started = false;
    int code;

    if (!env)
        return error_memory(err, "for a child");
    if (!make_pipe(fds[0], true) || !make_pipe(fds[1], false) ||
        !make_pipe(fds[2], false)) {
        error_errno(err, errno, "making a pipe");
        goto out;
    }
    code = child_spawn(argv, env, fds, pid);
    started = code == 0 || cannot_start(argv[0], code, err);
    *ends = (struct child_ends){ fds[0][OURS], fds[1][OURS], fds[2][OURS] };
out:
    if (!started)
        close_all(fds, OURS);
    close_all(fds, THEIRS);
    free(env);
    return started;
}
