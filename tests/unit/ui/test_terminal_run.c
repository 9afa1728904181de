/*
 * The program itself on a terminal, read by libvterm: what many small changes
 * have left on the screen is what one whole painting puts there.
 */
#include "config.h"

#ifndef HAVE_VTERM
#include <stdio.h>

int main(void)
{
    puts("1..0 # SKIP built without libvterm (Debian: libvterm-dev): nobody "
         "has looked at what many changes leave on a terminal");
    return 0;
}
#else
#include "tests/support/golden.h"
#include "tests/support/terminal/pty_child.h"
#include "tests/support/terminal/terminal_model.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000, TRIES = 20 };

static char folder[] = "/tmp/batchtop-terminal-XXXXXX";
static struct pty_child tty;
static struct terminal_model *model;
static struct buf raw, text, looks;
static size_t seen; /* of raw: what was waited for already */

/* --- the program ------------------------------------------------------------------ */

/* Two records that cannot be used, so that it stays to be looked at. */
static void write_corpus(void)
{
    FILE *f = fopen("corpus.jsonl", "w");

    assert_non_null(f);
    for (int i = 0; i < 400; i++)
        fprintf(f, "{\"id\":\"doc-%d\",\"text\":\"the text of %d\"}\n", i, i);
    fputs("{\"id\":\"\xe8\xa8\x98\xe4\xba\x8b\",\"text\":7}\n"
          "{\"id\":\"e\xcc\x81 no text\"}\n", f);
    assert_int_equal(fclose(f), 0);
}

static void start(int rows, int cols)
{
    const char *program = getenv("BATCHTOP");
    char *path = realpath(program ? program : "./batchtop", NULL);

    assert_non_null(path);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    write_corpus();
    model = terminal_model_new(rows, cols);
    assert_true(pty_fork(&tty, rows, cols));
    if (tty.pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("BATCHTOP_CHECKPOINT_DIR", "checkpoints", 1);
        unsetenv("NO_COLOR");
        execl(path, path, "corpus.jsonl", (char *)NULL);
        _exit(127);
    }
    free(path);
}

static bool take(int ms)
{
    struct pollfd fd = { .fd = tty.master, .events = POLLIN };
    char block[4096];
    ssize_t n;

    if (poll(&fd, 1, ms) == 0)
        return true;
    n = read(tty.master, block, sizeof block);
    if (n <= 0)
        return false;
    buf_put(&raw, block, (size_t)n);
    terminal_model_feed(model, block, (size_t)n);
    return true;
}

static void look(void)
{
    buf_clear(&text);
    buf_clear(&looks);
    terminal_model_dump(model, &text);
    terminal_model_dump_looks(model, &looks);
}

static bool shows(const char *words)
{
    look();
    return strstr(buf_cstr(&text), words) != NULL;
}

static bool came(const char *bytes)
{
    return !*bytes ||
           (raw.len > seen &&
            memmem(raw.data + seen, raw.len - seen, bytes, strlen(bytes)));
}

/* Until the screen shows these words, and `bytes` have come. */
static void await_words(const char *words, const char *bytes)
{
    int waited = 0;

    while (!(came(bytes) && shows(words))) {
        waited += 20;
        if (take(20) && waited < PATIENCE_MS)
            continue;
        terminal_model_print(model);
        fail_msg("waited in vain for \"%s\"", words);
    }
    seen = raw.len;
}

static void type(const char *keys)
{
    assert_int_equal(write(tty.master, keys, strlen(keys)), strlen(keys));
}

/* --- tests ---------------------------------------------------------------------- */

/* Paint over and over, end with another row chosen and another pane in focus
 * than the time before, and with a prompt: the last row is painted last, so when
 * the prompt stands there the frame is complete. */
static void stir(int time)
{
    type(time % 2 == 0 ? "?\033zz6j:" : "b\033zz6k2:");
    await_words("\n:", "");
    type("mark");
    await_words(":mark", "");
}

/* A clock on the screen may step between both paintings: then once more. */
static bool whole_painting_changes_nothing(void)
{
    struct buf before, before_looks;
    bool same = false;

    buf_init(&before);
    buf_init(&before_looks);
    for (int i = 0; i < TRIES && !same; i++) {
        stir(i);
        look();
        buf_clear(&before);
        buf_clear(&before_looks);
        buf_puts(&before, buf_cstr(&text));
        buf_puts(&before_looks, buf_cstr(&looks));
        kill(tty.pid, SIGCONT); /* paints it all anew */
        await_words(":mark", "\033[2J");
        same = strcmp(buf_cstr(&before), buf_cstr(&text)) == 0 &&
               strcmp(buf_cstr(&before_looks), buf_cstr(&looks)) == 0;
        type("\033");
        await_words("Quit", "");
    }
    if (!same)
        terminal_model_print(model);
    buf_release(&before);
    buf_release(&before_looks);
    return same;
}

static void small_changes_and_sizes_leave_what_one_painting_shows(void **state)
{
    static const int sizes[][2] = { { 24, 80 }, { 12, 40 }, { 60, 200 },
                                    { 40, 120 } };

    (void)state;
    start(40, 120);
    await_words("DONE", "");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pty_resize(&tty, sizes[i][0], sizes[i][1]);
        terminal_model_resize(model, sizes[i][0], sizes[i][1]);
        await_words("Quit", "\033[2J");
        assert_true(whole_painting_changes_nothing());
    }
}

static void it_leaves_the_terminal_as_it_was(void **state)
{
    struct terminal_modes modes;
    int waited = 0;
    bool same;

    (void)state;
    type("\033\033q");
    while (take(20) && waited < PATIENCE_MS)
        waited += 20;
    if (waited >= PATIENCE_MS)
        kill(tty.pid, SIGKILL);
    same = pty_same_modes(&tty);
    assert_int_equal(WEXITSTATUS(await_child(tty.pid)), 1);
    assert_true(same);
    modes = terminal_model_modes(model);
    assert_false(modes.altscreen);
    assert_true(modes.cursor);
    assert_false(modes.mouse);
    assert_string_equal(modes.unknown, "");
    assert_true(shows("batchtop: done in"));
    assert_true(shows("400")); /* stored */
}

static int end(void **state)
{
    char command[64];

    (void)state;
    buf_release(&raw);
    buf_release(&text);
    buf_release(&looks);
    terminal_model_free(model);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_changes_and_sizes_leave_what_one_painting_shows),
        cmocka_unit_test(it_leaves_the_terminal_as_it_was),
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, end);
}
#endif
