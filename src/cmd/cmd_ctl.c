/* batchtop ctl: drive a running job from outside; words become commands. */
#include "config.h"
#include "host/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/command_words.h"
#include "host/plain.h"
#include "remote/remote.h"
#include "util/str.h"

static bool bad_word(const char *given, struct error *err)
{
    char shown[64], words[160];

    str_printable(shown, sizeof shown, text_of(given));
    command_words_list(words, sizeof words, WORD_OF_CTL);
    return error_set(err, ERROR_CONFIG, 0, "\"%s\" is no word of ctl: %s",
                     shown, words);
}

/* How a retry reads rejected records again. */
static bool ctl_take_reread(struct command *c, const char *word,
                            const struct options *opt, struct error *err)
{
    bool lines = options_given(opt, "max-line-mb");

    if (c->kind != COMMAND_RETRY &&
        (lines || options_given(opt, "utf8") || options_given(opt, "blank") ||
         options_given(opt, "nan")))
        return error_set(err, ERROR_CONFIG, 0,
                         "--utf8, --nan, --blank and --max-line-mb go with "
                         "retry and retry-at-end, not %s",
                         word);
    c->reread = (struct reread){
        .replace_utf8 = options_given(opt, "utf8") && opt->utf8 == 1,
        .send_blank = options_given(opt, "blank") && opt->blank == 1,
        .nan_null = options_given(opt, "nan") && opt->nan == 1,
        .line_mb = lines ? (uint32_t)opt->max_line_mb : 0
    };
    return true;
}

/* Which failures: here --kind says it, not an operand. */
static bool ctl_take_kind(struct command *c, const char *word,
                          const char *kind, struct error *err)
{
    if (*kind && c->kind != COMMAND_RETRY && c->kind != COMMAND_SKIP &&
        c->kind != COMMAND_EXPORT)
        return error_set(err, ERROR_CONFIG, 0,
                         "--kind goes with retry, retry-at-end, skip and export, "
                         "not %s",
                         word);
    if (!*kind && c->kind == COMMAND_SKIP)
        return error_set(err, ERROR_CONFIG, 0,
                         "skip gives failures up for good: say which, with "
                         "--kind");
    if (strlen(kind) >= sizeof c->select.kind)
        return error_set(err, ERROR_CONFIG, 0, "--kind: no kind is so long");
    c->select.by = *kind ? SELECT_KIND : SELECT_ALL;
    snprintf(c->select.kind, sizeof c->select.kind, "%s", kind);
    return true;
}

static bool ctl_read(struct command *c, const struct options *opt,
                     struct error *err)
{
    const char *word = opt->corpus.item[1];
    const char *operand = opt->corpus.count > 2 ? opt->corpus.item[2] : "";
    const struct command_word *w = command_word_find(word, WORD_OF_CTL);

    if (!w)
        return bad_word(word, err);
    if (*operand && (w->kind == COMMAND_RETRY || w->kind == COMMAND_SKIP))
        return error_set(err, ERROR_CONFIG, 0,
                         "%s takes nothing behind it but --kind", word);
    if (!command_read(c, w, operand, err) ||
        !ctl_take_kind(c, word, opt->kind, err) ||
        !ctl_take_reread(c, word, opt, err))
        return false;
    c->value = c->kind == COMMAND_DRAIN ? 1 : c->value; /* nobody looks on */
    snprintf(c->origin, sizeof c->origin, "batchtop ctl");
    return c->kind != COMMAND_EXPORT ||
           remote_path(c->path, sizeof c->path, operand, err);
}

/* Exit status of a failure; a run that says no has one of its own. */
static int ctl_denied_status(const struct error *err)
{
    int result = cmd_error(err);

    return err->kind == ERROR_CONFIG ? EXIT_SOME_FAILED : result;
}

static int ctl_print_status(int fd)
{
    struct snapshot *s = calloc(1, sizeof *s);
    struct error err;
    int result = EXIT_STORED;

    if (!s)
        error_memory(&err, "for a status");
    if (s && remote_snapshot(fd, s, &err))
        plain_status(stdout, s);
    else
        result = ctl_denied_status(&err);
    free(s);
    return result;
}

static int ctl_send_command(int fd, const struct command *c)
{
    char said[256];
    struct error err;

    if (!remote_command(fd, c, said, sizeof said, &err))
        return ctl_denied_status(&err);
    if (*said)
        printf("%s\n", said);
    return EXIT_STORED;
}

int cmd_ctl(struct options *opt)
{
    struct command c;
    struct error err;
    int fd, result;

    if (opt->corpus.count < 2) {
        error_set(&err, ERROR_CONFIG, 0,
                  "batchtop ctl JOB WORD: which job, and what it shall do");
        return cmd_error(&err);
    }
    if (!ctl_read(&c, opt, &err) ||
        (fd = cmd_connect(opt, opt->corpus.item[0], &err)) < 0)
        return cmd_error(&err);
    result = c.kind == COMMAND_NONE ? ctl_print_status(fd)
                                    : ctl_send_command(fd, &c);
    close(fd);
    return result;
}
