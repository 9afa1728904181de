/* This file draws a horizontal bar in steps of an eighth of a cell. A value
 * above nothing never gives an empty bar, one below everything never a full
 * one. */
#include "config.h"
#include "ui/panes/widgets.h"

static int eighths_of(int width, double pct)
{
    int all = width * 8, n;

    if (!(pct > 0))
        return 0;
    if (pct >= 100)
        return all;
    n = (int)(pct * all / 100 + 0.5);
    if (n < 1)
        return 1;
    return n < all ? n : all - 1;
}

/* A reversed block is a hole, so bars have roles of their own beside reversed
 * words. */
static enum style bar_style(enum style style)
{
    switch (style) {
    case STYLE_GAUGE_FULL:
    case STYLE_ALARM:
        return STYLE_BAR_FULL;
    case STYLE_PAUSED:
    case STYLE_DRAINING:
        return STYLE_BAR_CALM;
    default:
        return style;
    }
}

int widget_bar(struct canvas *c, int row, int col, int width,
               enum style style, double pct)
{
    const struct signs *g = c->signs;
    int n, full;

    if (width <= 0)
        return col;
    style = bar_style(style);
    n = eighths_of(width, pct);
    full = n / 8;
    if (g->ascii && full == 0 && n > 0)
        n = 8, full = 1; /* no parts to show a little with */
    canvas_fill(c, row, col, 1, full, style, g->bar_full);
    canvas_fill(c, row, col + full, 1, width - full, STYLE_DIM, g->bar_empty);
    if (n % 8)
        canvas_put(c, row, col + full, style, g->bar_part[n % 8 - 1]);
    return col + width;
}
