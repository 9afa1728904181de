/* Base64 (RFC 4648 section 4, padded, no line breaks), made for vectors of
 * little-endian float32. */
#ifndef BATCHTOP_UTIL_BASE64_H
#define BATCHTOP_UTIL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters for n bytes. */
size_t base64_length(size_t n);

/* Write base64_length(n) characters, no NUL; returns their end. */
char *base64_encode(char *to, const void *data, size_t n);

/* Decode len characters into at most `room` bytes. Strict: length a multiple
 * of 4, the alphabet, padding only at the end, zero trailing bits. *got says
 * how many bytes were written; false on bad text or no room. */
bool base64_decode(const char *text, size_t len, void *to, size_t room,
                   size_t *got);

/* Decode exactly n little-endian float32; false on anything else. */
bool base64_floats(const char *text, size_t len, float *to, size_t n);
char *base64_encode_floats(char *to, const float *v, size_t n);

#endif
