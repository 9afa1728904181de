/* This file draws graphs of one or several rows with blocks, ASCII signs or
 * Braille dots. A Braille cell holds two columns, so such a graph shows twice
 * as many values. */
#include "config.h"
#include "ui/panes/widgets.h"

/* 0 for nothing, else 1..levels. */
static int level_of(double value, double top, int levels)
{
    double n;

    if (!(value > 0) || !(top > 0))
        return 0;
    n = value / top * levels + 0.5;
    if (n < 1)
        return 1;
    return n < levels ? (int)n : levels;
}

/* Two columns of up to four dots each as one Braille pattern. */
static void put_braille(struct canvas *c, int row, int col, int left,
                        int right)
{
    static const uint8_t lefts[5] = { 0, 0x40, 0x44, 0x46, 0x47 };
    static const uint8_t rights[5] = { 0, 0x80, 0xa0, 0xb0, 0xb8 };
    unsigned dots = (unsigned)lefts[left] | rights[right];
    char text[4] = { (char)0xe2, (char)(0xa0 + (dots >> 6)),
                     (char)(0x80 + (dots & 0x3f)), '\0' };

    canvas_put(c, row, col, STYLE_SPARK, dots ? text : " ");
}

/* One column of a graph in row `up` (0 lowest) of it. */
static void put_block(struct canvas *c, int row, int col, const char *const *ramp,
                      int level, int up)
{
    int here = level - up * 8;

    if (here > 8)
        here = 8;
    canvas_put(c, row, col, STYLE_SPARK, here > 0 ? ramp[here - 1] : " ");
}

static enum graph graph_of(const struct canvas *c, enum graph wanted)
{
    return c->signs->ascii ? GRAPH_ASCII : wanted;
}

static const char *const *ramp_of(enum graph graph)
{
    return graph == GRAPH_ASCII ? signs_ascii.ramp : signs_utf8.ramp;
}

/* Values for `width` columns (braille: twice) into rows from the bottom. */
static void draw_columns(struct canvas *c, int row, int col, int rows,
                         int width, enum graph graph, const double *value,
                         double top)
{
    const char *const *ramp = ramp_of(graph);

    for (int i = 0; i < width; i++)
        for (int up = 0; up < rows; up++) {
            int at = row + rows - 1 - up;

            if (graph == GRAPH_BRAILLE) {
                int a = level_of(value[2 * i], top, rows * 4) - up * 4;
                int b = level_of(value[2 * i + 1], top, rows * 4) - up * 4;

                put_braille(c, at, col + i, a < 0 ? 0 : a > 4 ? 4 : a,
                            b < 0 ? 0 : b > 4 ? 4 : b);
            } else {
                put_block(c, at, col + i, ramp,
                          level_of(value[i], top, rows * 8), up);
            }
        }
}

enum { COLUMNS = 640 };

int widget_spark(struct canvas *c, int row, int col, int rows, int width,
                 enum graph graph, const float *samples, size_t count,
                 double top)
{
    double value[COLUMNS] = { 0 };
    int slots;

    if (width <= 0)
        return col;
    graph = graph_of(c, graph);
    slots = graph == GRAPH_BRAILLE ? width * 2 : width;
    if (slots > COLUMNS)
        return col + width;
    for (int i = 0; i < slots && (size_t)i < count; i++)
        value[slots - 1 - i] = (double)samples[count - 1 - (size_t)i];
    draw_columns(c, row, col, rows, width, graph, value, top);
    for (int i = 0; i < slots - (int)count; i += slots / width)
        canvas_put(c, row + rows - 1, col + i * width / slots, STYLE_DIM,
                   c->signs->ground);
    return col + width;
}

void widget_graph(struct canvas *c, int row, int col, int rows, int width,
                  enum graph graph, const float *samples, size_t count,
                  size_t span, uint64_t tick, double top)
{
    double value[COLUMNS] = { 0 };
    size_t slots, per, from = count;

    graph = graph_of(c, graph);
    if (width <= 0 || width * 2 > COLUMNS || rows <= 0)
        return;
    slots = (size_t)width * (graph == GRAPH_BRAILLE ? 2 : 1);
    per = (span + slots - 1) / slots;
    /* The newest column may still be filling. */
    for (size_t i = slots, part = (size_t)(tick % per); i-- > 0 && from > 0;
         part = 0) {
        size_t n = part > 0 ? part : per;
        double sum = 0;

        if (n > from)
            n = from;
        for (size_t k = 0; k < n; k++)
            sum += (double)samples[--from];
        value[i] = sum / (double)n;
    }
    draw_columns(c, row, col, rows, width, graph, value, top);
}

int widget_graph_column(const struct canvas *c, int width, enum graph graph,
                        size_t span, uint64_t tick, uint64_t ago)
{
    size_t each = graph_of(c, graph) == GRAPH_BRAILLE ? 2 : 1;
    size_t slots = (size_t)width * each, per, part, slot;

    if (width <= 0 || ago >= span)
        return -1;
    per = (span + slots - 1) / slots;
    part = tick % per > 0 ? (size_t)(tick % per) : per;
    slot = ago < part ? 0 : 1 + ((size_t)ago - part) / per;
    return slot < slots ? width - 1 - (int)(slot / each) : -1;
}

double widget_peak(const float *samples, size_t count, size_t last)
{
    double peak = 0;

    for (size_t i = count > last ? count - last : 0; i < count; i++)
        if ((double)samples[i] > peak)
            peak = (double)samples[i];
    return peak;
}
