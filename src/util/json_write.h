/*
 * JSON for the cold paths: objects and arrays whose commas and quotes nobody has
 * to think of. Hot paths put their bytes themselves.
 *
 *     struct json_writer w = { .to = &b };
 *     json_open(&w, NULL, '{');
 *     json_put_text(&w, "job", job);       {"job":"docs","stored":7}
 *     json_put_u64(&w, "stored", 7);
 *     json_close(&w, '}');
 *
 * `name` is a member's, letters of ours that need no escape, or NULL for an
 * element of an array and for what stands alone. Errors show in to->failed.
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
/* Escaped for eyes, too (json_put_shown()); NULL: null. */
void json_put_text(struct json_writer *w, const char *name, const char *text);
void json_put_bytes(struct json_writer *w, const char *name, struct text text);
void json_put_u64(struct json_writer *w, const char *name, uint64_t n);
void json_put_i64(struct json_writer *w, const char *name, int64_t n);
void json_put_bool(struct json_writer *w, const char *name, bool yes);
/* A finite number with so many digits behind the point. */
void json_put_real(struct json_writer *w, const char *name, double x,
                   int decimals);
/* JSON that is there already: "null", a number, the inside of an array. */
void json_put_raw(struct json_writer *w, const char *name, const char *json);

/* Close the object that is open, and print all of it as a line; the buffer is
 * released. */
void json_end_line(struct json_writer *w, FILE *to);

#endif
