/*
 * Options: a line of words ("-" in front, words parted by line breaks) or a
 * file of JSON. What is taken can be written down and read again, and is then
 * what it was: a job remembers its options so.
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "options/options.h"

enum { WORDS_MAX = 64 };

static struct options fresh(void)
{
    struct options o;
    struct error err;

    fuzz_claim(options_init(&o, &err), "no options at all");
    return o;
}

static bool parse(struct options *o, int argc, char **argv)
{
    static const char *const commands[] = { "plan", "search", "ctl", NULL };
    const char *command = NULL;
    struct error err = { .text = "" };
    bool fine;

    setenv("XDG_CONFIG_HOME", "/nonexistent", 1); /* not the user's */
    fine = options_parse(o, argc, argv, commands, &command, &err);

    if (!fine)
        fuzz_claim_said(&err);
    fuzz_claim(command != NULL, "no word about the command");
    return fine;
}

/* Changes `words`, which end in a NUL. No file is read but ours. */
static bool parse_words(struct options *o, char *words)
{
    char *argv[WORDS_MAX + 2], name[] = "batchtop";
    int argc = 1;

    argv[0] = name;
    for (char *p = words; p && argc < WORDS_MAX;) {
        char *end = strchr(p, '\n');

        if (end)
            *end++ = '\0';
        if (strncmp(p, "--config", 8) != 0 && strncmp(p, "--prof", 6) != 0)
            argv[argc++] = p;
        p = end;
    }
    argv[argc] = NULL;
    return parse(o, argc, argv);
}

static bool parse_file(struct options *o, struct text json)
{
    const char *path = fuzz_path("options.json");
    char name[] = "batchtop", option[] = "--config";
    char *argv[] = { name, option, (char *)path, NULL };

    fuzz_write(path, json);
    return parse(o, 3, argv);
}

/* As a job's ledger would have it. */
static char *remembered(const struct options *o)
{
    struct buf b;

    buf_init(&b);
    options_to_json(o, &b);
    buf_putc(&b, '\0');
    fuzz_claim(!b.failed, "no memory");
    return b.data;
}

static void claim_memory(const struct options *o)
{
    struct options again = fresh();
    struct error err = { .text = "" };
    char *first = remembered(o), *second;

    if (!options_from_json(&again, first, &err))
        fuzz_claim(false, first);
    second = remembered(&again);
    fuzz_claim(strcmp(first, second) == 0, "other options when read again");
    free(first);
    free(second);
    options_release(&again);
}

/* What another version may have left: taken, or refused with words. */
static void recall(const char *json)
{
    struct options o = fresh();
    struct error err = { .text = "" };

    if (options_from_json(&o, json, &err))
        claim_memory(&o);
    else
        fuzz_claim_said(&err);
    options_release(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options o = fresh();
    char *bytes = malloc(size + 1);
    bool fine;

    fuzz_claim(bytes != NULL, "no memory");
    if (size)
        memcpy(bytes, data, size);
    bytes[size] = '\0';
    if (*bytes == '-') {
        fine = parse_words(&o, bytes);
    } else {
        fine = parse_file(&o, (struct text){ bytes, size });
        recall(bytes);
    }
    if (fine)
        claim_memory(&o);
    free(bytes);
    options_release(&o);
    return 0;
}
