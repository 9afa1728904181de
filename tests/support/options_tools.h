/*
 * For the tests of options: one set of them, and words or a configuration file
 * to fill it.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_OPTIONS_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_OPTIONS_TOOLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/options.h"
#include "tests/support/tap.h"

static const char *const commands[] = { "run", "failures", "search", NULL };

static struct options opt;
static const char *command;
static struct error err;
static char config_path[64];

static inline int begin(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1); /* not the user's */
    assert_true(options_init(&opt, &err));
    err.text[0] = '\0';
    config_path[0] = '\0';
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    options_release(&opt);
    if (config_path[0])
        unlink(config_path);
    return 0;
}

/* Parse words parted by blanks. */
static inline bool parse(const char *words)
{
    char copy[512], *argv[64] = { (char *)"batchtop" };
    int argc = 1;

    snprintf(copy, sizeof copy, "%s", words);
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    return options_parse(&opt, argc, argv, commands, &command, &err);
}

static inline void assert_says(const char *a, const char *b)
{
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, a) || !strstr(err.text, b))
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", err.text, a, b);
}

static inline void refused(const char *words, const char *a, const char *b)
{
    if (parse(words))
        fail_msg("accepted: %s", words);
    assert_says(a, b);
}

static inline void write_config(const char *text)
{
    int fd;

    if (config_path[0])
        unlink(config_path);
    strcpy(config_path, "/tmp/options-test-XXXXXX");
    fd = mkstemp(config_path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* The same, with a configuration file of this text before them. */
static inline bool parse_config(const char *text, const char *more)
{
    char words[256];

    write_config(text);
    snprintf(words, sizeof words, "--config %s %s", config_path, more);
    return parse(words);
}

#define with_options(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
