/* Texts and numbers for people: safe text, separators, sizes, durations. */
#ifndef BATCHTOP_UTIL_STR_H
#define BATCHTOP_UTIL_STR_H

#include "util/buf.h"

/*
 * Make text from documents and servers safe to show. Writes at most size - 1
 * bytes and a NUL: C0, DEL, C1, bidi controls, invisible characters and invalid
 * UTF-8 become <XX> (hex of the byte, or of the code point as <U+202E>); a cut
 * text ends in "~" and never in half a character. Returns the length written.
 */
size_t str_printable(char *to, size_t size, struct text from);

/* The same for a message: never cut within a number, which would then read as
 * another ("limit 1000" of "limit 1000000"). */
size_t str_sentence(char *to, size_t size, struct text from);

/* Code points that move the cursor, command the terminal, turn the text round,
 * break the line or cannot be seen. */
bool str_treacherous(uint32_t cp);

/* Length of the UTF-8 sequence at p (1..4), its code point in *cp; 0 when
 * invalid (overlong, surrogate, out of range, cut). */
size_t utf8_decode(const char *p, const char *end, uint32_t *cp);
/* n bytes are valid UTF-8. */
bool utf8_valid(const char *p, size_t n);

/* 1234567 -> "1,234,567". */
char *str_count(char *to, size_t size, uint64_t n);
/* Exact with separators below a million, then three digits and k M G:
 * "624,310", "1.00M". `width` > 0 picks the short form when it is needed. */
char *str_short(char *to, size_t size, double n, int width);
/* 642 MiB, 1.5 GiB. */
char *str_bytes(char *to, size_t size, uint64_t bytes);
/* 3700000 -> "1 h 01 m"; under two minutes "95 s"; whole: "1 h 06 m 12 s". */
char *str_duration(char *to, size_t size, int64_t ms);
char *str_duration_whole(char *to, size_t size, int64_t ms);
/* An estimate, rounded to what it is worth: "95 s", below five minutes
 * "3 m 20 s" in tens of seconds, else to the minute, from two days on to the
 * hour. */
char *str_left(char *to, size_t size, int64_t ms);
/* Money: "1,234.50"; below one unit "0.0123". */
char *str_usd(char *to, size_t size, double usd);
/* 00:41:07 */
char *str_clock(char *to, size_t size, int64_t ms);

/* Whole decimal numbers; false on anything else or overflow. */
bool str_parse_u64(const char *s, uint64_t *out);
/* The same before the next space; moves *s behind that. */
bool str_take_u64(const char **s, uint64_t *out);
bool str_parse_double(const char *s, double *out); /* "." is the point */
/* "90s", "10m", "2h" in ms, a year at most; "0"; "off" is -1. */
bool str_parse_time(const char *s, int64_t *ms);

/* Two unrelated 64-bit hashes of some bytes. They never change: ledgers keep
 * hashes of a model's files. Temporary indexes use them for ids. */
void str_hash128(const void *data, size_t n, uint64_t out[2]);
uint64_t str_hash64(const void *data, size_t n);

#endif
