/*
 * A run's two doors, from another process: a Unix socket for each running job.
 *
 * The socket is CHECKPOINT_DIR/.run/JOB.sock in a folder of mode 0700; each
 * end asks the kernel who the other is, and another user is turned away. Who
 * has the job's ledger has the socket: one left by a dead run is replaced.
 *
 * Server      One thread that never waits for a client: sockets do not block,
 *             a client has one message under way at a time, and one that does
 *             not read its answer or finish its question is dropped. Memory is
 *             fixed: REMOTE_CLIENTS places.
 * Client      Blocks, at most REMOTE_WAIT_MS for an answer.
 * Threads     Server: open and close by the owner of the run. Client: one.
 */
#ifndef BATCHTOP_REMOTE_REMOTE_H
#define BATCHTOP_REMOTE_REMOTE_H

#include "core/door.h"
#include "util/error.h"

enum { REMOTE_CLIENTS = 8, REMOTE_WAIT_MS = 10000 };

struct remote;

/* Serve a run that has begun. NULL and err when it cannot be reached; the run
 * goes on all the same. Close it before the run is no more. */
struct remote *remote_open(const struct door *door, const char *dir,
                           const char *job, struct error *err);
void remote_close(struct remote *s);

/*
 * A connection to a running job.
 *
 * fails    STOPPED: nobody serves the job; LOCAL, FOREIGN (another user).
 */
int remote_connect(const char *dir, const char *job, struct error *err);

/* As the doors have it; s->failures_first is asked for. A refusal is CONFIG, a lost connection NETWORK or
 * TIMEOUT, words that make no sense PROTOCOL. */
bool remote_command(int fd, const struct command *c, char *said,
                    size_t said_size, struct error *err);
bool remote_snapshot(int fd, struct snapshot *s, struct error *err);

/* --- shared by both ends ---------------------------------------------------- */

struct sockaddr_un;

/* The folder of the sockets, opened; -1 when it is not ours alone, or is not
 * there and `make` is false (errno ENOENT in err->code). */
int remote_folder(const char *dir, bool make, struct error *err);
/* The address of a job by its open folder: a path of any length fits. */
void remote_address(struct sockaddr_un *to, int folder, const char *job);
bool remote_same_user(int fd);

#endif
