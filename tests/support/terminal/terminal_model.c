/*
 * libvterm interprets the bytes, and callbacks note the cursor, the modes and
 * every sequence that it does not know. A repeat sequence is written out by
 * hand, since old versions of the library lack it.
 */
#include "config.h"
#include "tests/support/terminal/terminal_model.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <vterm.h>

struct terminal_model {
    VTerm *vt;
    VTermScreen *screen;
    struct terminal_modes modes;
    char held[16]; /* what may become a REP */
    size_t held_len;
    char last; /* the last byte before it */
};

static int on_cursor(VTermPos pos, VTermPos before, int visible, void *user)
{
    struct terminal_model *m = user;

    (void)before;
    (void)visible;
    m->modes.row = pos.row;
    m->modes.col = pos.col;
    return 1;
}

static int on_mode(VTermProp which, VTermValue *value, void *user)
{
    struct terminal_model *m = user;

    if (which == VTERM_PROP_ALTSCREEN)
        m->modes.altscreen = value->boolean;
    else if (which == VTERM_PROP_CURSORVISIBLE)
        m->modes.cursor = value->boolean;
    else if (which == VTERM_PROP_MOUSE)
        m->modes.mouse = value->number != VTERM_PROP_MOUSE_NONE;
    return 1;
}

static int on_unknown_csi(const char *leader, const long args[], int count,
                          const char *between, char command, void *user)
{
    struct terminal_model *m = user;

    if (command != 't' && !m->modes.unknown[0])
        snprintf(m->modes.unknown, sizeof m->modes.unknown,
                 "CSI %s%ld (%d arguments) %s%c", leader ? leader : "",
                 count ? args[0] : -1, count, between ? between : "", command);
    return 1;
}

static int on_unknown_control(unsigned char control, void *user)
{
    struct terminal_model *m = user;

    if (!m->modes.unknown[0])
        snprintf(m->modes.unknown, sizeof m->modes.unknown, "control %02x",
                 control);
    return 1;
}

static int on_unknown_string(const char *command, size_t len, void *user)
{
    struct terminal_model *m = user;

    if (!m->modes.unknown[0])
        snprintf(m->modes.unknown, sizeof m->modes.unknown,
                 "OSC or DCS %.*s", (int)(len < 40 ? len : 40), command);
    return 1;
}

struct terminal_model *terminal_model_new(int rows, int cols)
{
    static const VTermScreenCallbacks seen = { .movecursor = on_cursor,
                                               .settermprop = on_mode };
    static const VTermParserCallbacks unknown = {
        .control = on_unknown_control,
        .csi = on_unknown_csi,
        .osc = on_unknown_string,
        .dcs = on_unknown_string,
    };
    struct terminal_model *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->vt = vterm_new(rows, cols);
    vterm_set_utf8(m->vt, 1);
    m->screen = vterm_obtain_screen(m->vt);
    vterm_screen_enable_altscreen(m->screen, 1);
    vterm_screen_set_callbacks(m->screen, &seen, m);
    vterm_screen_set_unrecognised_fallbacks(m->screen, &unknown, m);
    vterm_screen_reset(m->screen, 1);
    return m;
}

void terminal_model_free(struct terminal_model *m)
{
    if (!m)
        return;
    vterm_free(m->vt);
    free(m);
}

static void feed_byte(struct terminal_model *m, char byte)
{
    vterm_input_write(m->vt, &byte, 1);
    m->last = byte;
}

static bool begins_rep(const char *p, size_t len)
{
    return p[0] == '\033' && (len < 2 || p[1] == '[') &&
           (len < 3 || strspn(p + 2, "0123456789") == len - 2);
}

/* CSI n b, xterm's REP, repeats the character before it; old libvterms do not
 * know it, curses knows xterms. */
void terminal_model_feed(struct terminal_model *m, const char *bytes,
                         size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (m->held_len > 2 && bytes[i] == 'b') {
            for (int n = atoi(m->held + 2); n > 0; n--)
                feed_byte(m, m->last);
            m->held_len = 0;
            continue;
        }
        m->held[m->held_len++] = bytes[i];
        m->held[m->held_len] = '\0';
        if (m->held_len < sizeof m->held - 1 &&
            begins_rep(m->held, m->held_len))
            continue;
        for (size_t k = 0; k < m->held_len; k++)
            feed_byte(m, m->held[k]);
        m->held_len = 0;
    }
}

void terminal_model_resize(struct terminal_model *m, int rows, int cols)
{
    vterm_set_size(m->vt, rows, cols);
}

struct terminal_modes terminal_model_modes(const struct terminal_model *m)
{
    return m->modes;
}

/* --- cells ------------------------------------------------------------------- */

enum { CELL_BYTES = VTERM_MAX_CHARS_PER_CELL * MB_LEN_MAX + 1 };

static VTermScreenCell cell_at(const struct terminal_model *m, int row,
                               int col)
{
    VTermScreenCell cell = { .width = 1 };

    vterm_screen_get_cell(m->screen, (VTermPos){ row, col }, &cell);
    return cell;
}

/* UTF-8; a cell that was erased is a space. */
static void text_of_cell(const VTermScreenCell *cell, char to[CELL_BYTES])
{
    mbstate_t state = { 0 };
    char *end = to;

    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++) {
        size_t n = wcrtomb(end, (wchar_t)cell->chars[i], &state);

        end += n == (size_t)-1 ? 0 : n;
    }
    if (end == to)
        *end++ = ' ';
    *end = '\0';
}

static struct attributes look_of(const VTermScreenCell *cell)
{
    static const enum hue colors[8] = {
        [1] = HUE_RED, [2] = HUE_GREEN, [3] = HUE_YELLOW,
        [5] = HUE_MAGENTA, [6] = HUE_CYAN
    };
    struct attributes look = { HUE_DEFAULT, 0 };

    if (!VTERM_COLOR_IS_DEFAULT_FG(&cell->fg))
        look.color = VTERM_COLOR_IS_INDEXED(&cell->fg) &&
                             cell->fg.indexed.idx < 8 &&
                             colors[cell->fg.indexed.idx]
                         ? colors[cell->fg.indexed.idx]
                         : HUE_COUNT; /* none of ours */
    look.attrs = (cell->attrs.bold ? ATTR_BOLD : 0u) |
                 (cell->attrs.reverse ? ATTR_REVERSE : 0u) |
                 (cell->attrs.underline ? ATTR_UNDERLINE : 0u);
    return look;
}

static bool same_look(const VTermScreenCell *cell, struct attributes want,
                      bool blank)
{
    const unsigned seen = ATTR_REVERSE | ATTR_UNDERLINE;
    struct attributes got = look_of(cell);

    if (!VTERM_COLOR_IS_DEFAULT_BG(&cell->bg) || cell->attrs.blink ||
        cell->attrs.italic || cell->attrs.strike)
        return false;
    if (blank)
        return (got.attrs & seen) == (want.attrs & seen);
    return got.color == want.color &&
           got.attrs == (want.attrs & ~(unsigned)ATTR_DIM);
}

bool terminal_model_shows(const struct terminal_model *m,
                          const struct canvas *c, enum theme theme, char *why,
                          size_t size)
{
    for (int i = 0; i < c->rows * c->cols; i++) {
        int row = i / c->cols, col = i % c->cols;
        const struct cell *want = canvas_cell(c, row, col);
        struct attributes look = theme_attributes(theme, (enum style)want->style);
        VTermScreenCell got = cell_at(m, row, col);
        char text[CELL_BYTES];

        if (want->width == 0)
            continue; /* the right half of the one before */
        text_of_cell(&got, text);
        if (strcmp(text, want->text) == 0 && got.width == want->width &&
            same_look(&got, look, strcmp(text, " ") == 0))
            continue;
        snprintf(why, size,
                 "row %d, column %d: wanted \"%s\" %d wide, colour %d, "
                 "attributes %x; got \"%s\" %d wide, colour %d, attributes %x",
                 row, col, want->text, want->width, look.color, look.attrs,
                 text, got.width, look_of(&got).color, look_of(&got).attrs);
        return false;
    }
    return true;
}

void terminal_model_dump(const struct terminal_model *m, struct buf *to)
{
    int rows, cols;

    vterm_get_size(m->vt, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            VTermScreenCell cell = cell_at(m, row, col);
            char text[CELL_BYTES];

            if (cell.chars[0] == (uint32_t)-1)
                continue; /* the right half of the one before */
            text_of_cell(&cell, text);
            buf_puts(to, text);
        }
        buf_putc(to, '\n');
    }
}

void terminal_model_print(const struct terminal_model *m)
{
    struct buf text;

    buf_init(&text);
    terminal_model_dump(m, &text);
    for (char *line = strtok((char *)buf_cstr(&text), "\n"); line;
         line = strtok(NULL, "\n"))
        printf("# %s\n", line);
    buf_release(&text);
}

void terminal_model_dump_looks(const struct terminal_model *m, struct buf *to)
{
    int rows, cols;

    vterm_get_size(m->vt, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        for (int col = 0; col < cols; col++) {
            VTermScreenCell cell = cell_at(m, row, col);
            struct attributes look = look_of(&cell);

            if (cell.chars[0] == 0 || cell.chars[0] == ' ') { /* what is seen */
                look.color = HUE_DEFAULT;
                look.attrs &= ATTR_REVERSE | ATTR_UNDERLINE;
            }
            buf_putc(to, (char)('0' + look.color * 8 + look.attrs));
        }
        buf_putc(to, '\n');
    }
}
