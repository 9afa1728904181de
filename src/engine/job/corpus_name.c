/* This file knows the names by which standard input and other descriptors
 * appear. */
#include "config.h"
#include "engine/job/corpus_name.h"

#include <string.h>

static const char *const own_stdin[] = { "-", "/dev/stdin", "/dev/fd/0",
                                         "/proc/self/fd/0" };
static const char *const descriptors[] = { "/dev/fd/", "/proc/self/fd/" };

bool corpus_is_stdin(const char *path)
{
    for (size_t i = 0; i < sizeof own_stdin / sizeof own_stdin[0]; i++)
        if (strcmp(path, own_stdin[i]) == 0)
            return true;
    return false;
}

bool corpus_is_stream(const char *path)
{
    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++) {
        size_t n = strlen(descriptors[i]);

        if (strncmp(path, descriptors[i], n) == 0 && path[n] &&
            strspn(path + n, "0123456789") == strlen(path + n))
            return true;
    }
    return corpus_is_stdin(path);
}

const char *corpus_shown(const char *path)
{
    return corpus_is_stdin(path)    ? "standard input"
           : corpus_is_stream(path) ? "the pipe"
                                    : path;
}
