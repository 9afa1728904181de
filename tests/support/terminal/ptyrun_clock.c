/*
 * Steps of ptyrun that measure; each prints one line, times in ms:
 *     first          "first T": when the first frame was whole
 *     frames:MS      "frames N bytes B most M cpu P": in so many ms, bytes in
 *                    the mean and the largest one, and how many per cent of a
 *                    core the program's first thread took
 *     press:KEY:N    "press KEY median T p90 T": from the key to the first byte
 *                    of the answer; KEY is a character, tab, or esc, before
 *                    which ? opens something that it closes
 *     resized:CxR    "resized CxR T"
 *
 * A frame is what comes without QUIET_MS of silence in it. A key is pressed
 * right after one, so that the next is not taken for the answer.
 */
#include "config.h"
#include "tests/support/terminal/ptyrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MS = 40,
    FRAME_MS = 1500, /* one comes each second at least */
    PAUSE_MS = 300,  /* between two keys when none comes */
    ANSWER_MS = 5000,
    WHOLE = 1000,    /* bytes that a first frame has at least */
    PRESSES = 1000
};

/* One frame, at most so long; when its last byte came. */
static double await_frame(double limit_ms)
{
    double now = pty_now_ms(), until = now + limit_ms, last = 0;
    size_t seen = pty_seen();

    while (now < until && (last <= 0 || now - last < QUIET_MS)) {
        if (!pty_look(5))
            break;
        now = pty_now_ms();
        if (pty_seen() > seen)
            last = now;
        seen = pty_seen();
    }
    return last > 0 ? last : now;
}

static double await_first(void)
{
    double last;

    do
        last = await_frame(ANSWER_MS) - pty_started_ms();
    while (pty_seen() < WHOLE && last < ANSWER_MS);
    return last;
}

static double await_answer(double since)
{
    size_t seen = pty_seen();

    while (pty_seen() == seen && pty_now_ms() - since < ANSWER_MS)
        if (!pty_look(100))
            break;
    return pty_now_ms() - since;
}

/* Of the first thread: the console's is the program's own. */
static double cpu_ms(void)
{
    char path[64];
    double ns = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/schedstat",
             (long)pty_child(), (long)pty_child());
    f = fopen(path, "r");
    if (f && fscanf(f, "%lf", &ns) != 1)
        ns = 0;
    if (f)
        fclose(f);
    return ns / 1e6;
}

static void frames(double ms)
{
    double begun = pty_now_ms(), cpu = cpu_ms();
    size_t first = pty_seen(), most = 0, n = 0;

    while (pty_now_ms() - begun < ms) {
        size_t before = pty_seen();

        await_frame(FRAME_MS);
        n += pty_seen() > before;
        if (pty_seen() - before > most)
            most = pty_seen() - before;
    }
    printf("frames %zu bytes %zu most %zu cpu %.2f\n", n,
           n ? (pty_seen() - first) / n : 0, most,
           (cpu_ms() - cpu) * 100 / (pty_now_ms() - begun));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void press(const char *key, int n)
{
    static double took[PRESSES];
    bool esc = strcmp(key, "esc") == 0, tab = strcmp(key, "tab") == 0;

    if (n < 1 || n > PRESSES)
        return;
    for (int i = 0; i < n; i++) {
        double since;

        if (esc)
            pty_type("?");
        await_frame(PAUSE_MS);
        since = pty_now_ms();
        pty_type(esc ? "\033" : tab ? "\t" : key);
        took[i] = await_answer(since);
    }
    qsort(took, (size_t)n, sizeof *took, by_value);
    printf("press %s median %.2f p90 %.2f\n", key, took[n / 2],
           took[n * 9 / 10]);
}

static void resized(int cols, int rows)
{
    double since;

    await_frame(FRAME_MS);
    since = pty_now_ms();
    pty_resize(cols, rows);
    printf("resized %dx%d %.2f\n", cols, rows, await_answer(since));
}

void pty_clock_step(const char *word, size_t len, const char *operand)
{
    char key[16];
    int a = 0, b = 0;

    if (strncmp(word, "first", len) == 0)
        printf("first %.1f\n", await_first());
    else if (strncmp(word, "frames", len) == 0)
        frames(atof(operand));
    else if (strncmp(word, "press", len) == 0 &&
             sscanf(operand, "%15[^:]:%d", key, &a) == 2)
        press(key, a);
    else if (strncmp(word, "resized", len) == 0 &&
             sscanf(operand, "%dx%d", &a, &b) == 2)
        resized(a, b);
}
