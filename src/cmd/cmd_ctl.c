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
#include "sys/clock.h"
#include "util/json_write.h"
#include "util/str.h"

static bool bad_word(const char *given, struct error *err)
{
    const struct command_word *near =
        command_word_near(given, strlen(given), WORD_OF_CTL);
    char shown[64], words[200];

    str_printable(shown, sizeof shown, text_of(given));
    command_words_list(words, sizeof words, WORD_OF_CTL);
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" is no word of ctl: %s%s%s%s", shown,
                     near ? "did you mean " : "", near ? near->word : "",
                     near ? "? It takes " : "", words);
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
                     const struct command_word *w, const char *operand,
                     struct error *err)
{
    const char *word = opt->corpus.item[1];

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

/* --- the words of a line -------------------------------------------------- */

enum { OPERANDS = 2, SETTINGS_MOST = 8 };

struct ctl_line {
    struct command command[SETTINGS_MOST];
    size_t count;
};

/* The setting at operand i, NAME=N or NAME N. Returns the operand behind it. */
static size_t ctl_setting(const struct options *opt, size_t i, char *to,
                          size_t size)
{
    const struct option_list *given = &opt->corpus;
    bool apart = i + 1 < given->count && !strchr(given->item[i], '=') &&
                 !strchr(given->item[i + 1], '=');

    snprintf(to, size, "%s%s%s", given->item[i], apart ? "=" : "",
             apart ? given->item[i + 1] : "");
    return i + 1 + apart;
}

static bool ctl_too_many(const char *given, struct error *err)
{
    char shown[64];

    str_printable(shown, sizeof shown, text_of(given));
    return error_set(err, ERROR_CONFIG, 0, "\"%s\" is too much", shown);
}

/* All of them are read before the first is sent. */
static bool ctl_read_line(struct ctl_line *l, const struct options *opt,
                          struct error *err)
{
    const struct option_list *given = &opt->corpus;
    const struct command_word *w =
        command_word_find(given->item[1], WORD_OF_CTL);
    char setting[128];
    size_t i = OPERANDS;

    if (!w)
        return bad_word(given->item[1], err);
    if (w->kind != COMMAND_SET || given->count <= OPERANDS) {
        l->count = 1;
        if (given->count > OPERANDS + 1)
            return ctl_too_many(given->item[OPERANDS + 1], err);
        return ctl_read(&l->command[0], opt, w,
                        given->count > OPERANDS ? given->item[OPERANDS] : "",
                        err);
    }
    while (i < given->count) {
        if (l->count == SETTINGS_MOST)
            return ctl_too_many(given->item[i], err);
        i = ctl_setting(opt, i, setting, sizeof setting);
        if (!ctl_read(&l->command[l->count++], opt, w, setting, err))
            return false;
    }
    return true;
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

/* --- the log of the run --------------------------------------------------- */

static void ctl_print_event(const struct run_event *e, bool json)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };
    char when[24];

    clock_iso8601(when, sizeof when, e->wall_s);
    if (!json) {
        printf("%s  %-8s  %s\n", when, e->who, e->text);
        return;
    }
    json_open(&w, NULL, '{');
    json_put_u64(&w, "seq", e->seq);
    json_put_text(&w, "time", when);
    json_put_text(&w, "kind", event_kind_word((enum event_kind)e->kind));
    json_put_text(&w, "who", e->who);
    json_put_text(&w, "text", e->text);
    json_end_line(&w, stdout);
}

/* A snapshot carries some of them: ask until the newest has come. */
static int ctl_print_events(int fd, bool json)
{
    struct snapshot *s = calloc(1, sizeof *s);
    struct error err;
    int result = EXIT_STORED;

    if (!s) {
        error_memory(&err, "for the events");
        return ctl_denied_status(&err);
    }
    do {
        if (!remote_snapshot(fd, s, &err)) {
            result = ctl_denied_status(&err);
            break;
        }
        for (uint32_t i = 0; i < s->event_count; i++)
            ctl_print_event(&s->events[i], json);
    } while (s->event_count && s->events_seen < s->event_newest);
    free(s);
    return result;
}

/* The words that only ask. */
static int ctl_answer(int fd, const struct options *opt)
{
    const char *word = opt->corpus.item[1];

    return strcmp(word, "status") == 0 ? ctl_print_status(fd)
                                       : ctl_print_events(fd, opt->json);
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
    struct ctl_line line = { .count = 0 };
    struct error err;
    int fd, result = EXIT_STORED;

    if (opt->corpus.count < 2) {
        error_set(&err, ERROR_CONFIG, 0,
                  "batchtop ctl JOB WORD: which job, and what it shall do");
        return cmd_error(&err);
    }
    if (!ctl_read_line(&line, opt, &err) ||
        (fd = cmd_connect(opt, opt->corpus.item[0], &err)) < 0)
        return cmd_error(&err);
    for (size_t i = 0; i < line.count && result == EXIT_STORED; i++)
        result = line.command[i].kind == COMMAND_NONE
                     ? ctl_answer(fd, opt)
                     : ctl_send_command(fd, &line.command[i]);
    close(fd);
    return result;
}
