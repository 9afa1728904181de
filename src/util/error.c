#include "config.h"
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    bool retry;
    const char *meaning;
} kinds[] = {
#define X(name, word, retry, meaning) { word, retry, meaning },
    ERROR_KINDS(X)
#undef X
};

bool error_set(struct error *err, enum error_kind kind, int code,
               const char *format, ...)
{
    va_list args;

    err->kind = kind;
    err->code = code;
    err->retry_after_ms = -1;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

bool error_errno(struct error *err, int code, const char *format, ...)
{
    va_list args;
    char reason[96];
    size_t used;

    err->kind = ERROR_LOCAL;
    err->code = code;
    err->retry_after_ms = -1;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    /* strerror() is not for threads; the GNU form of strerror_r() returns. */
    snprintf(err->text + used, sizeof err->text - used, ": %s",
             strerror_r(code, reason, sizeof reason));
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char inner[sizeof err->text];
    va_list args;
    int used;

    memcpy(inner, err->text, sizeof inner);
    va_start(args, format);
    used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, ": %s",
                 inner);
    return false;
}

const char *error_word(enum error_kind kind)
{
    return (unsigned)kind < ERROR_KIND_COUNT ? kinds[kind].word : "unknown";
}

bool error_kind_parse(const char *word, enum error_kind *kind)
{
    for (int i = 0; i < ERROR_KIND_COUNT; i++)
        if (strcmp(kinds[i].word, word) == 0) {
            *kind = (enum error_kind)i;
            return true;
        }
    return false;
}

bool error_retryable(enum error_kind kind)
{
    return (unsigned)kind < ERROR_KIND_COUNT && kinds[kind].retry;
}

const char *error_meaning(enum error_kind kind)
{
    return (unsigned)kind < ERROR_KIND_COUNT ? kinds[kind].meaning : "unknown";
}
