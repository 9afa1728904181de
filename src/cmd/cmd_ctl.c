/* A job that runs, driven from outside: words become commands. */
#include "config.h"
#include "host/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/plain.h"
#include "remote/remote.h"
#include "util/str.h"

enum operand { OPERAND_NONE, OPERAND_STAGE, OPERAND_KNOB, OPERAND_PATH };

static const struct word {
    const char *name;
    enum command_kind kind; /* COMMAND_NONE: status */
    enum operand operand;
    bool selects; /* --kind */
    enum retry_when when;
} words[] = {
    { "status", COMMAND_NONE, OPERAND_NONE, false, RETRY_NOW },
    { "pause", COMMAND_PAUSE, OPERAND_STAGE, false, RETRY_NOW },
    { "resume", COMMAND_RESUME, OPERAND_STAGE, false, RETRY_NOW },
    { "set", COMMAND_SET, OPERAND_KNOB, false, RETRY_NOW },
    { "retry", COMMAND_RETRY, OPERAND_NONE, true, RETRY_NOW },
    { "retry-at-end", COMMAND_RETRY, OPERAND_NONE, true, RETRY_AT_END },
    { "skip", COMMAND_SKIP, OPERAND_NONE, true, RETRY_NOW },
    { "export", COMMAND_EXPORT, OPERAND_PATH, true, RETRY_NOW },
    { "checkpoint", COMMAND_CHECKPOINT, OPERAND_NONE, false, RETRY_NOW },
    { "drain", COMMAND_DRAIN, OPERAND_NONE, false, RETRY_NOW },
    { "stop", COMMAND_STOP, OPERAND_NONE, false, RETRY_NOW },
};

enum { WORDS = sizeof words / sizeof words[0] };

static bool bad_word(const char *given, struct error *err)
{
    char shown[64];

    str_printable(shown, sizeof shown, text_of(given));
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" is no word of ctl: status, pause [STAGE], "
                     "resume [STAGE], set NAME=N, retry, retry-at-end, skip, "
                     "export FILE, checkpoint, drain or stop",
                     shown);
}

static const struct word *find_word(const char *given, struct error *err)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(words[i].name, given) == 0)
            return &words[i];
    bad_word(given, err);
    return NULL;
}

static bool read_stage(const char *given, struct command *c,
                       struct error *err)
{
    char shown[64];

    c->stages = stages_named(given);
    if (c->stages)
        return true;
    str_printable(shown, sizeof shown, text_of(given));
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" is no stage: read, embed or upsert", shown);
}

/* "embed-batch=128" */
static bool read_knob(const char *given, struct command *c, struct error *err)
{
    const char *equals = strchr(given, '=');
    size_t n = equals ? (size_t)(equals - given) : 0;
    uint64_t value;
    char shown[64];

    for (int i = 0; equals && i < KNOB_COUNT; i++) {
        if (strlen(knob_facts[i].key) != n ||
            strncmp(knob_facts[i].key, given, n) != 0)
            continue;
        str_printable(shown, sizeof shown, text_of(equals + 1));
        if (!str_parse_u64(equals + 1, &value) || value > INT64_MAX)
            return error_set(err, ERROR_CONFIG, 0, "%s: \"%s\" is no number",
                             knob_facts[i].key, shown);
        c->knob = (enum knob)i;
        c->value = (int64_t)value;
        return true;
    }
    str_printable(shown, sizeof shown, text_of(given));
    error_set(err, ERROR_CONFIG, 0, "\"%s\" sets nothing: NAME=N with one of",
              shown);
    for (int i = 0; i < KNOB_COUNT; i++)
        snprintf(err->text + strlen(err->text),
                 sizeof err->text - strlen(err->text), "%s %s", i ? "," : "",
                 knob_facts[i].key);
    return false;
}

static bool read_operand(const struct word *w, const struct options *opt,
                         struct command *c, struct error *err)
{
    static const char *const forms[] = {
        [OPERAND_NONE] = "takes no more", [OPERAND_STAGE] = "[STAGE]",
        [OPERAND_KNOB] = "NAME=N",        [OPERAND_PATH] = "FILE"
    };
    bool given = opt->corpus.count > 2, optional = w->operand == OPERAND_STAGE;

    if (!optional && given != (w->operand != OPERAND_NONE))
        return error_set(err, ERROR_CONFIG, 0, "batchtop ctl JOB %s %s",
                         w->name, forms[w->operand]);
    if (!given)
        return true;
    switch (w->operand) {
    case OPERAND_NONE:
        break;
    case OPERAND_STAGE:
        return read_stage(opt->corpus.item[2], c, err);
    case OPERAND_KNOB:
        return read_knob(opt->corpus.item[2], c, err);
    case OPERAND_PATH:
        return remote_path(c->path, sizeof c->path, opt->corpus.item[2], err);
    }
    return true;
}

/* How a retry is to read what was rejected. */
static bool take_reread(const struct word *w, const struct options *opt,
                         struct command *c, struct error *err)
{
    bool lines = options_given(opt, "max-line-mb");

    if (w->kind != COMMAND_RETRY &&
        (lines || options_given(opt, "utf8") || options_given(opt, "blank") ||
         options_given(opt, "nan")))
        return error_set(err, ERROR_CONFIG, 0,
                         "--utf8, --nan, --blank and --max-line-mb go with "
                         "retry and retry-at-end, not %s",
                         w->name);
    c->reread = (struct reread){
        .replace_utf8 = options_given(opt, "utf8") && opt->utf8 == 1,
        .send_blank = options_given(opt, "blank") && opt->blank == 1,
        .nan_null = options_given(opt, "nan") && opt->nan == 1,
        .line_mb = lines ? (uint32_t)opt->max_line_mb : 0
    };
    return true;
}

static bool read_command(const struct word *w, const struct options *opt,
                         struct command *c, struct error *err)
{
    memset(c, 0, sizeof *c);
    c->kind = w->kind;
    c->when = w->when;
    c->value = w->kind == COMMAND_DRAIN; /* nobody looks on */
    snprintf(c->origin, sizeof c->origin, "batchtop ctl");
    if (*opt->kind && !w->selects)
        return error_set(err, ERROR_CONFIG, 0,
                         "--kind goes with retry, retry-at-end, skip and export, "
                         "not %s",
                         w->name);
    if (!*opt->kind && w->kind == COMMAND_SKIP)
        return error_set(err, ERROR_CONFIG, 0,
                         "skip gives failures up for good: say which, with "
                         "--kind");
    if (strlen(opt->kind) >= sizeof c->select.kind)
        return error_set(err, ERROR_CONFIG, 0, "--kind: no kind is so long");
    c->select.by = *opt->kind ? SELECT_KIND : SELECT_ALL;
    snprintf(c->select.kind, sizeof c->select.kind, "%s", opt->kind);
    return take_reread(w, opt, c, err) && read_operand(w, opt, c, err);
}

/* It did not work; a run that says no is a case of its own. */
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
        error_set(&err, ERROR_MEMORY, 0, "no memory for a status");
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
    const struct word *w;
    struct command c;
    struct error err;
    int fd, result;

    if (opt->corpus.count < 2) {
        error_set(&err, ERROR_CONFIG, 0,
                  "batchtop ctl JOB WORD: which job, and what it shall do");
        return cmd_error(&err);
    }
    w = find_word(opt->corpus.item[1], &err);
    if (!w || !read_command(w, opt, &c, &err) ||
        (fd = cmd_connect(opt, opt->corpus.item[0], &err)) < 0)
        return cmd_error(&err);
    result = w->kind == COMMAND_NONE ? ctl_print_status(fd)
                                     : ctl_send_command(fd, &c);
    close(fd);
    return result;
}
