/* This file turns words into commands: one table and one parser. */
#include "config.h"
#include "api/command_words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/words/near.h"
#include "util/str.h"

enum { CTL = WORD_OF_CTL, LINE = WORD_OF_LINE, BOTH = CTL | LINE };

const struct command_word command_words[] = {
    [KNOB_EMBED_BATCH] = { "embed-batch", "batch", "N|auto", COMMAND_SET,
                           .where = LINE },
    [KNOB_UPSERT_BATCH] = { "store-batch", "upsert-batch", "N|auto",
                            COMMAND_SET, .where = LINE },
    [KNOB_EMBED_WORKERS] = { "embed-workers", "workers", "N|auto",
                             COMMAND_SET, .where = LINE },
    [KNOB_UPSERT_WORKERS] = { "store-workers", "upsert-workers", "N|auto",
                              COMMAND_SET, .where = LINE },
    [KNOB_RPM] = { "rpm", NULL, "N", COMMAND_SET, .where = LINE },
    [KNOB_TPM] = { "tpm", NULL, "N", COMMAND_SET, .where = LINE },
    [KNOB_MEMORY_PCT] = { "max-memory", "memory", "PERCENT", COMMAND_SET,
                          .where = LINE },
    [KNOB_BUDGET] = { "budget", NULL, "USD", COMMAND_SET, .where = LINE },
    { "status", NULL, "", COMMAND_NONE, .where = CTL },
    { "pause", NULL, "[STAGE]", COMMAND_PAUSE, .where = BOTH, .letter = 'p' },
    { "resume", NULL, "[STAGE]", COMMAND_RESUME, .where = BOTH },
    { "set", NULL, "NAME=N", COMMAND_SET, .where = CTL },
    { "retry", NULL, "[KIND]", COMMAND_RETRY, .where = BOTH, .letter = 'r' },
    { "retry-at-end", NULL, "[KIND]", COMMAND_RETRY,
      .where = BOTH, .when = RETRY_AT_END },
    { "skip", NULL, "[KIND]", COMMAND_SKIP, .where = BOTH },
    { "export", NULL, "FILE", COMMAND_EXPORT, .where = BOTH },
    { "checkpoint", NULL, "", COMMAND_CHECKPOINT,
      .where = BOTH, .letter = 'c' },
    { "try", NULL, "", COMMAND_TRY, .where = BOTH },
    { "events", "messages", "", COMMAND_NONE, .where = BOTH },
    { "detach", NULL, "", COMMAND_NONE, .where = LINE },
    { "drain", NULL, "", COMMAND_DRAIN, .where = BOTH },
    { "quit", NULL, "", COMMAND_DRAIN, .where = LINE },
    { "stop", "quit!", "", COMMAND_STOP, .where = BOTH },
    { .word = NULL },
};

const struct knob_facts knob_facts[KNOB_COUNT] = {
    [KNOB_EMBED_BATCH] = { "embed batch", 1, 4096, 0, true, 1 },
    [KNOB_UPSERT_BATCH] = { "upsert batch", 1, 100000, 0, true, 1 },
    [KNOB_EMBED_WORKERS] = { "embed workers", 1, WORKERS_MAX, 1, true, 1 },
    [KNOB_UPSERT_WORKERS] = { "upsert workers", 1, WORKERS_MAX, 1, true, 1 },
    [KNOB_RPM] = { "requests/min", 0, 1000000000, 0, false, 1 },
    [KNOB_TPM] = { "tokens/min", 0, 1000000000000, 0, false, 1 },
    [KNOB_MEMORY_PCT] = { "memory guard", 5, 99, 5, false, 1 },
    [KNOB_BUDGET] = { "budget", 0, 1000000000ll * KNOB_USD, KNOB_USD, false,
                      KNOB_USD },
};

/* --- stages --------------------------------------------------------------- */

const char *const stage_words[STAGE_COUNT] = { "READ", "EMBED", "UPSERT" };

char *stages_text(char *to, size_t size, uint32_t stages)
{
    size_t used = 0;

    *to = '\0';
    for (int s = 0; s < STAGE_COUNT && used < size; s++)
        if (stages >> s & 1)
            used += (size_t)snprintf(to + used, size - used, "%s%s",
                                     used ? ", " : "", stage_words[s]);
    return to;
}

static bool read_stage(struct command *c, const char *given,
                       struct error *err)
{
    char shown[64];

    for (int s = 0; s < STAGE_COUNT; s++)
        if (strcasecmp(given, stage_words[s]) == 0)
            c->stages = 1u << s;
    if (c->stages || !*given)
        return true;
    str_printable(shown, sizeof shown, text_of(given));
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" is no stage: read, embed or upsert", shown);
}

/* --- words ---------------------------------------------------------------- */

/* Are these n bytes the word, or its synonym? */
static bool is_command_word(const struct command_word *w, const char *given,
                            size_t n)
{
    return (strlen(w->word) == n && strncmp(w->word, given, n) == 0) ||
           (w->synonym && strlen(w->synonym) == n &&
            strncmp(w->synonym, given, n) == 0);
}

const struct command_word *command_word_find(const char *word, unsigned where)
{
    for (const struct command_word *w = command_words; w->word; w++)
        if (w->where & where && is_command_word(w, word, strlen(word)))
            return w;
    return NULL;
}

const struct command_word *command_word_near(const char *typed, size_t len,
                                             unsigned where)
{
    char word[NEAR_WORD_MAX];
    struct near near;

    snprintf(word, sizeof word, "%.*s", (int)len, typed);
    near_begin(&near, word);
    for (const struct command_word *w = command_words; w->word; w++)
        if (w->where & where)
            near_look(&near, w->word);
    return *near.best ? command_word_find(near.best, where) : NULL;
}

const struct command_word *command_word_of(char letter)
{
    for (const struct command_word *w = command_words; w->word; w++)
        if (letter && w->letter == letter)
            return w;
    return NULL;
}

/* An option of ctl selects failures, see cmd_ctl.c. */
void command_words_list(char *to, size_t size, unsigned where)
{
    const struct command_word *w = command_words;
    size_t used = 0;

    for (*to = '\0'; w->word; w++)
        if (w->where & where && used < size)
            used += (size_t)snprintf(
                to + used, size - used, "%s%s%s%s",
                !used        ? ""
                : w[1].word  ? ", "
                             : " or ",
                w->word, *w->operand && strcmp(w->operand, "[KIND]") ? " " : "",
                strcmp(w->operand, "[KIND]") ? w->operand : "");
}

/* --- settings ------------------------------------------------------------- */

bool knob_read(enum knob knob, const char *given, int64_t *value)
{
    const struct knob_facts *k = &knob_facts[knob];
    uint64_t n;
    double real;

    if (k->unit == 1) {
        if (!str_parse_u64(given, &n) || n > INT64_MAX)
            return false;
        *value = (int64_t)n;
        return true;
    }
    if (!str_parse_double(given, &real) || real < 0 ||
        real * (double)k->unit > (double)k->max)
        return false;
    *value = (int64_t)(real * (double)k->unit + 0.5);
    return true;
}

static bool read_number(struct command *c, enum knob knob, const char *given,
                        struct error *err)
{
    const char *word = command_words[knob].word;
    bool takes_auto = knob_facts[knob].takes_auto;
    char shown[64];

    c->knob = knob;
    c->value = KNOB_AUTO;
    if (takes_auto && strcmp(given, "auto") == 0)
        return true;
    if (!*given)
        return error_set(err, ERROR_CONFIG, 0, "%s wants a number%s", word,
                         takes_auto ? " or auto" : "");
    str_printable(shown, sizeof shown, text_of(given));
    if (!knob_read(knob, given, &c->value))
        return error_set(err, ERROR_CONFIG, 0, "%s: \"%s\" is no %s%s", word,
                         shown, knob == KNOB_BUDGET ? "sum of USD" : "number",
                         takes_auto ? ", nor auto" : "");
    return true;
}

/* "embed-batch=128" */
static bool read_setting(struct command *c, const char *given,
                         struct error *err)
{
    size_t n = strcspn(given, "=");
    char shown[64];

    for (int k = 0; given[n] && k < KNOB_COUNT; k++)
        if (is_command_word(&command_words[k], given, n))
            return read_number(c, (enum knob)k, given + n + 1, err);
    str_printable(shown, sizeof shown, text_of(given));
    error_set(err, ERROR_CONFIG, 0, "\"%s\" sets nothing: NAME=N with one of",
              shown);
    for (int k = 0; k < KNOB_COUNT; k++)
        snprintf(err->text + strlen(err->text),
                 sizeof err->text - strlen(err->text), "%s %s", k ? "," : "",
                 command_words[k].word);
    return false;
}

/* --- operands ------------------------------------------------------------- */

static bool read_kind(struct command *c, const char *given, struct error *err)
{
    if (strlen(given) >= sizeof c->select.kind)
        return error_set(err, ERROR_CONFIG, 0,
                         "no kind of failure has so long a name");
    c->select.by = *given ? SELECT_KIND : SELECT_ALL;
    snprintf(c->select.kind, sizeof c->select.kind, "%s", given);
    return true;
}

bool command_read(struct command *c, const struct command_word *w,
                  const char *operand, struct error *err)
{
    *c = (struct command){ .kind = w->kind, .when = w->when };
    switch (w->kind) {
    case COMMAND_SET:
        return w < command_words + KNOB_COUNT
                   ? read_number(c, (enum knob)(w - command_words), operand,
                                 err)
                   : read_setting(c, operand, err);
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        return read_stage(c, operand, err);
    case COMMAND_RETRY:
    case COMMAND_SKIP:
        return read_kind(c, operand, err);
    case COMMAND_EXPORT:
        snprintf(c->path, sizeof c->path, "%s", operand);
        return *operand || error_set(err, ERROR_CONFIG, 0,
                                     "export wants a file name");
    default:
        return !*operand || error_set(err, ERROR_CONFIG, 0,
                                      "%s takes nothing behind it", w->word);
    }
}
