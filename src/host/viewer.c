/* This file forks a console: the child becomes the run, in a session of its
 * own, and the parent draws the screen from a mirror of it. A socket pair joins
 * them, and the parent's exit status is that of the run. */
#include "config.h"
#include "host/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/run.h"
#include "engine/job/corpus_name.h"
#include "engine/job/job_name.h"
#include "host/cmd.h"
#include "host/plain.h"
#include "host/serve.h"
#include "host/watch.h"
#include "options/advice.h"
#include "remote/mirror.h"
#include "remote/remote.h"
#include "sys/thread.h"
#include "ui/terminal/app.h"
#include "ui/terminal/screen.h"

enum { LOOK_MS = 100, NOISE_MAX = 8192 };

struct viewer {
    const struct options *opt;
    char job[72];
    pid_t run;  /* the process of the run; 0: another one began it */
    int noise;  /* stray output of the run's process; -1: not ours */
    struct mirror *mirror;
    struct watch *watch;
    struct monitor screen;
    struct app *app; /* [screen]; NULL: there is none */
    struct snapshot now;
};

bool viewer_is_wanted(const struct options *opt)
{
    const char *accessible = getenv("ACCESSIBLE");

    return !opt->plain && !opt->quiet && !opt->json && opt->progress == 0 &&
           strcmp(opt->store, "jsonl:-") != 0 &&
           !(accessible && *accessible) && screen_possible();
}

static bool is_guest(const struct viewer *v)
{
    return v->run == 0;
}

/* --- the door ------------------------------------------------------------- */

/* A guest may have another working directory than the run. */
static bool command_from_here(void *to, const struct command *c, char *said,
                              size_t said_size, struct error *err)
{
    struct viewer *v = to;
    struct door door = mirror_door(v->mirror);
    struct command there = *c;

    if (*c->path &&
        !remote_path(there.path, sizeof there.path, c->path, err))
        return false;
    return door.command(door.to, &there, said, said_size, err);
}

static bool snapshot_of_run(void *to, struct snapshot *s)
{
    struct viewer *v = to;
    struct door door = mirror_door(v->mirror);

    return door.snapshot(door.to, s);
}

static struct door door_of(struct viewer *v)
{
    return is_guest(v) ? (struct door){ .to = v,
                          .command = command_from_here,
                          .snapshot = snapshot_of_run }
                       : mirror_door(v->mirror);
}

/* --- signals -------------------------------------------------------------- */

static void viewer_take_signal(void *arg, int signo)
{
    struct viewer *v = arg;
    bool ends = signo == SIGINT || signo == SIGTERM || signo == SIGQUIT;
    bool shown;

    monitor_lock(&v->screen); /* with the screen alive until told */
    shown = v->app != NULL;
    if (shown)
        app_signal(v->app, ends ? SIGHUP : signo);
    monitor_unlock(&v->screen);
    if (shown)
        return;
    if (ends || (signo == SIGHUP && is_guest(v)))
        _exit(EXIT_STORED); /* a guest that only waits for the last words */
    else if (signo == SIGTSTP)
        raise(SIGSTOP);
}

/* The screen need not wait for its next frame to notice. */
static void run_gone(void *arg)
{
    struct viewer *v = arg;

    monitor_lock(&v->screen);
    if (v->app)
        app_signal(v->app, SIGCHLD);
    monitor_unlock(&v->screen);
}

/* The third Ctrl-C: leave nothing of ours behind. */
static void viewer_kill_run(void *arg)
{
    struct viewer *v = arg;

    if (v->run > 0)
        kill(v->run, SIGKILL);
}

static bool viewer_start_watch(struct viewer *v, struct error *err)
{
    struct watch_config cfg = { .door = mirror_door(v->mirror),
                                .tell = viewer_take_signal,
                                .tell_all = is_guest(v),
                                .last = viewer_kill_run,
                                .arg = v };

    v->watch = watch_start(&cfg, err);
    return v->watch != NULL;
}

/* --- how it ends ---------------------------------------------------------- */

static void viewer_send_command(struct viewer *v, enum command_kind kind,
                                const char *origin)
{
    struct door door = mirror_door(v->mirror);
    struct command c = { .kind = kind };
    struct error err;

    snprintf(c.origin, sizeof c.origin, "%s", origin);
    door.command(door.to, &c, NULL, 0, &err);
}

/* What libraries, or a sanitizer, printed in the run's process. */
static void viewer_put_stray_output(const struct viewer *v)
{
    char tail[NOISE_MAX];
    off_t size = v->noise >= 0 ? lseek(v->noise, 0, SEEK_END) : 0;
    ssize_t n = size > 0 ? pread(v->noise, tail, sizeof tail,
                                 size > NOISE_MAX ? size - NOISE_MAX : 0)
                         : 0;

    for (ssize_t i = 0; i < n; i++) /* no escapes of others */
        if ((unsigned char)tail[i] < 0x20 && tail[i] != '\n')
            tail[i] = '?';
    if (n > 0)
        fwrite(tail, 1, (size_t)n, stderr);
}

static int viewer_say_lost(struct viewer *v, const char *why, int wait_status)
{
    const char *verb = is_guest(v) ? "attach" : "resume";
    char line[ADVICE_MAX];
    struct error err;

    if (is_guest(v))
        error_set(&err, ERROR_NETWORK, 0,
                  "the connection to %s is lost (%.100s); resume it if it is "
                  "not running",
                  v->job, why);
    else if (WIFSIGNALED(wait_status))
        error_set(&err, ERROR_LOCAL, 0,
                  "the run was ended by signal %d; its checkpoint is whole",
                  WTERMSIG(wait_status));
    else
        error_set(&err, ERROR_LOCAL, 0,
                  "the run ended without a word; its checkpoint is whole");
    cmd_error(&err);
    fprintf(stderr, "  %-10s  %s\n", verb,
            advice_line(line, v->opt, verb, v->job, ""));
    if (v->opt->json)
        plain_json_brief(stdout, v->job, EXIT_FATAL, err.text);
    return EXIT_FATAL;
}

/* The summary's line with the reason, or its first without our name. */
static const char *reason_in(char *text)
{
    static const char *const before[] = { "  reason      ", "  stopped by  " };
    static const char ours[] = "batchtop: ";
    const char *why = text;

    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(text, before[i]);

        if (at)
            why = at + strlen(before[i]);
    }
    if (strncmp(why, ours, strlen(ours)) == 0)
        why += strlen(ours);
    text[(size_t)(why - text) + strcspn(why, "\n")] = '\0';
    return why;
}

/* Wait for the end of the run and print its last words. */
static int viewer_wait_end(struct viewer *v)
{
    struct last_words words;
    int wait_status = 0;

    mirror_wait(v->mirror, -1, &words);
    if (v->run > 0)
        while (waitpid(v->run, &wait_status, 0) < 0 && errno == EINTR)
            ;
    viewer_put_stray_output(v);
    if (!words.said)
        return viewer_say_lost(v, words.text, wait_status);
    fputs(words.text, words.error || v->opt->json ? stderr : stdout);
    if (v->opt->json)
        plain_json_brief(stdout, v->job, (enum exit_status)words.status,
                         reason_in(words.text));
    return words.status;
}

static void viewer_say_left(const struct viewer *v)
{
    char log[4096], line[ADVICE_MAX];
    struct error err;
    int fd = v->run > 0 ? serve_open_log(v->opt, log, sizeof log, &err) : -1;

    printf("batchtop: %s runs on without a screen", v->job);
    if (v->run > 0)
        printf(", process %d", (int)v->run);
    if (fd >= 0)
        printf(", log %s", log);
    else if (v->run > 0) /* it finds the same */
        printf(", without a log (%s)", err.text);
    if (fd >= 0)
        close(fd);
    printf("\n  attach      %s\n",
           advice_line(line, v->opt, "attach", v->job, ""));
}

/* The run goes on without us, if it still runs. */
static int viewer_leave_run(struct viewer *v)
{
    struct error err;

    if (v->run > 0 && !mirror_detach(v->mirror, &err))
        return viewer_wait_end(v);
    viewer_say_left(v);
    return EXIT_STORED;
}

/* The terminal is gone. If we are killed, the run itself decides what that
 * means for it; as long as we live, we return its status. */
static int viewer_hang_up(struct viewer *v)
{
    if (is_guest(v))
        return EXIT_STORED;
    kill(v->run, SIGHUP);
    return v->opt->on_hangup == HANGUP_CONTINUE ? viewer_leave_run(v)
                                                : viewer_wait_end(v);
}

static int viewer_after_screen(struct viewer *v, enum app_end end)
{
    switch (end) {
    case APP_DETACH:
        return viewer_leave_run(v);
    case APP_HANGUP:
        return viewer_hang_up(v);
    case APP_ABANDON:
        viewer_kill_run(v);
        return EXIT_RESUMABLE; /* a resume sends again what is in flight */
    case APP_QUIT:
        if (is_guest(v) && v->now.state == RUN_DONE)
            return EXIT_STORED;
        break;
    case APP_ENDED:
    case APP_GONE:
        break;
    }
    if (!is_guest(v)) /* a finished run with failures would wait */
        viewer_send_command(v, COMMAND_DRAIN, "the operator");
    return viewer_wait_end(v);
}

static void set_screen(struct viewer *v, struct app *app)
{
    monitor_lock(&v->screen);
    v->app = app;
    monitor_unlock(&v->screen);
}

/* --- looking -------------------------------------------------------------- */

static int viewer_run_screen(struct viewer *v)
{
    const struct options *opt = v->opt;
    struct app_options look = { .read_only = opt->read_only,
                                .guest = is_guest(v),
                                .ascii = opt->ascii,
                                .high_contrast = opt->high_contrast,
                                .bell = opt->bell,
                                .stay = opt->stay,
                                .color = (enum app_color)opt->color,
                                .fps = (int)opt->fps };
    struct door door = door_of(v);
    struct error err;
    struct app *app = app_new(&door, &look, &err);
    enum app_end end;

    if (!app) {
        viewer_kill_run(v);
        return cmd_error(&err);
    }
    set_screen(v, app);
    if (!viewer_start_watch(v, &err)) {
        app_free(app);
        viewer_kill_run(v);
        return cmd_error(&err);
    }
    end = app_main(app);
    door.snapshot(door.to, &v->now);
    set_screen(v, NULL);
    app_free(app);
    return viewer_after_screen(v, end);
}

static void viewer_sleep(void)
{
    struct timespec look = { 0, LOOK_MS * 1000000L };

    nanosleep(&look, NULL);
}

/* Print the lines of a run that goes on elsewhere. */
static int show_lines(struct viewer *v)
{
    struct plain *p = plain_new(stdout, v->opt);
    struct door door = mirror_door(v->mirror);
    struct error err;

    plain_join(p);
    if (!viewer_start_watch(v, &err)) {
        plain_free(p);
        return cmd_error(&err);
    }
    while (door.snapshot(door.to, &v->now)) {
        if (p && v->now.state != RUN_STARTING)
            plain_look(p, &v->now);
        viewer_sleep();
    }
    plain_free(p);
    return viewer_wait_end(v);
}

/* Wait until we know that it has begun or has ended. */
static int viewer_wait_begin(struct viewer *v)
{
    struct door door = mirror_door(v->mirror);
    struct error err;

    if (!viewer_start_watch(v, &err)) {
        viewer_kill_run(v);
        return cmd_error(&err);
    }
    while (door.snapshot(door.to, &v->now) && v->now.state == RUN_STARTING)
        viewer_sleep();
    if (v->now.state == RUN_FAILED)
        return viewer_wait_end(v);
    return viewer_leave_run(v);
}

/* Call `how` with a mirror of the run. */
static int viewer_run_with_mirror(struct viewer *v, int fd,
                                  const struct snapshot *first,
                                  int (*how)(struct viewer *v))
{
    struct error err;
    int status;

    monitor_init(&v->screen);
    v->mirror = mirror_open(fd, first, run_gone, v, &err);
    if (!v->mirror) {
        viewer_kill_run(v);
        monitor_release(&v->screen);
        return cmd_error(&err);
    }
    status = how(v);
    watch_end(v->watch);
    mirror_close(v->mirror);
    monitor_release(&v->screen);
    return status;
}

/* --- the run's own process ------------------------------------------------ */

static void viewer_redirect(const struct options *opt, int noise)
{
    bool reads = opt->corpus.count && corpus_is_stdin(opt->corpus.item[0]);
    int nothing = reads ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    if (noise >= 0) {
        dup2(noise, STDOUT_FILENO);
        dup2(noise, STDERR_FILENO);
        close(noise);
    }
}

static int viewer_serve_run(const struct options *opt, const char *retry_kind,
                            int owner, int noise)
{
    setsid();
    viewer_redirect(opt, noise);
    return serve_run(opt, retry_kind, owner);
}

static int viewer_watch_run(const struct options *opt, pid_t run, int fd,
                            int noise)
{
    struct viewer *v = calloc(1, sizeof *v);
    struct error err;
    int status;

    if (!v) {
        error_memory(&err, "for a console");
        close(fd); /* the run sees this */
        return cmd_error(&err);
    }
    v->opt = opt;
    v->run = run;
    v->noise = noise;
    job_name(opt, v->job, sizeof v->job);
    run_starting(opt, &v->now);
    status = viewer_run_with_mirror(
        v, fd, &v->now, opt->detach ? viewer_wait_begin : viewer_run_screen);
    free(v);
    return status;
}

int viewer_run(const struct options *opt, const char *retry_kind)
{
    int pair[2], noise = memfd_create("batchtop", MFD_CLOEXEC), status;
    struct error err;
    pid_t run;

    fflush(stdout);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        (run = fork()) < 0) {
        error_errno(&err, errno, "a process for the run");
        return cmd_refuse(opt, &err);
    }
    if (run == 0) {
        close(pair[1]);
        return viewer_serve_run(opt, retry_kind, pair[0], noise);
    }
    close(pair[0]);
    status = viewer_watch_run(opt, run, pair[1], noise);
    if (noise >= 0)
        close(noise);
    return status;
}

int viewer_attach(const struct options *opt, const char *job, int fd)
{
    struct viewer *v = calloc(1, sizeof *v);
    struct error err;
    int status;

    if (!v) {
        close(fd);
        error_memory(&err, "for a console");
        return cmd_error(&err);
    }
    v->opt = opt;
    v->noise = -1;
    snprintf(v->job, sizeof v->job, "%s", job);
    if (remote_snapshot(fd, &v->now, &err)) {
        status = viewer_run_with_mirror(
            v, fd, &v->now,
            viewer_is_wanted(opt) ? viewer_run_screen : show_lines);
    } else { /* another build, or too many watch it */
        close(fd);
        status = cmd_error(&err);
    }
    free(v);
    return status;
}
