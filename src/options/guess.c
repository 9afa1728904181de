/* This file guesses what a word was meant for. A table has the words of other
 * programs; where it has none, the nearest by its letters counts. */
#include "config.h"
#include "options/guess.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/words/near.h"
#include "options/options_parts.h"
#include "util/str.h"

enum { GUESS_FRONT = sizeof OPTION_VARIABLES - 1 };

struct synonym {
    const char *word, *means;
};

static const struct synonym of_options[] = {
    { "api-key", "--embed-key-env" },
    { "base-url", "--embed-url" },
    { "batch", "--embed-batch" },
    { "batch-size", "--embed-batch" },
    { "collection", "--store URL/COLLECTION" },
    { "concurrency", "--embed-workers" },
    { "dimension", "--dim" },
    { "dimensions", "--dim" },
    { "endpoint", "--embed-url" },
    { "force", "--new-job" },
    { "index", "--store URL/INDEX" },
    { "key", "--embed-key-env" },
    { "log", "--log-file" },
    { "model", "--embed" },
    { "o", "--store" },
    { "out", "--store" },
    { "output", "--store" },
    { "provider", "--embed" },
    { "resume", "batchtop resume JOB" },
    { "retry", "batchtop retry JOB" },
    { "text", "--text-field" },
    { "threads", "--embed-workers" },
    { "top-k", "-k" },
    { "url", "--embed-url" },
    { "v", "-V" },
    { "workers", "--embed-workers" },
    { NULL, NULL },
};

static const struct synonym of_commands[] = {
    { "delete", "batchtop CORPUS --new-job" },
    { "drain", "batchtop ctl JOB drain" },
    { "embed", "batchtop run CORPUS" },
    { "find", "batchtop search" },
    { "info", "batchtop status" },
    { "ingest", "batchtop run CORPUS" },
    { "list", "batchtop jobs" },
    { "load", "batchtop run CORPUS" },
    { "ls", "batchtop jobs" },
    { "pause", "batchtop ctl JOB pause" },
    { "query", "batchtop search" },
    { "remove", "batchtop CORPUS --new-job" },
    { "rm", "batchtop CORPUS --new-job" },
    { "show", "batchtop status" },
    { "start", "batchtop run CORPUS" },
    { "stop", "batchtop ctl JOB stop" },
    { "version", "batchtop --version" },
    { NULL, NULL },
};

static const char *guess_synonym(const struct synonym *s, const char *word)
{
    while (s->word && strcmp(s->word, word) != 0)
        s++;
    return s->means;
}

/* --- options -------------------------------------------------------------- */

static void guess_near_options(struct near *near)
{
    char name[32];

    for (size_t i = 0; i < OPTION_ROWS; i++)
        near_look(near, option_name(&option_rows[i], name));
    near_look(near, "help"); /* which main.c knows */
    near_look(near, "version");
}

const char *guess_option(const char *word, char to[GUESS_MAX])
{
    const char *means = guess_synonym(of_options, word);
    struct near near;

    if (means) {
        snprintf(to, GUESS_MAX, "%s", means);
        return to;
    }
    near_begin(&near, word);
    for (char *p = near.word; *p; p++)
        if (*p == '_')
            *p = '-';
    guess_near_options(&near);
    snprintf(to, GUESS_MAX, "--%s", near.best);
    return *near.best ? to : NULL;
}

/* --- commands ------------------------------------------------------------- */

const char *guess_command(const char *word, const char *const *names,
                          char to[GUESS_MAX])
{
    const char *means = guess_synonym(of_commands, word);
    struct near near;

    if (means) {
        snprintf(to, GUESS_MAX, "%s", means);
        return to;
    }
    near_begin(&near, word);
    for (; *names; names++)
        near_look(&near, *names);
    snprintf(to, GUESS_MAX, "batchtop %s", near.best);
    return *near.best ? to : NULL;
}

/* --- variables ------------------------------------------------------------ */

static bool guess_is_named(const char *by, const char *variable, size_t n)
{
    return strlen(by) == n && strncmp(by, variable, n) == 0;
}

/* A job may remember the name of its key, so each name of a key counts. */
static bool guess_is_key(const struct options *o, const char *variable,
                         size_t n)
{
    static const char *const ends[] = { "KEY", "TOKEN", "SECRET", "PASSWORD" };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (text_ends((struct text){ variable, n }, ends[i]))
            return true;
    for (size_t i = 0; i < o->embed_key_env.count; i++)
        if (guess_is_named(o->embed_key_env.item[i], variable, n))
            return true;
    return guess_is_named(o->store_key_env, variable, n);
}

static bool guess_is_option(const char *variable, size_t n)
{
    char name[OPTION_VARIABLE_MAX];

    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (guess_is_named(option_variable(&option_rows[i], name), variable, n))
            return true;
    return false;
}

static bool guess_is_stray(const struct options *o, const char *variable,
                           size_t n)
{
    return strncmp(variable, OPTION_VARIABLES, GUESS_FRONT) == 0 &&
           variable[n] == '=' && variable[n + 1] &&
           !guess_is_option(variable, n) && !guess_is_key(o, variable, n);
}

/* What all variables begin with would make all of them near. */
static void guess_near_variables(struct near *near)
{
    char name[OPTION_VARIABLE_MAX];

    for (size_t i = 0; i < OPTION_ROWS; i++)
        near_look(near, option_variable(&option_rows[i], name) + GUESS_FRONT);
}

bool guess_stray_variable(const struct options *o, size_t *at, char *to,
                          size_t size)
{
    for (; environ && environ[*at]; (*at)++) {
        const char *variable = environ[*at];
        size_t n = strcspn(variable, "=");
        struct near near;
        char shown[64];

        if (!guess_is_stray(o, variable, n))
            continue;
        (*at)++;
        str_printable(shown, sizeof shown, (struct text){ variable, n });
        near_begin(&near, shown + GUESS_FRONT);
        guess_near_variables(&near);
        snprintf(to, size, "the variable %s is no option's: %s%s%s", shown,
                 *near.best ? "did you mean " OPTION_VARIABLES
                            : "it does nothing",
                 near.best, *near.best ? "?" : "");
        return true;
    }
    return false;
}
