/* This file has the keys that Tune, Retry and Change share. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

/* 1 2 4 8 16 24 32 48 64 96 ... */
static int64_t ladder_next(int64_t value)
{
    int64_t power = 1;

    if (value < 1)
        return 1;
    while (power * 2 <= value)
        power *= 2;
    return power >= 16 && value < power + power / 2 ? power + power / 2
                                                    : power * 2;
}

int64_t ladder_step(int64_t value, int direction, int64_t max)
{
    int64_t at = 1;

    if (direction > 0)
        return value >= max                ? value
               : ladder_next(value) < max ? ladder_next(value)
                                           : max;
    if (value <= 1 || value > max)
        return value <= 1 ? value : max;
    while (ladder_next(at) < value)
        at = ladder_next(at);
    return at;
}

bool field_key(struct field *f, int key, size_t digits, int *move, int *step)
{
    size_t n = strlen(f->typed);

    f->refused[0] = '\0';
    *move = *step = 0;
    switch (key) {
    case KEYCODE_BACKSPACE:
        f->typed[n - (n > 0)] = '\0';
        return true;
    case KEYCODE_UP:
    case KEYCODE_BACK_TAB:
    case 'k':
        *move = -1;
        return true;
    case KEYCODE_DOWN:
    case KEYCODE_TAB:
    case 'j':
        *move = 1;
        return true;
    case KEYCODE_LEFT:
    case '-':
        *step = -1;
        return true;
    case KEYCODE_RIGHT:
    case '+':
    case '=':
        *step = 1;
        return true;
    default:
        if (key >= '0' && key <= '9' && n < digits)
            snprintf(f->typed + n, sizeof f->typed - n, "%c", key);
        return key >= '0' && key <= '9';
    }
}

bool field_take(struct field *f, const char *what, int64_t min, int64_t max,
                const char *unit, int64_t *value)
{
    uint64_t n;
    bool good = !f->typed[0] ||
                (str_parse_u64(f->typed, &n) && n <= (uint64_t)max &&
                 (int64_t)n >= min);

    if (!good)
        snprintf(f->refused, sizeof f->refused, "%s takes %lld to %lld%s",
                 what, (long long)min, (long long)max, unit);
    else if (f->typed[0])
        *value = (int64_t)n;
    f->typed[0] = '\0';
    return good;
}
