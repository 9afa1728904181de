/*
 * What travels between a run and those who look at it from another process.
 *
 * A frame is a fixed head and a body of at most WIRE_BODY_MAX bytes. Both ends
 * are the same program on the same machine, so a command and a snapshot travel
 * as their bytes: the head has the release and a number for the layout of all
 * structs, and another one is refused with a sentence. Nothing that arrives is
 * believed before wire_check_*() has seen it.
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
    WIRE_LOOK,        /* struct failure_ask: a snapshot is wanted */
    WIRE_DONE,        /* struct wire_said: carried out */
    WIRE_REFUSED,     /* struct wire_said: why not */
    WIRE_SNAPSHOT,    /* struct snapshot */
    WIRE_DETACH,      /* no body, of the owner: the run goes on without it */
    WIRE_FAREWELL     /* struct wire_farewell, unasked: the last there is */
};

struct wire_head {
    char magic[8];
    uint32_t layout;
    uint32_t kind;
    uint64_t size;    /* of the body */
    char release[32]; /* of the sender */
};

struct wire_said {
    uint32_t code; /* REFUSED: of the error */
    char text[256];
};

/* The run is over: what its process ends with, and the words that it has for
 * a terminal, several lines. */
struct wire_farewell {
    int32_t status;
    uint32_t error; /* 0 or 1: the words belong on standard error */
    char text[4096];
};

/* The largest body. */
#define WIRE_BODY_MAX sizeof(struct snapshot)

void wire_head_init(struct wire_head *h, enum wire_kind kind);
/* fails    PROTOCOL: not ours, another release, a kind or size that is not. */
bool wire_check_head(const struct wire_head *h, struct error *err);
/* Texts end and are printable, enums, bools and counts are within their
 * bounds, so are numbers that a reader turns into others.
 * fails    PROTOCOL, with what is wrong. */
bool wire_check_command(const struct command *c, struct error *err);
bool wire_check_ask(const struct failure_ask *a, struct error *err);
bool wire_check_said(const struct wire_said *s, struct error *err);
bool wire_check_farewell(const struct wire_farewell *f, struct error *err);
bool wire_check_snapshot(const struct snapshot *s, struct error *err);
/* Make it what wire_check_snapshot() wants of texts: one that was cut may end
 * in half a character. */
void wire_mend_snapshot(struct snapshot *s);

/* --- shared by its files ---------------------------------------------------- */

/* A number for the layout of a snapshot; that of all messages grows on it. */
uint64_t wire_snapshot_layout(uint64_t seed);
bool wire_snapshot_whole(void);
/* No field of any message is forgotten here; for a test. */
bool wire_is_whole(void);

#endif
