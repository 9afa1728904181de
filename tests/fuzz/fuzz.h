/*
 * What the fuzz targets share.
 *
 * A target is one file with one entry, which reads what nobody vouches for as
 * the program does, and aborts when more is believed of it than it says. The
 * same objects become two programs: with libFuzzer's main (make fuzz) they
 * look for such inputs, with that of replay.c they read files again: the seeds
 * in make check, or an input that was found.
 *
 * What a target takes beside the bytes themselves (which reader, which options)
 * stands in front of its input, in a form that is said in its file.
 *
 * Threads     One.
 */
#ifndef BATCHTOP_TESTS_FUZZ_H
#define BATCHTOP_TESTS_FUZZ_H

#include "util/buf.h"
#include "util/error.h"

/* Returns 0. The bytes are borrowed for the call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Take what stands in front of an input. A byte behind the end is 0. */
uint8_t fuzz_byte(struct text *input);
/* Up to this byte, which is taken, too, or all. */
struct text fuzz_until(struct text *input, char end);

/* Abort with these words unless it is so. */
void fuzz_claim(bool is_so, const char *what);
/* The failure has words, and a terminal may show them. */
void fuzz_claim_said(const struct error *err);

/* A name in a folder of this process, which is removed at its end. At most
 * four of them are kept apart. */
const char *fuzz_path(const char *name);
/* Make it a file of mode 0600 with these bytes. */
void fuzz_write(const char *path, struct text bytes);
/* Remove all that is in the folder. */
void fuzz_clean(void);

#endif
