/*
 * The ':' line: every command by its word, with completion and a history.
 */
#include "config.h"
#include "ui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const struct word {
    const char *name, *operand;
    enum command_kind kind;
    enum knob knob;
} words[] = {
    { "batch", "N", COMMAND_SET, KNOB_EMBED_BATCH },
    { "upsert-batch", "N", COMMAND_SET, KNOB_UPSERT_BATCH },
    { "workers", "N", COMMAND_SET, KNOB_EMBED_WORKERS },
    { "upsert-workers", "N", COMMAND_SET, KNOB_UPSERT_WORKERS },
    { "rpm", "N", COMMAND_SET, KNOB_RPM },
    { "tpm", "N", COMMAND_SET, KNOB_TPM },
    { "memory", "PERCENT", COMMAND_SET, KNOB_MEMORY_PCT },
    { "pause", "", COMMAND_PAUSE, KNOB_COUNT },
    { "resume", "", COMMAND_RESUME, KNOB_COUNT },
    { "retry", "[KIND]", COMMAND_RETRY, KNOB_COUNT },
    { "skip", "[KIND]", COMMAND_SKIP, KNOB_COUNT },
    { "export", "FILE", COMMAND_EXPORT, KNOB_COUNT },
    { "checkpoint", "", COMMAND_CHECKPOINT, KNOB_COUNT },
    { "drain", "", COMMAND_DRAIN, KNOB_COUNT },
    { "quit", "", COMMAND_DRAIN, KNOB_COUNT },
    { "quit!", "", COMMAND_STOP, KNOB_COUNT },
};

enum { WORDS = sizeof words / sizeof words[0] };

void dialog_prompt(struct dialog *d, const char *begin)
{
    d->kind = DIALOG_PROMPT;
    snprintf(d->line, sizeof d->line, "%s", begin);
    d->line_len = strlen(d->line);
    d->history_at = d->history_count;
}

/* The word that the line begins with so far, when there is just one. */
static const struct word *only_match(const char *line, size_t len)
{
    const struct word *found = NULL;

    for (size_t i = 0; i < WORDS; i++)
        if (strncmp(words[i].name, line, len) == 0) {
            if (found)
                return NULL;
            found = &words[i];
        }
    return found;
}

static void list_matches(const char *line, char *to, size_t size)
{
    size_t len = strcspn(line, " "), used = 0;

    to[0] = '\0';
    for (size_t i = 0; i < WORDS && used + 24 < size; i++)
        if (line[len] == ' ' ? strlen(words[i].name) == len &&
                                   strncmp(words[i].name, line, len) == 0
                             : strncmp(words[i].name, line, len) == 0)
            used += (size_t)snprintf(to + used, size - used, "%s %s   ",
                                     words[i].name, words[i].operand);
}

void prompt_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c)
{
    int row = c->rows - 1, end;
    char hints[200];

    (void)s;
    list_matches(d->line, hints, sizeof hints);
    if (row > 0)
        canvas_text(c, row - 1, 0, c->cols, STYLE_DIM, hints);
    canvas_text(c, row, 0, c->cols, STYLE_NORMAL, "");
    end = canvas_printf(c, row, 0, STYLE_STRONG, ":%s", d->line);
    d->cursor_row = row;
    d->cursor_col = end;
}

static bool fill_operand(struct command *c, const struct word *w,
                         const char *operand, char *say, size_t size)
{
    uint64_t n;

    switch (w->kind) {
    case COMMAND_SET:
        if (!str_parse_u64(operand, &n) || n > INT64_MAX) {
            snprintf(say, size, "%s wants a number", w->name);
            return false;
        }
        c->value = (int64_t)n;
        return true;
    case COMMAND_RETRY:
    case COMMAND_SKIP:
        c->select.by = *operand ? SELECT_KIND : SELECT_ALL;
        snprintf(c->select.kind, sizeof c->select.kind, "%s", operand);
        return true;
    case COMMAND_EXPORT:
        snprintf(c->path, sizeof c->path, "%s", operand);
        return true;
    default:
        if (*operand)
            snprintf(say, size, "%s takes nothing behind it", w->name);
        return !*operand;
    }
}

static void remember(struct dialog *d)
{
    if (d->history_count == PROMPT_HISTORY)
        memmove(d->history[0], d->history[1],
                sizeof d->history - sizeof d->history[0]);
    else
        d->history_count++;
    snprintf(d->history[d->history_count - 1], PROMPT_MAX, "%s", d->line);
}

static enum dialog_end carry_out(struct dialog *d)
{
    size_t len = strcspn(d->line, " ");
    const char *operand = d->line + len + strspn(d->line + len, " ");
    const struct word *w = NULL;
    struct command c = { .kind = COMMAND_NONE };

    if (len == 0)
        return DIALOG_CLOSED;
    remember(d);
    for (size_t i = 0; i < WORDS; i++)
        if (strlen(words[i].name) == len &&
            strncmp(words[i].name, d->line, len) == 0)
            w = &words[i];
    if (!w)
        w = only_match(d->line, len);
    if (!w) {
        snprintf(d->say, sizeof d->say, "there is no command \"%.40s\"",
                 d->line);
        return DIALOG_CLOSED;
    }
    c.kind = w->kind;
    c.knob = w->knob;
    if (!fill_operand(&c, w, operand, d->say, sizeof d->say))
        return DIALOG_CLOSED;
    if (c.kind == COMMAND_SKIP) {
        dialog_sure(d, &c, "They would never be stored.");
        return DIALOG_OPEN;
    }
    dialog_wish(d, &c);
    return DIALOG_CLOSED;
}

static void complete(struct dialog *d)
{
    const struct word *w = only_match(d->line, d->line_len);

    if (!w || strchr(d->line, ' '))
        return;
    snprintf(d->line, sizeof d->line, "%s%s", w->name,
             *w->operand ? " " : "");
    d->line_len = strlen(d->line);
}

static void recall(struct dialog *d, int direction)
{
    if (direction < 0 && d->history_at > 0)
        d->history_at--;
    else if (direction > 0 && d->history_at < d->history_count)
        d->history_at++;
    snprintf(d->line, sizeof d->line, "%s",
             d->history_at < d->history_count ? d->history[d->history_at]
                                              : "");
    d->line_len = strlen(d->line);
}

static void type(struct dialog *d, int key)
{
    char bytes[4];
    size_t n = 0;

    if (key < 0x80) {
        bytes[n++] = (char)key;
    } else if (key < 0x800) {
        bytes[n++] = (char)(0xc0 | key >> 6);
        bytes[n++] = (char)(0x80 | (key & 0x3f));
    } else if (key < 0x10000) {
        bytes[n++] = (char)(0xe0 | key >> 12);
        bytes[n++] = (char)(0x80 | (key >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (key & 0x3f));
    } else {
        bytes[n++] = (char)(0xf0 | key >> 18);
        bytes[n++] = (char)(0x80 | (key >> 12 & 0x3f));
        bytes[n++] = (char)(0x80 | (key >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (key & 0x3f));
    }
    if (d->line_len + n >= sizeof d->line)
        return;
    memcpy(d->line + d->line_len, bytes, n);
    d->line_len += n;
    d->line[d->line_len] = '\0';
}

static void rub_out(struct dialog *d)
{
    while (d->line_len > 0 &&
           ((unsigned char)d->line[d->line_len - 1] & 0xc0) == 0x80)
        d->line_len--;
    d->line_len -= d->line_len > 0;
    d->line[d->line_len] = '\0';
}

enum dialog_end prompt_key(struct dialog *d, const struct snapshot *s,
                           int key)
{
    (void)s;
    switch (key) {
    case KEYCODE_ENTER:
        return carry_out(d);
    case KEYCODE_ESC:
    case KEYCODE_CTRL_C:
        return DIALOG_CLOSED;
    case KEYCODE_TAB:
        complete(d);
        break;
    case KEYCODE_BACKSPACE:
        if (d->line_len == 0)
            return DIALOG_CLOSED;
        rub_out(d);
        break;
    case KEYCODE_CTRL_U:
        d->line[0] = '\0';
        d->line_len = 0;
        break;
    case KEYCODE_UP:
        recall(d, -1);
        break;
    case KEYCODE_DOWN:
        recall(d, 1);
        break;
    default:
        if (key >= ' ' && key < KEYCODE_UP && key != 127)
            type(d, key);
    }
    return DIALOG_OPEN;
}
