/* Children here are short shell scripts. */
#include "config.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIMIT = 1 << 20, PATIENCE_MS = AWAIT_MS };

static char heard[512];

static void listen(void *ctx, const char *line)
{
    (void)ctx;
    snprintf(heard, sizeof heard, "%s", line);
}

static struct child_config config_of(const char *command)
{
    heard[0] = '\0';
    return (struct child_config){ .command = command, .stop_fd = -1,
                                  .timeout_ms = PATIENCE_MS,
                                  .limit_bytes = LIMIT, .say = listen };
}

static struct child *child_of(const char *command)
{
    struct child_config cfg = config_of(command);
    struct error err;
    struct child *c = child_new(&cfg, &err);

    if (!c)
        fail_msg("%s: %s", command, err.text);
    return c;
}

static const char *answer_of(struct child *c, const char *line)
{
    static struct buf answer;
    struct error err;

    if (!child_ask(c, text_of(line), &answer, &err))
        fail_msg("%s: %s", line, err.text);
    return buf_cstr(&answer);
}

/* The question fails so; its message. */
static const char *failure_of(struct child *c, const char *line,
                              enum error_kind kind)
{
    static struct error err;
    struct buf answer = { 0 };

    assert_false(child_ask(c, text_of(line), &answer, &err));
    buf_release(&answer);
    if (err.kind != kind)
        fail_msg("%s is not of kind %s", err.text, error_word(kind));
    return err.text;
}

/* A file that appears, or grows, when something in a child has happened. */
static char mark[64];

static int make_mark(void **state)
{
    int fd;

    (void)state;
    strcpy(mark, "/tmp/batchtop-child-XXXXXX");
    fd = mkstemp(mark);
    close(fd);
    return setenv("MARK", mark, 1) || fd < 0;
}

static int drop_mark(void **state)
{
    (void)state;
    return unlink(mark);
}

static const char *marked(void)
{
    static char text[4096];
    int fd = open(mark, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text, sizeof text - 1);

    assert_true(n >= 0);
    close(fd);
    text[n] = '\0';
    return text;
}

static void put_mark(void)
{
    FILE *f = fopen(mark, "w");

    assert_non_null(f);
    fputs("go\n", f);
    fclose(f);
}

/* --- words --- */

static const char *as_lines(const char *words)
{
    static struct buf answer;
    char command[256];
    struct child *c;
    struct error err;

    snprintf(command, sizeof command,
             "sh -c 'read x; for a; do printf \"[%%s]\" \"$a\"; done; echo' sh"
             " %s",
             words);
    c = child_of(command);
    assert_true(child_ask(c, text_of("\n"), &answer, &err));
    child_free(c);
    return buf_cstr(&answer);
}

static void a_command_is_words_that_no_shell_sees(void **state)
{
    (void)state;
    assert_string_equal(as_lines("a  b\tc"), "[a][b][c]");
    assert_string_equal(as_lines("'a b' \"c d\" e\\ f"), "[a b][c d][e f]");
    assert_string_equal(as_lines("'\\n' \"\\\"\\\\\\n\" \\'"),
                        "[\\n][\"\\\\n][']");
    assert_string_equal(as_lines("$HOME * ~ ;id `id` >x a|b"),
                        "[$HOME][*][~][;id][`id`][>x][a|b]");
    assert_string_equal(as_lines("'' a''b"), "[][ab]");
}

static void refused(const char *command, const char *why)
{
    struct child_config cfg = config_of(command);
    struct error err;

    assert_null(child_new(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, why))
        fail_msg("%s: %s", command, err.text);
}

static void a_command_that_cannot_work_is_refused_before_it_runs(void **state)
{
    (void)state;
    refused("", "names no program");
    refused("  ''", "names no program");
    refused("cat 'x", "inside a quote");
    refused("cat \\", "after a backslash");
    refused("no-such-program-here", "No such file");
    refused("/dev/null", "Permission denied");
    refused("no\033[2Jsuch", "no<1B>[2Jsuch");
}

/* --- questions --- */

static void each_line_is_answered_by_the_same_child(void **state)
{
    struct child *c = child_of(
        "sh -c 'n=0; while read x; do n=$((n+1)); echo $n:$x; done'");

    (void)state;
    assert_string_equal(answer_of(c, "a\n"), "1:a");
    assert_string_equal(answer_of(c, "b\n"), "2:b");
    assert_string_equal(answer_of(c, "\n"), "3:");
    child_free(c);
    child_free(NULL);
}

/* More both ways, at once, than any pipe holds. */
static void a_line_larger_than_the_pipes_goes_both_ways(void **state)
{
    static char line[900000];
    struct child *c = child_of("cat");

    (void)state;
    memset(line, 'x', sizeof line);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < 2; i++)
        assert_int_equal(strlen(answer_of(c, line)), sizeof line - 2);
    child_free(c);
}

static void a_flood_on_standard_error_does_not_stop_the_answer(void **state)
{
    struct child *c = child_of(
        "sh -c 'while read x; do awk \"BEGIN {for (i = 0; i < 20000; i++) "
        "print \\\"noise\\\", i}\" >&2; echo done; done'");

    (void)state;
    assert_string_equal(answer_of(c, "go\n"), "done");
    child_free(c);
    assert_non_null(strstr(heard, "noise"));
}

static void a_child_that_dies_says_why_and_the_next_question_starts_another(
    void **state)
{
    struct child *c = child_of(
        "sh -c 'while read x; do case $x in die) printf \"a\\033b\\n\" >&2;"
        " exit 3;; kill) kill -9 $$;; *) echo $x;; esac; done'");

    (void)state;
    assert_string_equal(answer_of(c, "one\n"), "one");
    assert_string_equal(failure_of(c, "die\n", ERROR_SERVER),
                        "the command ended with status 3; it last said: "
                        "a<1B>b");
    assert_string_equal(answer_of(c, "two\n"), "two");
    assert_non_null(strstr(failure_of(c, "kill\n", ERROR_SERVER),
                           "ended by signal 9"));
    assert_string_equal(answer_of(c, "three\n"), "three");
    child_free(c);
}

static void of_a_long_line_the_end_is_kept(void **state)
{
    struct child *c = child_of("sh -c 'read x; printf \"%01000d: No such file "
                               "or directory\\n\" 7 >&2; exit 2'");
    const char *said = failure_of(c, "x\n", ERROR_SERVER);

    (void)state;
    assert_non_null(strstr(said, "it last said: ...0"));
    assert_non_null(strstr(said, "7: No such file or directory"));
    child_free(c);
}

static void a_child_that_ends_between_two_questions_is_started_again(
    void **state)
{
    struct child *c = child_of("sh -c 'read x; echo $$; exit 1'");

    (void)state;
    for (size_t i = 1; i <= 3; i++) {
        pid_t pid = atoi(answer_of(c, "x\n"));

        await(is_dead(pid));
    }
    child_free(c);
}

static void what_is_not_one_line_to_a_question_is_no_answer(void **state)
{
    struct child *c = child_of(
        "sh -c 'while read x; do case $x in two) printf \"1\\n2\\n\";;"
        " long) head -c 1100000 /dev/zero; echo;; mute) exec >&-; sleep 60;;"
        " *) echo $x;; esac; done'");

    (void)state;
    assert_non_null(strstr(failure_of(c, "two\n", ERROR_PROTOCOL),
                           "more than one line"));
    assert_non_null(strstr(failure_of(c, "long\n", ERROR_PROTOCOL),
                           "longer than 1048576 bytes"));
    assert_non_null(strstr(failure_of(c, "mute\n", ERROR_SERVER),
                           "closed its standard output"));
    assert_string_equal(answer_of(c, "fine\n"), "fine");
    child_free(c);
    c = child_of("sh -c 'read x; echo $x; until [ -s $MARK ]; do sleep .01; "
                 "done; echo late; : >$MARK; read x'");
    answer_of(c, "x\n");
    put_mark();
    await(!marked()[0]);
    assert_non_null(strstr(failure_of(c, "y\n", ERROR_PROTOCOL),
                           "without being asked"));
    child_free(c);
}

static void a_child_that_answers_nothing_runs_out_of_time(void **state)
{
    struct child_config cfg = config_of("sleep 60");
    struct error err;
    struct child *c;

    (void)state;
    cfg.timeout_ms = 4;
    c = child_new(&cfg, &err);
    failure_of(c, "x\n", ERROR_TIMEOUT);
    child_free(c);
}

/* --- ends --- */

/* The child and its own child ignore all that is polite. */
static void a_stop_ends_a_stubborn_child_and_its_children(void **state)
{
    struct child_config cfg = config_of(
        "sh -c 'trap \"\" TERM; read x; echo $x; sleep 600 & echo $! >$MARK; "
        "while :; do wait; done'");
    struct error err;
    struct child *c;
    int stop[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(stop), 0);
    cfg.stop_fd = stop[0];
    c = child_new(&cfg, &err);
    answer_of(c, "x\n");
    await((pid = atoi(marked())) != 0);
    assert_int_equal(write(stop[1], "", 1), 1);
    failure_of(c, "x\n", ERROR_STOPPED);
    await(is_dead(pid));
    child_free(c);
    close(stop[0]);
    close(stop[1]);
}

static void the_end_of_its_input_is_a_childs_time_to_finish(void **state)
{
    struct child *c = child_of("sh -c 'read x; echo $x; read x; echo e >$MARK'");

    (void)state;
    answer_of(c, "x\n");
    child_free(c);
    assert_string_equal(marked(), "e\n");
}

/* --- what it inherits --- */

static void a_child_gets_no_secret_but_the_one_meant_for_it(void **state)
{
    struct child_config cfg = config_of(
        "sh -c 'read x; echo \"$BT_API_KEY,$BT_TOKEN,$BT_PASSWORD,$BT_PLAIN,"
        "$BT_HIDDEN\"'");
    struct error err;
    struct child *c;

    (void)state;
    setenv("BT_API_KEY", "1", 1);
    setenv("BT_TOKEN", "2", 1);
    setenv("BT_PASSWORD", "3", 1);
    setenv("BT_PLAIN", "4", 1);
    setenv("BT_HIDDEN", "5", 1);
    cfg.keep_env = "BT_TOKEN";
    cfg.hide_env = "BT_HIDDEN";
    c = child_new(&cfg, &err);
    assert_string_equal(answer_of(c, "x\n"), ",2,,4,");
    child_free(c);
}

/* The set of that name in the child's /proc/PID/status; the C library keeps
 * some signals above 31 for itself. */
static unsigned long signals_of(struct child *c, const char *name)
{
    return strtoul(answer_of(c, name), NULL, 16) & 0x7fffffff;
}

static void a_child_inherits_no_descriptor_and_no_blocked_signal(void **state)
{
    struct child *c = child_of(
        /* Builtins only: a shell that waits for a child blocks signals. */
        "sh -c 'while read x; do if [ $x = fd ]; then [ -e /proc/$$/fd/77 ]; "
        "echo $?; else while read k v; do if [ \"$k\" = $x: ]; then echo $v; "
        "fi; done </proc/$$/status; fi; done'");
    sigset_t all, before;
    int leaky = fcntl(1, F_DUPFD, 77); /* as a library might open one */

    (void)state;
    assert_int_equal(leaky, 77);
    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    assert_int_equal(signals_of(c, "SigIgn\n"), 0);
    assert_int_equal(signals_of(c, "SigBlk\n"), 0);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    assert_string_equal(answer_of(c, "fd\n"), "1");
#endif
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
    child_free(c);
    close(leaky);
}

static size_t open_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void no_descriptor_stays_behind(void **state)
{
    size_t before = open_descriptors();

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct child *c = child_of("sh -c 'read x; echo $x; read x; exit 1'");

        answer_of(c, "x\n");
        failure_of(c, "y\n", ERROR_SERVER);
        answer_of(c, "z\n");
        child_free(c);
    }
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_words_that_no_shell_sees),
        cmocka_unit_test(
            a_command_that_cannot_work_is_refused_before_it_runs),
        cmocka_unit_test(each_line_is_answered_by_the_same_child),
        cmocka_unit_test(a_line_larger_than_the_pipes_goes_both_ways),
        cmocka_unit_test(a_flood_on_standard_error_does_not_stop_the_answer),
        cmocka_unit_test(
            a_child_that_dies_says_why_and_the_next_question_starts_another),
        cmocka_unit_test(of_a_long_line_the_end_is_kept),
        cmocka_unit_test(
            a_child_that_ends_between_two_questions_is_started_again),
        cmocka_unit_test_setup_teardown(
            what_is_not_one_line_to_a_question_is_no_answer, make_mark,
            drop_mark),
        cmocka_unit_test(a_child_that_answers_nothing_runs_out_of_time),
        cmocka_unit_test_setup_teardown(
            a_stop_ends_a_stubborn_child_and_its_children, make_mark,
            drop_mark),
        cmocka_unit_test_setup_teardown(
            the_end_of_its_input_is_a_childs_time_to_finish, make_mark,
            drop_mark),
        cmocka_unit_test(a_child_gets_no_secret_but_the_one_meant_for_it),
        cmocka_unit_test(a_child_inherits_no_descriptor_and_no_blocked_signal),
        cmocka_unit_test(no_descriptor_stays_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
