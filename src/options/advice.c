/* This file writes the lines that a user is told to type. */
#include "config.h"
#include "options/advice.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options/shell.h"

enum { ADVICE_PATH = 4096 };

static void advice_put_word(struct buf *to, const char *word, bool whole)
{
    if (whole)
        shell_quote(word, to);
    else
        buf_puts(to, "...");
}

/* What is not typed is found again without: the state folder, and what a
 * variable or a configuration names; but not ./checkpoints. */
static void advice_put_dir(const struct options *opt, struct buf *to,
                           bool whole)
{
    const char *dir = opt->checkpoint_dir;
    bool given = options_given(opt, "checkpoint-dir");
    char here[ADVICE_PATH], path[2 * ADVICE_PATH];

    if (!*dir || (!options_typed(opt, "checkpoint-dir") &&
                  (given || *dir == '/')))
        return;
    if (*dir == '/' || !getcwd(here, sizeof here))
        here[0] = '\0';
    snprintf(path, sizeof path, "%s%s%s", here, *here ? "/" : "", dir);
    buf_puts(to, " --checkpoint-dir ");
    advice_put_word(to, path, whole);
}

/* A job's command runs only if it is typed. */
static void put_command(const char *option, const char *value, struct buf *to,
                        bool whole)
{
    if (strncmp(value, "exec:", 5) != 0)
        return;
    buf_printf(to, " --%s ", option);
    advice_put_word(to, value, whole);
}

static void advice_put(const struct options *opt, const char *verb,
                       const char *job, const char *more, struct buf *to,
                       bool whole)
{
    buf_printf(to, "batchtop %s ", verb);
    shell_quote(job, to);
    if (*more)
        buf_printf(to, " %s", more);
    if (strcmp(verb, "resume") == 0 || strcmp(verb, "retry") == 0) {
        put_command("embed", opt->embed, to, whole);
        put_command("store", opt->store, to, whole);
    } else if (strcmp(verb, "search") == 0) {
        put_command("embed", opt->embed, to, whole);
    }
    advice_put_dir(opt, to, whole);
}

const char *advice_line(char to[ADVICE_MAX], const struct options *opt,
                        const char *verb, const char *job, const char *more)
{
    struct buf line;

    buf_init(&line);
    advice_put(opt, verb, job, more, &line, true);
    if (line.len >= ADVICE_MAX) {
        buf_clear(&line);
        advice_put(opt, verb, job, more, &line, false);
    }
    snprintf(to, ADVICE_MAX, "%s", buf_cstr(&line));
    buf_release(&line);
    return to;
}
