/*
 * What travels between a run and its callers in other processes.
 *
 * A frame is a fixed head and a body of at most WIRE_BODY_MAX bytes. Both ends
 * are the same program, of the same user on the same machine (remote_server.c
 * asks the kernel), so a command and a snapshot travel as their bytes. The head
 * has the release and the checksum of the headers that define these bytes; a
 * head of another build is refused with a sentence. In a message that passed,
 * wire_check_*() checks what a reader indexes by: counts, enums, and that texts
 * end.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_REMOTE_WIRE_H
#define BATCHTOP_REMOTE_WIRE_H

#include "api/command.h"
#include "api/snapshot.h"
#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

enum wire_kind {
    WIRE_COMMAND = 1, /* struct command */
    WIRE_ASK,         /* struct wire_ask: asks for a snapshot */
    WIRE_DONE,        /* struct wire_said: carried out */
    WIRE_REFUSED,     /* struct wire_said: why not */
    WIRE_SNAPSHOT,    /* struct snapshot */
    WIRE_DETACH,      /* no body, from the owner: go on without it */
    WIRE_FAREWELL     /* struct wire_farewell, unasked: the last message */
};

struct wire_head {
    char magic[8];
    uint32_t build;   /* WIRE_BUILD of the sender */
    uint32_t kind;
    uint64_t size;    /* of the body */
    char release[32]; /* of the sender */
};

struct wire_ask {
    struct failure_ask ask;
    uint64_t events_seen; /* as in a snapshot */
    uint32_t watches;     /* 0 or 1: it asks again and again, so that the run
                             gives it a name */
};

struct wire_said {
    uint32_t code; /* REFUSED: of the error */
    char text[256];
};

/* The run has ended: the exit status of its process, and several lines for a
 * terminal. */
struct wire_farewell {
    int32_t status;
    uint32_t error; /* 0 or 1: the lines belong on standard error */
    char text[4096];
};

/* The largest body. */
#define WIRE_BODY_MAX sizeof(struct snapshot)

void wire_head_init(struct wire_head *h, enum wire_kind kind);
/* fails    PROTOCOL: not ours, another release, an unknown kind or wrong
 *          size. */
bool wire_check_head(const struct wire_head *h, struct error *err);
/* fails    PROTOCOL, with what is wrong. */
bool wire_check_command(const struct command *c, struct error *err);
bool wire_check_ask(const struct wire_ask *a, struct error *err);
bool wire_check_said(const struct wire_said *s, struct error *err);
bool wire_check_farewell(const struct wire_farewell *f, struct error *err);
bool wire_check_snapshot(const struct snapshot *s, struct error *err);

#endif
