/*
 * The ':' line: every command by its word, with completion and a history.
 */
#include "config.h"
#include "ui/dialogs/dialog.h"

#include <stdio.h>
#include <string.h>

#include "ui/draw/figures.h"
#include "util/str.h"

/* Leave the run behind: the console carries it out. */
static void prompt_detach(struct dialog *d)
{
    d->kind = DIALOG_NONE;
    d->detach = true;
}

static const struct word {
    const char *name, *operand;
    enum command_kind
        kind; /* NONE: the console's own, see prompt_carry_out() */
    enum knob knob;
    void (*open)(struct dialog *d);
    enum retry_when when;
} words[] = {
    { "batch", "N", COMMAND_SET, KNOB_EMBED_BATCH, NULL, 0 },
    { "upsert-batch", "N", COMMAND_SET, KNOB_UPSERT_BATCH, NULL, 0 },
    { "workers", "N", COMMAND_SET, KNOB_EMBED_WORKERS, NULL, 0 },
    { "upsert-workers", "N", COMMAND_SET, KNOB_UPSERT_WORKERS, NULL, 0 },
    { "rpm", "N", COMMAND_SET, KNOB_RPM, NULL, 0 },
    { "tpm", "N", COMMAND_SET, KNOB_TPM, NULL, 0 },
    { "memory", "PERCENT", COMMAND_SET, KNOB_MEMORY_PCT, NULL, 0 },
    { "pause", "[STAGE]", COMMAND_PAUSE, KNOB_COUNT, NULL, 0 },
    { "resume", "[STAGE]", COMMAND_RESUME, KNOB_COUNT, NULL, 0 },
    { "retry", "[KIND]", COMMAND_RETRY, KNOB_COUNT, NULL, 0 },
    { "retry-at-end", "[KIND]", COMMAND_RETRY, KNOB_COUNT, NULL,
      RETRY_AT_END },
    { "skip", "[KIND]", COMMAND_SKIP, KNOB_COUNT, NULL, 0 },
    { "export", "FILE", COMMAND_EXPORT, KNOB_COUNT, NULL, 0 },
    { "checkpoint", "", COMMAND_CHECKPOINT, KNOB_COUNT, NULL, 0 },
    { "messages", "", COMMAND_NONE, KNOB_COUNT, dialog_messages, 0 },
    { "detach", "", COMMAND_NONE, KNOB_COUNT, prompt_detach, 0 },
    { "drain", "", COMMAND_DRAIN, KNOB_COUNT, NULL, 0 },
    { "quit", "", COMMAND_DRAIN, KNOB_COUNT, NULL, 0 },
    { "quit!", "", COMMAND_STOP, KNOB_COUNT, NULL, 0 },
};

enum { WORDS = sizeof words / sizeof words[0] };

void dialog_prompt(struct dialog *d, const char *begin)
{
    d->kind = DIALOG_PROMPT;
    line_set(&d->line, begin);
    d->history_at = d->history_count;
}

/* Whoever came to a run of others leaves it to them with this. */
static bool prompt_is_leave(const struct dialog *d, const struct word *w)
{
    return d->guest && strcmp(w->name, "quit") == 0;
}

/* A console that only looks has the words that look, and those that end what it
 * began itself. */
static bool prompt_is_offered(const struct dialog *d, const struct word *w)
{
    return !d->read_only || w->kind == COMMAND_NONE || prompt_is_leave(d, w) ||
           (!d->guest &&
            (w->kind == COMMAND_DRAIN || w->kind == COMMAND_STOP));
}

static bool prompt_begins(const struct dialog *d, const struct word *w,
                          size_t len)
{
    return prompt_is_offered(d, w) && strncmp(w->name, d->line.text, len) == 0;
}

/* The word that the line names: whole, or by a beginning that no other has. */
static const struct word *prompt_find_word(const struct dialog *d, size_t len)
{
    const struct word *found = NULL;
    size_t matches = 0;

    for (size_t i = 0; i < WORDS; i++) {
        if (!prompt_begins(d, &words[i], len))
            continue;
        if (strlen(words[i].name) == len)
            return &words[i];
        found = &words[i];
        matches++;
    }
    return matches == 1 ? found : NULL;
}

static void list_matches(const struct dialog *d, char *to, size_t size)
{
    size_t len = strcspn(d->line.text, " "), used = 1;
    bool whole = d->line.text[len] == ' ';

    snprintf(to, size, " ");
    for (size_t i = 0; i < WORDS && used + 24 < size; i++)
        if (prompt_begins(d, &words[i], len) &&
            (!whole || strlen(words[i].name) == len))
            used += (size_t)snprintf(to + used, size - used, "%s%s%s   ",
                                     words[i].name,
                                     *words[i].operand ? " " : "",
                                     words[i].operand);
}

static bool exports_tagged(const struct dialog *d)
{
    return d->tagged.tags > 0 && strncmp(d->line.text, "export", 6) == 0;
}

void prompt_draw(struct dialog *d, const struct snapshot *s,
                 struct canvas *c)
{
    int row = c->rows - 1;
    char hints[320];

    (void)s;
    if (exports_tagged(d))
        snprintf(hints, sizeof hints,
                 " export FILE: %u tagged, one JSON line each",
                 d->tagged.tags);
    else
        list_matches(d, hints, sizeof hints);
    if (row > 0)
        canvas_text(c, row - 1, 0, c->cols, STYLE_DIM, hints);
    dialog_line(d, c, ":");
}

static bool fill_operand(const struct dialog *d, struct command *c,
                         const struct word *w, const char *operand, char *say,
                         size_t size)
{
    uint64_t n;

    switch (w->kind) {
    case COMMAND_SET:
        if (!str_parse_u64(operand, &n) || n > INT64_MAX) {
            snprintf(say, size, "%s wants a number: %s %s", w->name, w->name,
                     w->operand);
            return false;
        }
        c->value = (int64_t)n;
        return true;
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        c->stages = stages_named(operand);
        if (*operand && !c->stages)
            snprintf(say, size, "%s takes a stage, read, embed or upsert, or "
                                "nothing",
                     w->name);
        return !*operand || c->stages;
    case COMMAND_RETRY:
    case COMMAND_SKIP:
        c->select.by = *operand ? SELECT_KIND : SELECT_ALL;
        snprintf(c->select.kind, sizeof c->select.kind, "%s", operand);
        return true;
    case COMMAND_EXPORT:
        if (exports_tagged(d))
            c->select = d->tagged;
        snprintf(c->path, sizeof c->path, "%s", operand);
        return true;
    default:
        if (*operand)
            snprintf(say, size, "%s takes nothing behind it", w->name);
        return !*operand;
    }
}

static void prompt_remember(struct dialog *d)
{
    if (d->history_count > 0 &&
        strcmp(d->history[d->history_count - 1], d->line.text) == 0)
        return;
    if (d->history_count == PROMPT_HISTORY)
        memmove(d->history[0], d->history[1],
                sizeof d->history - sizeof d->history[0]);
    else
        d->history_count++;
    snprintf(d->history[d->history_count - 1], LINE_MAX_BYTES, "%s",
             d->line.text);
}

/* As the engine understands the word: a kind, a code, a class or a stage. */
static bool is_of(const struct failure_kind *k, const char *word)
{
    char code[16];

    snprintf(code, sizeof code, "%d", k->code);
    return strcmp(word, k->key) == 0 || strcmp(word, error_word(k->kind)) == 0 ||
           (k->code && strcmp(word, code) == 0) ||
           strcmp(word, k->stage) == 0 ||
           (k->rejected && strcmp(word, "rejected") == 0);
}

/* How many are owed of what the command selects; more kinds than a snapshot
 * has places for are not counted one by one. */
static uint64_t owed_of(const struct snapshot *s, const struct command *c)
{
    uint64_t n = 0;

    if (c->select.by == SELECT_ALL || s->kind_count == SNAPSHOT_KINDS)
        return s->failures_open;
    for (uint32_t i = 0; i < s->kind_count; i++)
        if (is_of(&s->kinds[i], c->select.kind))
            n += s->kinds[i].open;
    return n;
}

/* "408 documents would never be stored." */
static void ask_skip(struct dialog *d, const struct snapshot *s,
                     const struct command *c)
{
    char question[160], n[48], of[48] = "";

    if (c->select.by == SELECT_KIND)
        snprintf(of, sizeof of, " of kind \"%s\"", c->select.kind);
    snprintf(question, sizeof question, "%s%s%s would never be stored.",
             s->kind_count == SNAPSHOT_KINDS && *of ? "Up to " : "",
             figure_of(n, sizeof n, owed_of(s, c), "document"), of);
    dialog_sure(d, c, question);
}

static enum dialog_end prompt_carry_out(struct dialog *d,
                                        const struct snapshot *s)
{
    size_t len = strcspn(d->line.text, " ");
    const char *operand =
        d->line.text + len + strspn(d->line.text + len, " ");
    const struct word *w = prompt_find_word(d, len);
    struct command c = { .kind = COMMAND_NONE };

    if (len == 0)
        return DIALOG_CLOSED;
    prompt_remember(d);
    if (!w) {
        snprintf(d->say, sizeof d->say,
                 "there is no command \"%.*s\"; Tab behind : lists them",
                 (int)len, d->line.text);
        return DIALOG_CLOSED;
    }
    c.kind = w->kind;
    if (w->kind == COMMAND_SET)
        c.knob = w->knob;
    c.when = w->when;
    if (!fill_operand(d, &c, w, operand, d->say, sizeof d->say))
        return DIALOG_CLOSED;
    if (prompt_is_leave(d, w)) {
        prompt_detach(d);
        return DIALOG_OPEN;
    }
    if (w->open) {
        w->open(d);
        return DIALOG_OPEN;
    }
    if ((c.kind == COMMAND_SKIP || c.kind == COMMAND_RETRY) &&
        c.select.by == SELECT_KIND && owed_of(s, &c) == 0) {
        snprintf(d->say, sizeof d->say,
                 "nothing of kind \"%.24s\" is owed: a code, a stage or a word "
                 "of the failures",
                 operand);
        return DIALOG_CLOSED;
    }
    if (c.kind == COMMAND_SKIP) {
        ask_skip(d, s, &c);
        return DIALOG_OPEN;
    }
    dialog_wish(d, &c);
    return DIALOG_CLOSED;
}

/* As far as all words that fit agree. */
static void prompt_complete(struct dialog *d)
{
    const struct word *w = prompt_find_word(d, d->line.len), *first = NULL;
    char text[LINE_MAX_BYTES];
    size_t common = 0;

    if (strchr(d->line.text, ' '))
        return;
    for (size_t i = 0; i < WORDS && !w; i++) {
        size_t n = 0;

        if (!prompt_begins(d, &words[i], d->line.len))
            continue;
        while (first && words[i].name[n] && n < common &&
               words[i].name[n] == first->name[n])
            n++;
        common = first ? n : strlen(words[i].name);
        first = first ? first : &words[i];
    }
    if (w)
        snprintf(text, sizeof text, "%s%s", w->name, *w->operand ? " " : "");
    else if (first)
        snprintf(text, sizeof text, "%.*s", (int)common, first->name);
    else
        return;
    line_set(&d->line, text);
}

static void prompt_recall(struct dialog *d, int direction)
{
    if (direction < 0 && d->history_at > 0)
        d->history_at--;
    else if (direction > 0 && d->history_at < d->history_count)
        d->history_at++;
    line_set(&d->line, d->history_at < d->history_count
                           ? d->history[d->history_at]
                           : "");
}

enum dialog_end prompt_key(struct dialog *d, const struct snapshot *s,
                           int key)
{
    switch (key) {
    case KEYCODE_ENTER:
        return prompt_carry_out(d, s);
    case KEYCODE_ESC:
    case KEYCODE_CTRL_C:
        return DIALOG_CLOSED;
    case KEYCODE_TAB:
        prompt_complete(d);
        break;
    case KEYCODE_UP:
        prompt_recall(d, -1);
        break;
    case KEYCODE_DOWN:
        prompt_recall(d, 1);
        break;
    default:
        if (key == KEYCODE_BACKSPACE && d->line.len == 0)
            return DIALOG_CLOSED;
        line_key(&d->line, key);
    }
    return DIALOG_OPEN;
}
