/* This file writes a shell command that makes a corpus of a file of another
 * kind. */
#include "config.h"
#include "source/container.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "options/shell.h"
#include "util/str.h"

enum { NAME_SHOWN = 96, JOB_SHOWN = 40, CUT_WORDS = 256 };

static bool is_pipe(const char *path)
{
    return strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0 ||
           strncmp(path, "/proc/self/fd/", 14) == 0;
}

/* As one word for a shell; false: too long, or not printable. */
static bool remedy_quote(char *to, size_t size, const char *path)
{
    char shown[NAME_SHOWN], named[NAME_SHOWN + 2];
    struct buf word = { 0 };
    bool fits;

    str_printable(shown, sizeof shown, text_of(path));
    if (strcmp(shown, path) != 0)
        return false;
    snprintf(named, sizeof named, "%s%s", *path == '-' ? "./" : "", path);
    shell_quote(named, &word);
    fits = (size_t)snprintf(to, size, "%s", buf_cstr(&word)) < size;
    buf_release(&word);
    return fits;
}

/* The file's name up to its first dot; no archive takes another's job. */
static void name_job(char to[JOB_SHOWN], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = 0;

    for (; name[n] && name[n] != '.' && n + 1 < JOB_SHOWN; n++)
        to[n] = isalnum((unsigned char)name[n]) || strchr("_-", name[n])
                    ? name[n]
                    : '_';
    to[n] = '\0';
    if (!isalnum((unsigned char)to[0]))
        strcpy(to, "NAME");
}

/* Put the file's name into the command; a name within quotes cannot be quoted
 * again. */
static void remedy_fill_command(const char *command, const char *file, char *to,
                                size_t size)
{
    const char *at = strstr(command, "%s");
    bool within = at > command && at[-1] == '\'';

    snprintf(to, size, "%.*s%s%s", (int)(at - command), command,
             within && *file == '\'' ? "FILE" : file, at + 2);
}

/* Whether it fits. */
static bool remedy_put(const struct container *c, const char *file,
                       const char *job, const char *unpack, char *to,
                       size_t size)
{
    char words[CUT_WORDS] = "";
    int n;

    if (c->command)
        remedy_fill_command(c->command, unpack || !file ? "FILE" : file, words,
                            sizeof words);
    if (!file && c->filter)
        n = snprintf(to, size, "convert it before the pipe: %s%s%s | "
                               "batchtop - --job %s",
                     unpack ? unpack : "", unpack ? " -dc | " : "", c->filter,
                     job);
    else if (!file)
        n = snprintf(to, size, "save it as FILE%s, then: %s | batchtop - "
                               "--job %s",
                     unpack ? " unpacked" : "", words, job);
    else if (unpack && c->filter)
        n = snprintf(to, size, "convert it with: %s -dc %s | %s | batchtop - "
                               "--job %s",
                     unpack, file, c->filter, job);
    else if (unpack)
        n = snprintf(to, size, "convert it with: %s -dc %s > FILE; %s | "
                               "batchtop - --job %s",
                     unpack, file, words, job);
    else
        n = snprintf(to, size, "convert it with: %s%s%s | batchtop - --job "
                               "%s",
                     *words ? words : c->filter, *words ? "" : " < ",
                     *words ? "" : file, job);
    return (size_t)n < size;
}

void container_remedy(const struct container *c, const char *path,
                      const char *unpack, char *to, size_t size)
{
    char file[NAME_SHOWN + 16], job[JOB_SHOWN];

    if (!c->command && !c->filter) {
        snprintf(to, size, "make JSON lines of it first");
        return;
    }
    if (is_pipe(path)) {
        remedy_put(c, NULL, "NAME", unpack, to, size);
        return;
    }
    name_job(job, path);
    if (!remedy_quote(file, sizeof file, path) ||
        !remedy_put(c, file, job, unpack, to, size))
        remedy_put(c, "FILE", "NAME", unpack, to, size);
}
