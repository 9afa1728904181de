/*
 * The server's end of one connection to a run: one question comes, then its
 * answer goes. It never waits.
 *
 * Each place has this memory, so no message may be larger.
 *
 * Threads     The server's.
 */
#ifndef BATCHTOP_REMOTE_CALLER_H
#define BATCHTOP_REMOTE_CALLER_H

#include "remote/wire.h"

struct message {
    struct wire_head head;
    union {
        struct command command;
        struct wire_ask ask;
        struct wire_said said;
        struct wire_farewell farewell;
        struct snapshot snapshot;
    } body;
};

struct caller {
    int fd;           /* -1: a free place */
    size_t got;       /* bytes of the question */
    size_t sent, due; /* bytes of the answer; due = 0: none */
    bool last;        /* gone after this answer */
    bool owner;       /* began the run */
    char name[EVENT_WHO]; /* in the log of the run; "": it never watched */
    int64_t moved_ms; /* the last byte of an answer, the first of a question */
    int64_t asked_ms; /* the last whole question, or the connect */
    int64_t looked_ms; /* the last question for a snapshot; 0: never */
    struct message m;
};

/* Give the place to a new connection. */
void caller_begin(struct caller *c, int fd);
void caller_end(struct caller *c);

/* Read what has come. False: the caller is gone. */
bool caller_receive(struct caller *c);
/* So far only the head. */
bool caller_has_head(const struct caller *c);
bool caller_has_all(const struct caller *c);

/* The body is complete: answer. */
void caller_answer(struct caller *c, enum wire_kind kind);
void caller_say(struct caller *c, enum wire_kind kind, const char *text);
void caller_refuse(struct caller *c, const struct error *why);
/* Send as much of the answer as the socket takes. False: the caller is gone, or
 * had to go after this answer. */
bool caller_send(struct caller *c);

/* A free place of `count`, or else that of the caller that has been silent for
 * longest, and for some seconds; owners stay. NULL: all are asking. */
struct caller *caller_find_place(struct caller *places, int count,
                                 int64_t now_ms);
/* Has it stopped in the middle of a question or of the answer? */
bool caller_hangs(const struct caller *c, int64_t now_ms);

#endif
