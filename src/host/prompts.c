/* This file turns lines from the terminal into commands. It reads a line only
 * when there is one and this process is in the foreground, so the loop that
 * follows the run never waits. */
#include "config.h"
#include "host/prompts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/command_words.h"
#include "engine/job/corpus_name.h"
#include "util/str.h"

enum { LINE_BYTES = 256 };

enum question { QUESTION_NONE, QUESTION_RETRY, QUESTION_LEAVE,
                QUESTION_BUDGET };

struct prompts {
    FILE *to;
    struct door door;
    bool read_only, begun;
    bool closed; /* ^D: the user types no more */
    char line[LINE_BYTES];
    enum question question;
    uint32_t kinds; /* what the numbers in the question mean */
    char kind[SNAPSHOT_KINDS][sizeof ((struct failure_kind *)0)->key];
};

/* The user may type the corpus. */
static bool reads_corpus(const struct options *opt)
{
    for (size_t i = 0; i < opt->corpus.count; i++)
        if (corpus_is_stdin(opt->corpus.item[i]))
            return true;
    return false;
}

struct prompts *prompts_new(FILE *to, const struct door *door,
                            const struct options *opt)
{
    struct prompts *p;

    if (opt->json || opt->progress || reads_corpus(opt) ||
        !isatty(STDIN_FILENO) || !isatty(fileno(to)))
        return NULL;
    p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->to = to;
    p->door = *door;
    p->read_only = opt->read_only;
    return p;
}

void prompts_free(struct prompts *p)
{
    free(p);
}

/* --- commands ------------------------------------------------------------- */

static void prompts_send(struct prompts *p, struct command *c)
{
    char said[256] = "";
    struct error err;

    snprintf(c->origin, sizeof c->origin, "the operator");
    if (p->door.command(p->door.to, c, said, sizeof said, &err))
        fprintf(p->to, "%s\n", said);
    else
        fprintf(p->to, "not done: %s\n", err.text);
}

static void send_plain(struct prompts *p, enum command_kind kind)
{
    struct command c = { .kind = kind };

    prompts_send(p, &c);
}

/* --- retry ---------------------------------------------------------------- */

static void ask_retry(struct prompts *p, const struct snapshot *s)
{
    char n[32];

    if (s->kind_count == 0) {
        fputs("nothing has failed\n", p->to);
        return;
    }
    p->kinds = s->kind_count;
    for (uint32_t i = 0; i < s->kind_count; i++) {
        const struct failure_kind *k = &s->kinds[i];

        snprintf(p->kind[i], sizeof p->kind[i], "%s", k->key);
        fprintf(p->to, "%3u  %s of %s %s; worth a retry: %s\n", i + 1,
                str_count(n, sizeof n, k->open), k->cause.stage, k->label,
                k->advice);
    }
    fputs("retry which? numbers as in 1,3; a for all; Enter for none\n",
          p->to);
    p->question = QUESTION_RETRY;
}

/* Turn "1,3" or "1 3" into ticks; false, with a message, for a number not in
 * the list. */
static bool read_numbers(struct prompts *p, char *line,
                         bool ticked[SNAPSHOT_KINDS])
{
    char *save;

    for (char *word = strtok_r(line, ", ", &save); word;
         word = strtok_r(NULL, ", ", &save)) {
        char shown[32];
        uint64_t n;

        if (str_parse_u64(word, &n) && n >= 1 && n <= p->kinds) {
            ticked[n - 1] = true;
            continue;
        }
        str_printable(shown, sizeof shown, text_of(word));
        fprintf(p->to, "\"%s\" is not in the list: 1 to %u, a or Enter\n",
                shown, p->kinds);
        return false;
    }
    return true;
}

static void answer_retry(struct prompts *p, char *line)
{
    bool ticked[SNAPSHOT_KINDS] = { false }, any = false;
    struct command c = { .kind = COMMAND_RETRY };

    if (strcmp(line, "a") == 0) {
        p->question = QUESTION_NONE;
        prompts_send(p, &c);
        return;
    }
    if (!read_numbers(p, line, ticked))
        return; /* still waits */
    p->question = QUESTION_NONE;
    for (uint32_t i = 0; i < p->kinds; i++)
        if (ticked[i]) {
            any = true;
            c.select.by = SELECT_KIND;
            memcpy(c.select.kind, p->kind[i], sizeof c.select.kind);
            prompts_send(p, &c);
        }
    if (!any)
        fputs("nothing is retried\n", p->to);
}

/* --- leave ---------------------------------------------------------------- */

static void prompts_ask_leave(struct prompts *p, const struct snapshot *s)
{
    char n[32];

    fprintf(p->to,
            "%s documents are between reading and storing\n"
            "  1  drain: finish them, then end\n"
            "  2  stop now: a resume sends them again\n"
            "which? 1 or 2; Enter to stay\n",
            str_count(n, sizeof n, s->in_flight));
    p->question = QUESTION_LEAVE;
}

static void answer_leave(struct prompts *p, const char *line)
{
    bool drain = strcmp(line, "1") == 0, stop = strcmp(line, "2") == 0;

    if (*line && !drain && !stop) {
        fputs("1, 2 or Enter\n", p->to);
        return;
    }
    p->question = QUESTION_NONE;
    if (drain || stop)
        send_plain(p, drain ? COMMAND_DRAIN : COMMAND_STOP);
    else
        fputs("the run goes on\n", p->to);
}

/* --- budget --------------------------------------------------------------- */

static void prompts_ask_budget(struct prompts *p, const struct snapshot *s)
{
    char spent[32], budget[32];

    fprintf(p->to,
            "the budget is spent: %s of %s USD\n"
            "which budget? USD; 0 for none; Enter to leave it\n",
            str_usd(spent, sizeof spent, s->cost_usd),
            str_usd(budget, sizeof budget, s->budget_usd));
    p->question = QUESTION_BUDGET;
}

static void prompts_answer_budget(struct prompts *p, const char *line)
{
    struct command c = { .kind = COMMAND_SET, .knob = KNOB_BUDGET };

    if (*line && !knob_read(KNOB_BUDGET, line, &c.value)) {
        fputs("a sum like 5 or 0.50, or Enter\n", p->to);
        return;
    }
    p->question = QUESTION_NONE;
    if (*line)
        prompts_send(p, &c);
}

/* --- lines ---------------------------------------------------------------- */

static void say_words(struct prompts *p)
{
    fputs(p->read_only ? "q leaves; ? is this. Enter behind each.\n"
                       : "p pauses and resumes, r retries what failed, c "
                         "writes the checkpoint,\nq leaves; ? is this. Enter "
                         "behind each.\n",
          p->to);
}

/* A letter stands for a word, see api/command_words.h. */
static void prompts_obey(struct prompts *p, const struct snapshot *s,
                         char letter)
{
    const struct command_word *w =
        p->read_only ? NULL : command_word_of(letter);

    if (letter == 'q')
        prompts_ask_leave(p, s);
    else if (!w)
        say_words(p);
    else if (w->kind == COMMAND_RETRY)
        ask_retry(p, s);
    else if (w->kind == COMMAND_PAUSE && s->state == RUN_PAUSED &&
             s->budget_spent && s->paused >> STAGE_EMBED & 1)
        prompts_ask_budget(p, s);
    else if (w->kind == COMMAND_PAUSE && s->state == RUN_PAUSED)
        send_plain(p, COMMAND_RESUME);
    else
        send_plain(p, w->kind);
}

static void prompts_take_line(struct prompts *p, const struct snapshot *s)
{
    char *line = p->line;

    line[strcspn(line, "\r\n")] = '\0';
    switch (p->question) {
    case QUESTION_RETRY:
        answer_retry(p, line);
        break;
    case QUESTION_LEAVE:
        answer_leave(p, line);
        break;
    case QUESTION_BUDGET:
        prompts_answer_budget(p, line);
        break;
    case QUESTION_NONE:
        if (*line)
            prompts_obey(p, s, line[1] ? '?' : *line);
        break;
    }
    fflush(p->to);
}

/* In the background, reading another process's terminal would stop us. */
static bool prompts_can_read(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

    return tcgetpgrp(STDIN_FILENO) == getpgrp() && poll(&in, 1, 0) > 0;
}

bool prompts_look(struct prompts *p, const struct snapshot *s)
{
    ssize_t n;

    if (!p || p->closed)
        return false;
    if (!p->begun) {
        p->begun = true;
        fputs("? and Enter says what can be typed\n", p->to);
        fflush(p->to);
    }
    while (prompts_can_read()) {
        n = read(STDIN_FILENO, p->line, sizeof p->line - 1);
        if (n <= 0) {
            p->closed = true;
            return false;
        }
        p->line[n] = '\0';
        prompts_take_line(p, s);
    }
    return p->question == QUESTION_RETRY;
}
