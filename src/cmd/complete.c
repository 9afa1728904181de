/* This file finds out what the last word of a command line could become. It
 * reads the same tables as the parser: commands, options, embedders, stores, the
 * words of ctl, and the checkpoints. */
#include "config.h"
#include "cmd/complete.h"

#include <string.h>

#include "api/command_words.h"
#include "cmd/service_forms.h"
#include "host/job_folder.h"
#include "host/job_place.h"
#include "options/options_complete.h"

struct completing {
    FILE *to;
    const struct cmd *commands;
    size_t command_count;
    char *const *words; /* before the last */
    size_t count;
    const char *last;   /* what of the last word is to be completed */
    char before[48];    /* what stands before that in it: "--embed=" */
    char job[72];       /* the last that was offered */
};

/* One line; a control character would make two of it. */
static void complete_offer(struct completing *c, const char *value,
                           const char *help)
{
    if (strncmp(value, c->last, strlen(c->last)) != 0 || strpbrk(value, "\t\n"))
        return;
    fprintf(c->to, "%s%s%s%s\n", c->before, value, *help ? "\t" : "", help);
}

static void complete_option(void *arg, const char *name, const char *help)
{
    complete_offer(arg, name, help);
}

static void complete_form(void *arg, const char *form, const char *summary,
                          const char *key)
{
    (void)key;
    complete_offer(arg, form, summary);
}

static void complete_list(struct completing *c, const char *words)
{
    char word[40];

    while (*words) {
        size_t len = strcspn(words, "|");

        snprintf(word, sizeof word, "%.*s", (int)len, words);
        complete_offer(c, word, "");
        words += len + (words[len] == '|');
    }
}

/* Files behind the word's first `len` letters: "sqlite:", or none. */
static void complete_files(struct completing *c, size_t len)
{
    fprintf(c->to, "!files %s%.*s\n", c->before, (int)len, c->last);
}

/* --- jobs ----------------------------------------------------------------- */

static bool complete_job(void *arg, const struct ledger_entry *e)
{
    struct completing *c = arg;

    if (strcmp(c->job, e->job) != 0)
        complete_offer(c, e->job, e->archived ? "finished" : "");
    snprintf(c->job, sizeof c->job, "%s", e->job);
    return true;
}

/* What the line has behind that option; "": nothing. */
static const char *complete_given(const struct completing *c, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < c->count; i++) {
        const char *word = c->words[i];

        if (strcmp(word, name) == 0 && i + 1 < c->count)
            return c->words[i + 1];
        if (strncmp(word, name, len) == 0 && word[len] == '=')
            return word + len + 1;
    }
    return "";
}

/* Those that a command would find behind this line. */
static void complete_jobs(struct completing *c)
{
    struct error ignored;

    c->job[0] = '\0';
    job_place_each_in(complete_given(c, "--checkpoint-dir"), complete_job, c,
                      &ignored);
}

/* --- what stands behind an option ----------------------------------------- */

/* A service that is a file, or is found in one. */
static bool complete_named_file(struct completing *c)
{
    const char *file = job_folder_file(c->last);

    if (file)
        complete_files(c, (size_t)(file - c->last));
    return file;
}

static void complete_profile(void *arg, const char *name)
{
    complete_offer(arg, name, "");
}

static void complete_named(struct completing *c, const char *option)
{
    if (strcmp(option, "job") == 0)
        complete_jobs(c);
    else if (strcmp(option, "profile") == 0)
        options_each_profile(complete_given(c, "--config"), complete_profile,
                             c);
    else if (strcmp(option, "embed-url") == 0)
        complete_list(c, "http://|https://|http://127.0.0.1:");
    else if (strcmp(option, "embed") == 0 && !complete_named_file(c))
        service_forms_embed(complete_form, c);
    else if (strcmp(option, "store") == 0 && !complete_named_file(c))
        service_forms_store(complete_form, c);
}

/* Does the option want a value? Then offer some. */
static bool complete_value(struct completing *c, const char *option, size_t len)
{
    const char *words;
    char name[40];

    snprintf(name, sizeof name, "%.*s", (int)len, option);
    switch (options_wants(option, len, &words)) {
    case OPTION_WANTS_WORD:
        complete_list(c, words);
        return true;
    case OPTION_WANTS_FILE:
        complete_files(c, 0);
        return true;
    case OPTION_WANTS_TEXT:
        complete_named(c, name);
        return true;
    case OPTION_WANTS_NOTHING:
    case OPTION_UNKNOWN:
        break;
    }
    return false;
}

/* --- operands ------------------------------------------------------------- */

static bool complete_takes_value(const char *word)
{
    const char *words;
    enum option_wants wants;

    if (strcmp(word, "-k") == 0)
        return true;
    if (strncmp(word, "--", 2) != 0 || strchr(word, '='))
        return false;
    wants = options_wants(word + 2, strlen(word + 2), &words);
    return wants != OPTION_WANTS_NOTHING && wants != OPTION_UNKNOWN;
}

/* The nth word that belongs to no option; NULL: there are fewer. */
static const char *complete_operand(const struct completing *c, size_t nth)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->words[i][0] == '-' && c->words[i][1]) {
            i += complete_takes_value(c->words[i]);
            continue;
        }
        if (nth-- == 0)
            return c->words[i];
    }
    return NULL;
}

static void complete_commands(struct completing *c)
{
    for (size_t i = 0; i < c->command_count; i++)
        complete_offer(c, c->commands[i].name, c->commands[i].summary);
}

static void complete_settings(struct completing *c)
{
    char setting[48];

    for (int k = 0; k < KNOB_COUNT; k++) {
        snprintf(setting, sizeof setting, "%s=", command_words[k].word);
        complete_offer(c, setting, command_words[k].operand);
    }
}

static void complete_ctl(struct completing *c, const char *word)
{
    if (!word) {
        for (const struct command_word *w = command_words; w->word; w++)
            if (w->where & WORD_OF_CTL)
                complete_offer(c, w->word, w->operand);
    } else if (strcmp(word, "pause") == 0 || strcmp(word, "resume") == 0) {
        complete_list(c, "read|embed|upsert");
    } else if (strcmp(word, "set") == 0) {
        complete_settings(c);
    } else if (strcmp(word, "export") == 0) {
        complete_files(c, 0);
    }
}

static void complete_operands(struct completing *c)
{
    const char *first = complete_operand(c, 0);
    const struct cmd *command =
        first ? cmd_named(c->commands, c->command_count, first) : NULL;
    const char *second = complete_operand(c, 1);

    if (!first)
        complete_commands(c);
    if (!command || strcmp(command->form, "CORPUS...") == 0)
        complete_files(c, 0);
    else if (strcmp(first, "help") == 0 && !second)
        complete_commands(c);
    else if (strcmp(first, "completion") == 0 && !second)
        complete_list(c, "bash|zsh|fish");
    else if (strstr(command->form, "JOB") && !second)
        complete_jobs(c);
    else if (strcmp(first, "ctl") == 0)
        complete_ctl(c, complete_operand(c, 2));
}

static bool complete_behind_dashes(const struct completing *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->words[i], "--") == 0)
            return true;
    return false;
}

static void complete_last(struct completing *c)
{
    const char *before = c->count ? c->words[c->count - 1] : "";
    const char *equals = strchr(c->last, '=');

    if (complete_behind_dashes(c)) {
        complete_files(c, 0);
    } else if (strncmp(c->last, "--", 2) == 0 && equals) {
        const char *option = c->last + 2;

        snprintf(c->before, sizeof c->before, "%.*s",
                 (int)(equals + 1 - c->last), c->last);
        c->last = equals + 1;
        complete_value(c, option, (size_t)(equals - option));
    } else if (complete_takes_value(before)) {
        if (before[1] == '-')
            complete_value(c, before + 2, strlen(before + 2));
    } else if (*c->last == '-') {
        options_each(complete_option, c);
        complete_offer(c, "--help", "this command's page, or all");
        complete_offer(c, "--version", "the version");
    } else {
        complete_operands(c);
    }
}

void complete_words(FILE *to, const struct cmd *commands, size_t count,
                    char *const *words, size_t word_count)
{
    struct completing c = { .to = to, .commands = commands,
                            .command_count = count, .words = words };

    if (word_count == 0)
        return;
    c.count = word_count - 1;
    c.last = words[word_count - 1];
    complete_last(&c);
}
