/*
 * One who calls a run: a question that comes, an answer that goes, one of them
 * at a time. The server's end of a connection; it never waits.
 *
 * Memory is the caller's place: no message is larger.
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
        struct failure_ask ask;
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
    int64_t moved_ms; /* the last byte of an answer, the first of a question */
    int64_t asked_ms; /* the last whole question, or when it came */
    int64_t looked_ms; /* the last one for a snapshot; 0: never */
    struct message m;
};

/* A place becomes that of a new connection. */
void caller_begin(struct caller *c, int fd);
void caller_end(struct caller *c);

/* What has come. False: it is gone. */
bool caller_hear(struct caller *c);
/* So far only the head. */
bool caller_has_head(const struct caller *c);
bool caller_has_all(const struct caller *c);

/* The body is in place: answer. */
void caller_answer(struct caller *c, enum wire_kind kind);
void caller_say(struct caller *c, enum wire_kind kind, const char *text);
void caller_refuse(struct caller *c, const struct error *why);
/* Send of the answer what the socket takes. False: it is gone, or was to go
 * after this answer. */
bool caller_tell(struct caller *c);

/* Of `count` places a free one, or else that of whoever has been silent for
 * longest, and for some seconds; owners stay. NULL: all are asking. */
struct caller *caller_find_place(struct caller *places, int count,
                                 int64_t now_ms);
/* It stopped in the middle of a question or of the answer. */
bool caller_hangs(const struct caller *c, int64_t now_ms);

#endif
