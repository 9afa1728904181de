/* This file has two tables: what each role looks like with colours and without,
 * and the signs in UTF-8 and in ASCII. It chooses the signs by how wide the
 * locale says that a few of them are. */
#include "config.h"
#include "ui/draw/theme.h"

#include "ui/draw/canvas.h"

struct role {
    enum hue color;
    unsigned with, without;
};

static const struct role roles[STYLE_COUNT] = {
#define X(name, color, with, without)                                          \
    [STYLE_##name] = { HUE_##color, with, without },
    STYLES(X)
#undef X
};

struct attributes theme_attributes(enum theme theme, enum style style)
{
    const struct role *r = &roles[style];
    unsigned attrs = r->without;

    if (theme == THEME_COLOR)
        return (struct attributes){ r->color, r->with };
    if (theme == THEME_CONTRAST && attrs & ATTR_UNDERLINE)
        attrs |= ATTR_REVERSE;
    if (theme == THEME_CONTRAST)
        attrs &= ATTR_BOLD | ATTR_REVERSE;
    return (struct attributes){ HUE_DEFAULT, attrs };
}

const struct signs signs_utf8 = {
    .light = { "─", "│", "┌", "┐", "└", "┘" },
    .heavy = { "━", "┃", "┏", "┓", "┗", "┛" },
    .running = "●", .paused = "‖", .draining = "◌",
    .warn = "▲", .failed = "✖",
    .to = "→", .flow = "▶", .flow_long = "──▶",
    .chosen = "▸", .tag = "•",
    .up = "↑", .down = "↓", .left = "←", .right = "→",
    .step_left = "◂", .step_right = "▸",
    .cut = "…", .times = "×", .minus = "−", .dot = "·",
    .on = "(•)", .off = "( )",
    .bar_full = "█", .bar_empty = "░",
    .bar_part = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" },
    .ramp = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
    .ground = "·",
};

const struct signs signs_ascii = {
    .ascii = true,
    .light = { "-", "|", "+", "+", "+", "+" },
    .heavy = { "=", "|", "+", "+", "+", "+" },
    .running = "*", .paused = "=", .draining = "o",
    .warn = "!", .failed = "x",
    .to = ">", .flow = ">", .flow_long = "-->",
    .chosen = ">", .tag = "+",
    .up = "^", .down = "v", .left = "<", .right = ">",
    .step_left = "<", .step_right = ">",
    .cut = "~", .times = "x", .minus = "-", .dot = "-",
    .on = "(*)", .off = "( )",
    .bar_full = "#", .bar_empty = ".",
    .bar_part = { ".", ".", ".", "#", "#", "#", "#" },
    .ramp = { ".", ".", ":", "-", "=", "+", "*", "#" },
    .ground = "_",
};

const struct signs *signs_of(bool ascii)
{
    /* One of each block; if the terminal takes them for wide, every column
     * behind them is in the wrong place. */
    static const uint32_t samples[] = { 0x25cf, 0x2016, 0x25b2, 0x2192,
                                        0x25b6, 0x2026, 0x00d7 };

    for (size_t i = 0; i < sizeof samples / sizeof *samples && !ascii; i++)
        ascii = code_width(samples[i]) != 1;
    return ascii ? &signs_ascii : &signs_utf8;
}

enum style state_style(enum run_state s)
{
    static const enum style styles[] = {
        [RUN_STARTING] = STYLE_NORMAL,   [RUN_RUNNING] = STYLE_OK,
        [RUN_PAUSED] = STYLE_PAUSED,     [RUN_THROTTLED] = STYLE_WARN,
        [RUN_HELD] = STYLE_WARN,         [RUN_RETRYING] = STYLE_WARN,
        [RUN_DRAINING] = STYLE_DRAINING, [RUN_STOPPING] = STYLE_DRAINING,
        [RUN_DONE] = STYLE_OK,           [RUN_FAILED] = STYLE_ALARM
    };

    return styles[s];
}

const char *state_sign(const struct signs *g, enum run_state s)
{
    switch (state_style(s)) {
    case STYLE_PAUSED:
        return g->paused;
    case STYLE_DRAINING:
        return g->draining;
    case STYLE_WARN:
        return g->warn;
    case STYLE_ALARM:
        return g->failed;
    default:
        return g->running;
    }
}

enum style gauge_style(double pct)
{
    if (pct < 70)
        return STYLE_GAUGE;
    return pct <= 90 ? STYLE_GAUGE_HIGH : STYLE_GAUGE_FULL;
}
