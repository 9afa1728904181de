/*
 * What travels between a run and those who look at it from another process.
 *
 * A frame is a fixed head and a body of at most WIRE_BODY_MAX bytes. Both ends
 * are the same program on the same machine, so a command and a snapshot travel
 * as their bytes: the head has the release, and another one is refused with a
 * sentence. Nothing that arrives is believed before wire_check_*() has seen it.
 *
 * Threads     Values.
 */
#ifndef BATCHTOP_REMOTE_WIRE_H
#define BATCHTOP_REMOTE_WIRE_H

#include "core/command.h"
#include "core/snapshot.h"
#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

enum wire_kind {
    WIRE_COMMAND = 1, /* struct command */
    WIRE_LOOK,        /* no body: a snapshot is wanted */
    WIRE_DONE,        /* struct wire_said: carried out */
    WIRE_REFUSED,     /* struct wire_said: why not */
    WIRE_SNAPSHOT     /* struct snapshot */
};

enum { WIRE_PROTOCOL = 1 };

struct wire_head {
    char magic[8];
    uint32_t protocol;
    uint32_t kind;
    uint64_t size;    /* of the body */
    char release[32]; /* of the sender */
};

struct wire_said {
    char text[256];
};

/* The largest body. */
#define WIRE_BODY_MAX sizeof(struct snapshot)

void wire_head_init(struct wire_head *h, enum wire_kind kind);
/* fails    PROTOCOL: not ours, another release, a kind or size that is not. */
bool wire_check_head(const struct wire_head *h, struct error *err);
/* Texts end and are printable, enums and counts are within their bounds.
 * fails    PROTOCOL, with what is wrong. */
bool wire_check_command(const struct command *c, struct error *err);
bool wire_check_said(const struct wire_said *s, struct error *err);
bool wire_check_snapshot(const struct snapshot *s, struct error *err);

#endif
