/*
 * A JSON writer for the cold paths that puts commas and quotes itself. Hot
 * paths write their bytes themselves.
 *
 *     struct json_writer w = { .to = &b };
 *     json_open(&w, NULL, '{');
 *     json_put_text(&w, "job", job);       {"job":"docs","stored":7}
 *     json_put_u64(&w, "stored", 7);
 *     json_close(&w, '}');
 *
 * `name` is the name of a member, in letters of ours that need no escape, or
 * NULL for an element of an array or a value alone. An error sets to->failed.
 *
 * Ownership   The buffer is the caller's.
 * Threads     Values.
 */
#ifndef BATCHTOP_UTIL_JSON_WRITE_H
#define BATCHTOP_UTIL_JSON_WRITE_H

#include "util/buf.h"

#include <stdint.h>
#include <stdio.h>

struct json_writer {
    struct buf *to;
    bool comma; /* one stands before what comes next */
};

void json_open(struct json_writer *w, const char *name, char bracket);
void json_close(struct json_writer *w, char bracket);
/* Escaped like json_put_shown(); a NULL text becomes null. */
void json_put_text(struct json_writer *w, const char *name, const char *text);
void json_put_bytes(struct json_writer *w, const char *name, struct text text);
void json_put_u64(struct json_writer *w, const char *name, uint64_t n);
void json_put_i64(struct json_writer *w, const char *name, int64_t n);
void json_put_bool(struct json_writer *w, const char *name, bool yes);
/* A finite number with so many digits behind the point. */
void json_put_real(struct json_writer *w, const char *name, double x,
                   int decimals);
/* Text that is JSON already: "null", a number, the inside of an array. */
void json_put_raw(struct json_writer *w, const char *name, const char *json);

/* Close the open object, print everything as a line, release the buffer. */
void json_end_line(struct json_writer *w, FILE *to);

#endif
