/*
 * Looks as roles, never as numbers: what a cell means, and how that looks on a
 * terminal with colours, without them, or at high contrast. And the signs: one
 * set for UTF-8, one for ASCII, each one column wide.
 *
 * Every state has a word first, then a sign, then a colour.
 */
#ifndef BATCHTOP_UI_DRAW_THEME_H
#define BATCHTOP_UI_DRAW_THEME_H

#include "api/snapshot.h"

#include <stdbool.h>

/* role, colour, attributes with colours, attributes without */
#define STYLES(X)                                                              \
    X(NORMAL, DEFAULT, 0, 0)                                                   \
    X(HEADER, DEFAULT, ATTR_REVERSE, ATTR_REVERSE)                             \
    X(OK, GREEN, 0, ATTR_BOLD)                                                 \
    X(PAUSED, CYAN, ATTR_BOLD, ATTR_REVERSE)                                   \
    X(DRAINING, CYAN, 0, ATTR_UNDERLINE)                                       \
    X(WARN, MAGENTA, 0, ATTR_BOLD)                                             \
    X(FAILED, RED, 0, ATTR_BOLD)                                               \
    X(ALARM, RED, ATTR_BOLD, ATTR_REVERSE | ATTR_BOLD)                         \
    X(GAUGE, DEFAULT, 0, 0)                                                    \
    X(GAUGE_HIGH, YELLOW, 0, ATTR_BOLD)                                        \
    X(GAUGE_FULL, RED, 0, ATTR_REVERSE)                                        \
    X(BAR_CALM, CYAN, 0, ATTR_BOLD)                                            \
    X(BAR_FULL, RED, 0, ATTR_BOLD)                                             \
    X(SPARK, CYAN, 0, 0)                                                       \
    X(BORDER, DEFAULT, ATTR_DIM, 0)                                            \
    X(FOCUS, DEFAULT, ATTR_BOLD, ATTR_BOLD)                                    \
    X(TITLE, DEFAULT, 0, 0)                                                    \
    X(SELECTED, DEFAULT, ATTR_REVERSE, ATTR_REVERSE)                           \
    X(MATCH, DEFAULT, ATTR_UNDERLINE | ATTR_BOLD, ATTR_UNDERLINE)              \
    X(STRONG, DEFAULT, ATTR_BOLD, ATTR_BOLD)                                   \
    X(DIM, DEFAULT, ATTR_DIM, ATTR_DIM)                                        \
    X(KEY, DEFAULT, ATTR_BOLD, ATTR_BOLD)                                      \
    X(KEYWORD, DEFAULT, ATTR_DIM, 0)                                           \
    X(TOAST, DEFAULT, 0, 0)                                                    \
    X(FIELD, DEFAULT, ATTR_UNDERLINE, ATTR_UNDERLINE)                          \
    X(BUTTON, DEFAULT, ATTR_REVERSE, ATTR_REVERSE)

enum style {
#define X(name, color, with, without) STYLE_##name,
    STYLES(X)
#undef X
        STYLE_COUNT
};

enum hue {
    HUE_DEFAULT,
    HUE_RED,
    HUE_GREEN,
    HUE_YELLOW, /* of bars alone: as a word it vanishes on light paper */
    HUE_MAGENTA,
    HUE_CYAN,
    HUE_COUNT
};
enum attribute {
    ATTR_BOLD = 1,
    ATTR_REVERSE = 2,
    ATTR_UNDERLINE = 4,
    ATTR_DIM = 8 /* only if the terminal has it */
};
struct attributes {
    enum hue color;
    unsigned attrs; /* of enum attribute */
};

enum theme { THEME_COLOR, THEME_MONO, THEME_CONTRAST };

/* What a role looks like. CONTRAST uses bold and reverse only. */
struct attributes theme_attributes(enum theme theme, enum style style);

struct box_signs {
    const char *across, *down;
    const char *top_left, *top_right, *bottom_left, *bottom_right;
};

struct signs {
    bool ascii;
    struct box_signs light, heavy;
    const char *running, *paused, *draining, *warn, *failed;
    const char *to;         /* an arrow: a becomes b, a goes to b */
    const char *flow;       /* between the stages of the pipeline */
    const char *flow_long;  /* the same, three columns */
    const char *chosen;     /* the row under the cursor */
    const char *tag;        /* a tagged row */
    const char *down;       /* sorted downwards */
    const char *up, *left, *right;
    const char *step_left, *step_right; /* a field that takes steps */
    const char *cut;        /* the rest did not fit */
    const char *times, *minus, *dot;
    const char *on, *off;   /* radio buttons: 3 columns */
    const char *bar_full, *bar_empty;
    const char *bar_part[7]; /* one eighth to seven eighths */
    const char *ramp[8];     /* low to high; none is a space */
    const char *ground;      /* where a graph has no samples yet */
};
extern const struct signs signs_utf8, signs_ascii;
const struct signs *signs_of(bool ascii);

/* A state's sign and role. */
const char *state_sign(const struct signs *g, enum run_state s);
enum style state_style(enum run_state s);
/* Below 70 %, 70 to 90, above. */
enum style gauge_style(double pct);

#endif
