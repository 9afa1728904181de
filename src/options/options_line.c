/* This file reads options from the command line, and prints help about them. */
#include "config.h"
#include "options/options_parts.h"

#include <string.h>

#include "options/guess.h"
#include "util/str.h"

/* `dashes` as they were typed. */
static bool no_option(const char *dashes, const char *arg, size_t len,
                      struct error *err)
{
    char shown[64], meant[GUESS_MAX];

    str_printable(shown, sizeof shown, (struct text){ arg, len });
    if (guess_option(shown, meant))
        return error_set(err, ERROR_CONFIG, 0,
                         "there is no option %s%s: did you mean %s? "
                         "See batchtop --help",
                         dashes, shown, meant);
    return error_set(err, ERROR_CONFIG, 0,
                     "there is no option %s%s; see batchtop --help", dashes,
                     shown);
}

static bool parse_long(struct options *o, const char *arg, const char *next,
                       bool *took_next, struct error *err)
{
    const char *equals = strchr(arg, '='), *value;
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct option_row *row = option_find(arg, len);

    if (!row)
        return no_option("--", arg, len, err);
    if (row->type == TYPE_FLAG) {
        if (equals)
            return error_set(err, ERROR_CONFIG, 0, "--%.*s takes no value",
                             (int)len, arg);
    } else if (!equals) {
        if (!next)
            return error_set(err, ERROR_CONFIG, 0, "--%.*s wants %s",
                             (int)len, arg, row->arg);
        *took_next = true;
    }
    value = equals ? equals + 1 : next;
    if (value && !*value &&
        (row->type == TYPE_TEXT || row->type == TYPE_LIST))
        return error_set(err, ERROR_CONFIG, 0,
                         "--%.*s wants %s, not an empty text", (int)len, arg,
                         row->arg);
    if (!option_set(o, row, value, err))
        return false;
    option_mark(o, row);
    return true;
}

static bool is_command(const char *arg, const char *const *commands)
{
    for (; *commands; commands++)
        if (strcmp(arg, *commands) == 0)
            return true;
    return false;
}

/* A configuration's corpus is no operand of other commands. */
static bool takes_corpus(const char *command)
{
    return !*command || strcmp(command, "run") == 0 ||
           strcmp(command, "plan") == 0;
}

/* The long option that "-k" is short for; NULL: none. */
static const char *short_option(const char *arg)
{
    static const struct {
        char letter;
        const char *name;
    } words[] = { { 'k', "k" }, { 'n', "dry-run" }, { 'q', "quiet" } };

    if (arg[0] != '-' || !arg[1] || arg[2])
        return NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].letter == arg[1])
            return words[i].name;
    return NULL;
}

bool options_parse(struct options *o, int argc, char *const argv[],
                   const char *const *commands, const char **command,
                   struct error *err)
{
    bool only_operands = false, operand_seen = false;

    *command = "";
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool took_next = false;

        if (!only_operands && strcmp(arg, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(arg, "--", 2) == 0) {
            if (!parse_long(o, arg + 2, next, &took_next, err))
                return false;
        } else if (!only_operands && short_option(arg)) {
            if (!parse_long(o, short_option(arg), next, &took_next, err))
                return false;
        } else if (!only_operands && arg[0] == '-' && arg[1]) {
            return no_option("-", arg + 1, strcspn(arg + 1, "="), err);
        } else if (!only_operands && !operand_seen &&
                   is_command(arg, commands)) {
            *command = arg;
            operand_seen = true;
        } else if (!*arg) {
            return error_set(err, ERROR_CONFIG, 0,
                             "an empty text names no corpus and no job");
        } else {
            operand_seen = true;
            if (!option_list_add(&o->corpus, OPTION_CORPUS_MAX, arg,
                                 "corpus files", err))
                return false;
        }
        i += took_next;
    }
    return options_read_layers(o, takes_corpus(*command), err);
}

/* --- words about the options --------------------------------------------- */

enum { HELP_WIDTH = 80, HELP_COLUMN = 29 };

static const char *group_title(enum option_group group)
{
    static const char *const titles[] = {
        "Job",    "Job",      "Corpus",  "Embedding", "Store", "Queues",
        "Limits", "Failures", "Network", "Screen",    "File",  "Commands"
    };

    return titles[group];
}

void options_put_words(FILE *to, int at, int column, const char *words)
{
    bool first = true;

    while (*words) {
        int len = (int)strcspn(words, " ");

        if (!first && at + 1 + len > HELP_WIDTH)
            at = fprintf(to, "\n%*s", column, "") - 1;
        else if (!first)
            at += fprintf(to, " ");
        at += fprintf(to, "%.*s", len, words);
        words += len;
        words += strspn(words, " ");
        first = false;
    }
    fputc('\n', to);
}

static void option_help(FILE *to, const struct option_row *row)
{
    char name[32], left[64], words[200];
    bool has = *row->standard && strcmp(row->standard, "0") != 0;

    snprintf(words, sizeof words, has ? "%s [%s]" : "%s", row->help,
             row->standard);
    snprintf(left, sizeof left, "--%s%s%s", option_name(row, name),
             *row->arg ? " " : "", row->arg);
    options_put_words(to, fprintf(to, "  %-26s ", left), HELP_COLUMN, words);
}

void options_help(FILE *to)
{
    const char *title = "";

    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &option_rows[i];

        if (strcmp(title, group_title(row->group)) != 0) {
            title = group_title(row->group);
            fprintf(to, "\n%s\n", title);
        }
        option_help(to, row);
    }
}

void options_help_of(FILE *to, const char *names)
{
    while (*names) {
        size_t len = strcspn(names, " ");
        const struct option_row *row = option_find(names, len);

        if (row)
            option_help(to, row);
        else
            fprintf(to, "  --%.*s is no option\n", (int)len, names);
        names += len + (names[len] == ' ');
    }
}

void options_names(FILE *to)
{
    char name[32];

    for (size_t i = 0; i < OPTION_ROWS; i++)
        fprintf(to, "--%s\n", option_name(&option_rows[i], name));
}
