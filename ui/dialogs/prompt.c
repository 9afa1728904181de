/* This is the ':' line: every command by its word, with completion and
 * history. */
#include "config.h"
#include "ui/dialogs/dialog_parts.h"

#include <stdio.h>
#include <string.h>

#include "api/command_words.h"
#include "ui/draw/figures.h"

/* A guest leaves a run of others by "quit". */
static bool leaves(const struct dialog *d, const struct command_word *w)
{
    return strcmp(w->word, "detach") == 0 ||
           (d->guest && strcmp(w->word, "quit") == 0);
}

/* A read-only console has the words that only look, and those that end a run
 * that it began itself. */
static bool prompt_is_offered(const struct dialog *d,
                              const struct command_word *w)
{
    return w->where & WORD_OF_LINE &&
           (!d->read_only || w->kind == COMMAND_NONE || leaves(d, w) ||
            (!d->guest &&
             (w->kind == COMMAND_DRAIN || w->kind == COMMAND_STOP)));
}

/* The word, or else its synonym, that begins with the line; NULL: neither. */
static const char *prompt_name(const struct dialog *d,
                               const struct command_word *w, size_t len)
{
    if (!prompt_is_offered(d, w))
        return NULL;
    if (strncmp(w->word, d->line.text, len) == 0)
        return w->word;
    return w->synonym && strncmp(w->synonym, d->line.text, len) == 0
               ? w->synonym
               : NULL;
}

/* The word that the line names: whole, or by a beginning that no other word
 * has. A synonym is as short as possible, so it wins over a word with the same
 * beginning: "b" is the batch, not the budget. */
static const struct command_word *prompt_find_word(const struct dialog *d,
                                                   size_t len)
{
    const struct command_word *any = NULL, *shortest = NULL, *setting = NULL;
    size_t any_count = 0, shortest_count = 0, setting_count = 0;

    for (const struct command_word *w = command_words; w->word; w++) {
        const char *name = prompt_name(d, w, len);

        if (!name)
            continue;
        if (strlen(name) == len)
            return w;
        any = w;
        any_count++;
        if (!w->synonym || strncmp(w->synonym, d->line.text, len) == 0) {
            shortest = w;
            shortest_count++;
        }
        if (name == w->synonym && w->kind == COMMAND_SET) {
            setting = w;
            setting_count++;
        }
    }
    return shortest_count == 1  ? shortest
           : any_count == 1     ? any
           : setting_count == 1 ? setting
                                : NULL;
}

/* "embed-batch 128" or "embed-batch=128": the word ends there. */
static size_t prompt_word_end(const struct dialog *d)
{
    return strcspn(d->line.text, " =");
}

static const char *prompt_operand(const struct dialog *d, size_t word_end)
{
    const char *at = d->line.text + word_end;

    at += *at == '=';
    return at + strspn(at, " ");
}

static void list_matches(const struct dialog *d, char *to, size_t size)
{
    size_t len = prompt_word_end(d), used = 1;
    bool whole = d->line.text[len] != '\0';

    snprintf(to, size, " ");
    for (const struct command_word *w = command_words;
         w->word && used + 24 < size; w++) {
        const char *name = prompt_name(d, w, len);

        if (name && (!whole || strlen(name) == len))
            used += (size_t)snprintf(to + used, size - used, "%s%s%s   ", name,
                                     *w->operand ? " " : "", w->operand);
    }
}

static bool exports_tagged(const struct dialog *d)
{
    return d->tagged.tags > 0 && strncmp(d->line.text, "export", 6) == 0;
}

static void prompt_draw(struct dialog *d, const struct snapshot *s,
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

/* How many open failures the command selects; a snapshot does not count every
 * kind if there are too many. */
static uint64_t owed_of(const struct snapshot *s, const struct command *c)
{
    uint64_t n = 0;

    if (c->select.by == SELECT_ALL || s->kind_count == SNAPSHOT_KINDS)
        return s->failures_open;
    for (uint32_t i = 0; i < s->kind_count; i++)
        if (failure_cause_named(&s->kinds[i].cause, c->select.kind))
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

/* This kind has no open failures, so it was mistyped. */
static bool is_of_nothing(const struct command *c, const struct snapshot *s)
{
    return (c->kind == COMMAND_SKIP || c->kind == COMMAND_RETRY) &&
           c->select.by == SELECT_KIND && owed_of(s, c) == 0;
}

/* ctl has "set NAME=N"; here the setting is the word. */
static void prompt_say_unknown(struct dialog *d, size_t len)
{
    const char *typed = d->line.text, *operand = prompt_operand(d, len);
    const struct command_word *w;
    bool set = len == 3 && strncmp(typed, "set", len) == 0 && *operand;
    size_t n;

    if (set)
        typed = operand;
    n = set ? strcspn(typed, " =") : len;
    w = command_word_near(typed, n, WORD_OF_LINE);
    if (w && prompt_is_offered(d, w))
        snprintf(d->say, sizeof d->say,
                 "there is no command \"%.*s\": did you mean :%s%.40s?",
                 (int)len, d->line.text, w->word, typed + n);
    else
        snprintf(d->say, sizeof d->say,
                 "there is no command \"%.*s\"; Tab behind : lists them",
                 (int)len, d->line.text);
}

static enum dialog_end prompt_carry_out(struct dialog *d,
                                        const struct snapshot *s)
{
    size_t len = prompt_word_end(d);
    const char *operand = prompt_operand(d, len);
    const struct command_word *w = prompt_find_word(d, len);
    struct command c;
    struct error err;

    if (len == 0)
        return DIALOG_CLOSED;
    line_remember(&d->history, &d->line);
    if (!w) {
        prompt_say_unknown(d, len);
    } else if (!command_read(&c, w, operand, &err)) {
        snprintf(d->say, sizeof d->say, "%s", err.text);
    } else if (is_of_nothing(&c, s)) {
        snprintf(d->say, sizeof d->say,
                 "nothing of kind \"%.24s\" is owed: a code, a stage or a word "
                 "of the failures",
                 operand);
    } else if (leaves(d, w)) {
        d->detach = true;
    } else if (c.kind == COMMAND_NONE) {
        dialog_events(d);
        return DIALOG_OPEN;
    } else if (c.kind == COMMAND_SKIP) {
        ask_skip(d, s, &c);
        return DIALOG_OPEN;
    } else {
        if (c.kind == COMMAND_EXPORT && exports_tagged(d))
            c.select = d->tagged;
        dialog_add_command(d, &c);
    }
    return DIALOG_CLOSED;
}

/* The only operand that is a word: auto, where a setting takes it. */
static void prompt_complete_operand(struct dialog *d)
{
    size_t len = prompt_word_end(d);
    const char *operand = prompt_operand(d, len);
    const struct command_word *w = prompt_find_word(d, len);
    char text[LINE_MAX_BYTES];

    if (!w || w - command_words >= KNOB_COUNT ||
        !knob_facts[w - command_words].takes_auto ||
        strncmp("auto", operand, strlen(operand)) != 0)
        return;
    snprintf(text, sizeof text, "%s auto", prompt_name(d, w, len));
    line_set(&d->line, text);
}

/* Complete as far as all matching words agree. */
static void prompt_complete(struct dialog *d)
{
    const struct command_word *w = prompt_find_word(d, d->line.len);
    const char *name, *first = NULL;
    char text[LINE_MAX_BYTES];
    size_t common = 0;

    if (strpbrk(d->line.text, " =")) {
        prompt_complete_operand(d);
        return;
    }
    if (w) {
        snprintf(text, sizeof text, "%s%s", prompt_name(d, w, d->line.len),
                 *w->operand ? " " : "");
        line_set(&d->line, text);
        return;
    }
    for (w = command_words; w->word; w++) {
        size_t n = 0;

        name = prompt_name(d, w, d->line.len);
        if (!name)
            continue;
        while (first && name[n] && n < common && name[n] == first[n])
            n++;
        common = first ? n : strlen(name);
        first = first ? first : name;
    }
    if (first) {
        snprintf(text, sizeof text, "%.*s", (int)common, first);
        line_set(&d->line, text);
    }
}

static enum dialog_end prompt_key(struct dialog *d, const struct snapshot *s,
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
        line_recall(&d->history, -1, &d->line);
        break;
    case KEYCODE_DOWN:
        line_recall(&d->history, 1, &d->line);
        break;
    default:
        if (key == KEYCODE_BACKSPACE && d->line.len == 0)
            return DIALOG_CLOSED;
        line_key(&d->line, key);
    }
    return DIALOG_OPEN;
}

static const struct dialog_ops prompt_ops = {
    .name = "prompt",
    .draw = prompt_draw, .key = prompt_key,
    .is_typed = true
};

void dialog_prompt(struct dialog *d, const char *begin)
{
    dialog_open(d, &prompt_ops);
    line_set(&d->line, begin);
    d->history.at = d->history.count;
}
