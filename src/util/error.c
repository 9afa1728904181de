/* This file puts the text of an error together. The text may quote names and
 * values that others chose, so each one passes str_sentence(), which leaves
 * nothing that a terminal obeys. */
#include "config.h"
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

static const struct {
    const char *word;
    enum error_course course;
    enum exit_status status;
    const char *label;
} kinds[] = {
#define X(name, word, course, status, label)                                   \
    { word, COURSE_##course, EXIT_##status, label },
    ERROR_KINDS(X)
#undef X
};

enum { ROOM = 1024 }; /* while a text is put together; cut to err->text then */

/* The text may hold names and values of others: make it harmless to any
 * terminal that shows it. */
static void error_put_text(struct error *err, const char *behind,
                           const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void error_put_text(struct error *err, const char *behind,
                           const char *format, va_list args)
{
    char text[ROOM];
    size_t used;

    vsnprintf(text, sizeof text, format, args);
    used = strlen(text);
    if (behind)
        snprintf(text + used, sizeof text - used, ": %s", behind);
    str_sentence(err->text, sizeof err->text, text_of(text));
}

static void error_begin(struct error *err, enum error_kind kind, int code)
{
    err->kind = kind;
    err->about = ABOUT_UNKNOWN;
    err->code = code;
    err->for_all = err->in_reply = false;
    err->most = 0;
    err->retry_after_ms = -1;
}

bool error_set(struct error *err, enum error_kind kind, int code,
               const char *format, ...)
{
    va_list args;

    error_begin(err, kind, code);
    va_start(args, format);
    error_put_text(err, NULL, format, args);
    va_end(args);
    return false;
}

bool error_reply(struct error *err, enum error_kind kind, const char *format,
                 ...)
{
    va_list args;

    error_begin(err, kind, 200);
    err->in_reply = true;
    va_start(args, format);
    error_put_text(err, NULL, format, args);
    va_end(args);
    return false;
}

bool error_memory(struct error *err, const char *format, ...)
{
    char what[ROOM];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_set(err, ERROR_MEMORY, 0, "no memory %s", what);
}

/* GNU's form returns the text, the one of POSIX (musl) a number. */
const char *error_reason(int code, char *room, size_t size)
{
#ifdef STRERROR_R_CHAR_P
    return strerror_r(code, room, size);
#else
    if (strerror_r(code, room, size) != 0)
        snprintf(room, size, "error %d", code);
    return room;
#endif
}

bool error_errno(struct error *err, int code, const char *format, ...)
{
    va_list args;
    char reason[96];

    error_begin(err, ERROR_LOCAL, code);
    va_start(args, format);
    error_put_text(err, error_reason(code, reason, sizeof reason), format,
                   args);
    va_end(args);
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_put_text(err, err->text, format, args);
    va_end(args);
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

enum error_course error_course(enum error_kind kind)
{
    return (unsigned)kind < ERROR_KIND_COUNT ? kinds[kind].course : COURSE_END;
}

enum exit_status exit_status_of(const struct error *err)
{
    return (unsigned)err->kind < ERROR_KIND_COUNT ? kinds[err->kind].status
                                                  : EXIT_FATAL;
}

const char *error_label(enum error_kind kind)
{
    return (unsigned)kind < ERROR_KIND_COUNT ? kinds[kind].label : "unknown";
}
