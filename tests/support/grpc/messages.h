/*
 * Every reader of a message that a service answers over gRPC, behind one form,
 * with a good one for each: test_grpc_answers.c spoils these, tests/fuzz begins
 * with them. What replies.h is for JSON; any part of a message may be one.
 *
 * Threads     One.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_GRPC_MESSAGES_H
#define BATCHTOP_TESTS_SUPPORT_GRPC_MESSAGES_H

#include "util/buf.h"
#include "util/error.h"

struct message_reader {
    const char *name;
    bool (*read)(struct text message, struct error *err);
    const char *sample;
    size_t n;
};

extern const struct message_reader message_readers[];
extern const size_t message_reader_count;

/* Read in exactly as many bytes as it has. Aborts when a failure has no words,
 * or words that a terminal must not get. */
bool message_feed(const struct message_reader *r, const void *bytes, size_t n);

#endif
