/* This file turns text into cells, character by character. Most of the work is
 * for characters beyond ASCII: wide ones take two cells, marks join the cell
 * before them, and everything is cut at the edges. */
#include "config.h"
#include "ui/draw/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "util/str.h"

static const struct cell blank_cell = { " ", 1, STYLE_NORMAL };

struct canvas *canvas_new(int rows, int cols, bool ascii)
{
    struct canvas *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->signs = signs_of(ascii);
    if (!canvas_resize(c, rows, cols)) {
        free(c);
        return NULL;
    }
    return c;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    free(c->cells);
    free(c);
}

bool canvas_resize(struct canvas *c, int rows, int cols)
{
    struct cell *cells;

    rows = rows < 1 ? 1 : rows;
    cols = cols < 1 ? 1 : cols;
    cells = calloc((size_t)rows * (size_t)cols, sizeof *cells);
    if (!cells)
        return false;
    for (int i = 0; i < rows * cols; i++)
        cells[i] = blank_cell; /* width 0 would mean half a character */
    free(c->cells);
    c->cells = cells;
    c->rows = rows;
    c->cols = c->stride = cols;
    canvas_clear(c);
    return true;
}

void canvas_clear(struct canvas *c)
{
    canvas_fill(c, 0, 0, c->rows, c->cols, STYLE_NORMAL, " ");
}

/* Cut [*at, *at + *len) to [0, size). */
static void cut_span(int *at, int *len, int size)
{
    if (*at < 0) {
        *len += *at;
        *at = 0;
    }
    if (*len > size - *at)
        *len = size - *at;
    if (*len < 0)
        *len = 0;
}

struct canvas canvas_part(const struct canvas *c, int row, int col, int rows,
                          int cols)
{
    struct canvas part = *c;

    cut_span(&row, &rows, c->rows);
    cut_span(&col, &cols, c->cols);
    part.rows = rows;
    part.cols = cols;
    if (rows > 0 && cols > 0)
        part.cells = canvas_cell(c, row, col);
    return part;
}

/* --- characters --- */

/* If the C library's own table is not for UTF-8. */
static int plain_width(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
        int width;
    } ranges[] = {
        { 0x0080, 0x009f, -1 },   { 0x0300, 0x036f, 0 },
        { 0x1100, 0x115f, 2 },    { 0x200b, 0x200f, 0 },
        { 0x20d0, 0x20ff, 0 },    { 0x2e80, 0x303e, 2 },
        { 0x3041, 0xa4cf, 2 },    { 0xac00, 0xd7a3, 2 },
        { 0xf900, 0xfaff, 2 },    { 0xfe00, 0xfe0f, 0 },
        { 0xfe20, 0xfe2f, 0 },    { 0xfe30, 0xfe6f, 2 },
        { 0xff00, 0xff60, 2 },    { 0xffe0, 0xffe6, 2 },
        { 0x1f300, 0x1faff, 2 },  { 0x20000, 0x3fffd, 2 },
        { 0xe0000, 0x10ffff, -1 }
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

int code_width(uint32_t cp)
{
    if (cp < 0x20 || cp == 0x7f)
        return -1;
    if (cp < 0x7f || (cp >= 0x2500 && cp <= 0x259f))
        return 1; /* lines and blocks: most of a screen */
    return MB_CUR_MAX > 1 ? wcwidth((wchar_t)cp) : plain_width(cp);
}

static bool canvas_starts(const char *p, const char *end, const char *sign)
{
    size_t n = strlen(sign);

    return (size_t)(end - p) >= n && memcmp(p, sign, n) == 0;
}

/* The character at p as a cell; returns where the next one starts. Width 0:
 * nothing to draw. */
static const char *next_cell(const struct canvas *c, const char *p,
                             const char *end, struct cell *out)
{
    uint32_t cp = (unsigned char)*p;
    size_t n = 1;
    int width = 1;

    memset(out->text, 0, sizeof out->text);
    out->width = 1;
    out->text[0] = *p;
    if (cp >= 0x20 && cp < 0x7f)
        return p + 1;
    /* The one sign that messages of a run have. */
    if (c->signs->ascii && canvas_starts(p, end, signs_utf8.to)) {
        out->text[0] = *c->signs->to;
        return p + strlen(signs_utf8.to);
    }
    if (c->signs->ascii) {
        while (p + n < end && (unsigned char)p[n] >= 0x80)
            n++;
        width = -1;
    } else {
        n = utf8_decode(p, end, &cp);
        width = n > 0 ? code_width(cp) : -1;
        n += n == 0;
    }
    if (width < 0) {
        out->text[0] = '?';
        return p + n;
    }
    memcpy(out->text, p, n);
    out->width = (uint8_t)width;
    return p + n;
}

static void canvas_blank(struct cell *cell)
{
    memcpy(cell->text, blank_cell.text, sizeof cell->text);
    cell->width = 1;
}

/* A wide character that loses one half loses the other too; its halves are
 * always neighbours on the canvas that owns the cells. */
static void set_cell(struct cell *at, const struct cell *from)
{
    struct cell *last = at + from->width - 1;

    if (at->width == 0)
        canvas_blank(at - 1);
    if (last->width == 2)
        canvas_blank(last + 1);
    *at = *from;
    if (last != at)
        *last = (struct cell){ "", 0, from->style };
}

int canvas_width(const struct canvas *c, const char *text)
{
    const char *end = text + strlen(text);
    struct cell cell;
    int width = 0;

    while (text < end) {
        text = next_cell(c, text, end, &cell);
        width += cell.width;
    }
    return width;
}

/* A mark over or under a letter. Not an invisible character that turns text
 * round or joins it, which never reaches a terminal; nor one that selects a
 * variant, which some terminals draw wider than curses believes. */
static bool is_mark(const struct cell *cell)
{
    uint32_t cp = 0;

    utf8_decode(cell->text, cell->text + strlen(cell->text), &cp);
    return cp >= 0x300 && cp != 0x34f && !str_treacherous(cp) &&
           (cp < 0xfe00 || cp > 0xfe0f);
}

static void add_mark(struct cell *at, const struct cell *mark)
{
    size_t len = strlen(at->text), more = strlen(mark->text);

    if (is_mark(mark) && len + more < sizeof at->text)
        memcpy(at->text + len, mark->text, more + 1);
}

int canvas_put(struct canvas *c, int row, int col, enum style style,
               const char *text)
{
    const char *end = text + strlen(text);
    bool visible = row >= 0 && row < c->rows;
    struct cell cell, *last = NULL;

    cell.style = (uint8_t)style;
    while (text < end) {
        text = next_cell(c, text, end, &cell);
        if (cell.width == 0) {
            if (last)
                add_mark(last, &cell);
            continue;
        }
        last = NULL;
        if (visible && col >= 0 && col + cell.width <= c->cols) {
            last = canvas_cell(c, row, col);
            set_cell(last, &cell);
        }
        col += cell.width;
    }
    return col;
}

int canvas_printf(struct canvas *c, int row, int col, enum style style,
                  const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return canvas_put(c, row, col, style, text);
}

/* Columns of the longest beginning that fits into `width`. */
static int width_within(const struct canvas *c, const char *text, int width)
{
    const char *end = text + strlen(text);
    struct cell cell;
    int used = 0;

    while (text < end) {
        text = next_cell(c, text, end, &cell);
        if (used + cell.width > width)
            break;
        used += cell.width;
    }
    return used;
}

int canvas_text(struct canvas *c, int row, int col, int width,
                enum style style, const char *text)
{
    bool fits = canvas_width(c, text) <= width;
    struct canvas room;
    int width_cut;

    if (width <= 0)
        return col;
    canvas_fill(c, row, col, 1, width, style, " ");
    if (fits) {
        canvas_put(c, row, col, style, text);
        return col + width;
    }
    width_cut = width_within(c, text, width - 1);
    room = canvas_part(c, row, col, 1, width_cut);
    canvas_put(&room, 0, 0, style, text);
    canvas_put(c, row, col + width_cut, style, c->signs->cut);
    return col + width;
}

int canvas_right(struct canvas *c, int row, int col, int width,
                 enum style style, const char *text)
{
    int space = width - canvas_width(c, text);

    if (space <= 0)
        return canvas_text(c, row, col, width, style, text);
    canvas_fill(c, row, col, 1, space, style, " ");
    return canvas_put(c, row, col + space, style, text);
}

/* --- areas --- */

void canvas_fill(struct canvas *c, int row, int col, int rows, int cols,
                 enum style style, const char *sign)
{
    struct cell cell;

    cut_span(&row, &rows, c->rows);
    cut_span(&col, &cols, c->cols);
    if (rows == 0 || cols == 0)
        return;
    next_cell(c, sign, sign + strlen(sign), &cell);
    cell.style = (uint8_t)style;
    for (int r = row; r < row + rows; r++) {
        struct cell *at = canvas_cell(c, r, col);

        set_cell(at, &cell);
        set_cell(at + cols - 1, &cell);
        for (int i = 1; i < cols - 1; i++)
            at[i] = cell;
    }
}

void canvas_restyle(struct canvas *c, int row, int col, int cols,
                    enum style style)
{
    cut_span(&col, &cols, c->cols);
    if (row < 0 || row >= c->rows)
        return;
    for (int i = 0; i < cols; i++)
        canvas_cell(c, row, col + i)->style = (uint8_t)style;
}
