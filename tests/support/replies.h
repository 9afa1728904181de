/*
 * Every reader of what a server answers, behind one form, with a good answer
 * for each: test_hostile.c spoils these, tests/fuzz begins with them.
 *
 * Each reader aborts where it is believed more than was said: a document that
 * is stored or embedded without the whole of its answer. Needs no cmocka.
 *
 * Threads     One: where hits are put is shared.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_REPLIES_H
#define BATCHTOP_TESTS_SUPPORT_REPLIES_H

#include "util/buf.h"
#include "util/error.h"

struct reply_reader {
    const char *name;
    bool (*read)(struct text json, struct error *err);
    const char *sample; /* a good answer */
};

extern const struct reply_reader reply_readers[];
extern const size_t reply_reader_count;

/* Never fine, but read for its words all the same. */
bool reply_is_refusal(const struct reply_reader *r);

/* Read in exactly as many bytes as it has, so that one more is a fault. Aborts
 * when a failure has no words, or words that a terminal must not get. */
bool reply_feed(const struct reply_reader *r, const void *bytes, size_t n);

void reply_readers_release(void);

#endif
