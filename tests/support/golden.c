/*
 * A screen is written as text, with a second picture of letters for the looks
 * of its cells, and compared with the file of its name. The first line that
 * differs is printed.
 */
#include "config.h"
#include "tests/support/golden.h"
#include "tests/support/tap.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void golden_begin(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    if (!setlocale(LC_ALL, "C.UTF-8"))
        setlocale(LC_ALL, "en_US.UTF-8");
}

void golden_rows(struct buf *to, const struct canvas *c)
{
    for (int row = 0; row < c->rows; row++) {
        int cols = c->cols;

        while (cols > 0 &&
               strcmp(canvas_cell(c, row, cols - 1)->text, " ") == 0)
            cols--;
        for (int col = 0; col < cols; col++)
            buf_puts(to, canvas_cell(c, row, col)->text);
        buf_putc(to, '\n');
    }
}

void golden_text(struct buf *to, const char *what, const struct canvas *c)
{
    buf_printf(to, "== %s, %dx%d\n", what, c->cols, c->rows);
    golden_rows(to, c);
}

/* --- looks ------------------------------------------------------------------- */

static void look_words(struct attributes look, char *to, size_t size)
{
    static const char *const colors[HUE_COUNT] = { "default", "red", "green",
                                                     "yellow", "magenta",
                                                     "cyan" };

    snprintf(to, size, "%s%s%s%s%s", colors[look.color],
             look.attrs & ATTR_BOLD ? " bold" : "",
             look.attrs & ATTR_REVERSE ? " reverse" : "",
             look.attrs & ATTR_UNDERLINE ? " underline" : "",
             look.attrs & ATTR_DIM ? " dim" : "");
}

static int code_of(struct attributes look)
{
    return (int)look.color * 16 + (int)look.attrs;
}

void golden_looks(struct buf *to, const char *what, const struct canvas *c,
                  enum theme theme)
{
    char letter[HUE_COUNT * 16] = "";
    char next = 'a', words[64];

    letter[0] = '.'; /* the terminal's own */
    buf_printf(to, "== %s, %dx%d\n", what, c->cols, c->rows);
    for (int row = 0; row < c->rows; row++) {
        for (int col = 0; col < c->cols; col++) {
            enum style style = (enum style)canvas_cell(c, row, col)->style;
            int code = code_of(theme_attributes(theme, style));

            if (!letter[code])
                letter[code] = next++;
            buf_putc(to, letter[code]);
        }
        buf_putc(to, '\n');
    }
    for (int code = 0; code < (int)sizeof letter; code++) {
        struct attributes look = { (enum hue)(code / 16),
                             (unsigned)code % 16 };

        if (!letter[code])
            continue;
        look_words(look, words, sizeof words);
        buf_printf(to, "%c %s\n", letter[code], words);
    }
}

/* --- files --------------------------------------------------------------------- */

static void path_of(const char *name, char *to, size_t size)
{
    const char *srcdir = getenv("srcdir");

    snprintf(to, size, "%s/tests/screens/%s.txt", srcdir ? srcdir : ".", name);
}

static bool read_file(const char *path, struct buf *to)
{
    FILE *f = fopen(path, "r");
    char block[4096];
    size_t n;

    if (!f)
        return false;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(to, block, n);
    fclose(f);
    return true;
}

static void write_file(const char *path, const struct buf *from)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(from->data, 1, from->len, f), from->len);
    assert_int_equal(fclose(f), 0);
}

static void tell_difference(const char *name, const char *want,
                            const char *got)
{
    int line = 1;

    while (*want && *got) {
        size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");

        if (a != b || memcmp(want, got, a) != 0) {
            print_message("%s.txt line %d\n  wanted |%.*s|\n  got    |%.*s|\n",
                          name, line, (int)a, want, (int)b, got);
            return;
        }
        want += a + (want[a] == '\n');
        got += b + (got[b] == '\n');
        line++;
    }
    print_message("%s.txt: one of both ends at line %d\n", name, line);
}

void golden_check(const char *name, const struct buf *got)
{
    struct buf want, have;
    char path[512];
    bool same;

    path_of(name, path, sizeof path);
    if (getenv("BATCHTOP_UPDATE_SCREENS")) {
        write_file(path, got);
        return;
    }
    buf_init(&want);
    buf_init(&have);
    if (!read_file(path, &want))
        fail_msg("%s is missing: BATCHTOP_UPDATE_SCREENS=1 makes it", path);
    buf_put(&have, got->data, got->len);
    buf_putc(&want, '\0');
    buf_putc(&have, '\0');
    same = strcmp(want.data, have.data) == 0;
    if (!same)
        tell_difference(name, want.data, have.data);
    buf_release(&want);
    buf_release(&have);
    assert_true(same);
}
