/*
 * A run's two doors, from another process: a Unix socket for each running job.
 *
 * The socket is CHECKPOINT_DIR/.run/JOB.sock in a folder of mode 0700; each
 * end asks the kernel who the other is, and another user is turned away. Who
 * has the job's ledger has the socket: one left by a dead run is replaced.
 *
 * Server      One thread that never waits for a caller: sockets do not block,
 *             a caller has one message under way at a time, and one that does
 *             not read its answer or finish its question is dropped. Memory is
 *             fixed: REMOTE_CLIENTS places. When all are taken, who has not
 *             asked for some seconds gives way; when all ask, one more is
 *             turned away with a sentence. The doors must not wait either:
 *             what takes its time is done by threads of the run.
 * Client      Blocks, at most REMOTE_WAIT_MS for a question and its answer.
 * Threads     Server: open and close by the owner of the run. Client: one.
 */
#ifndef BATCHTOP_REMOTE_REMOTE_H
#define BATCHTOP_REMOTE_REMOTE_H

#include "api/door.h"
#include "util/error.h"

enum { REMOTE_CLIENTS = 8, REMOTE_WAIT_MS = 10000 };

struct remote;

/* owner: -1, or the connection of the process that began the run, which is the
 * server's from now on. NULL without memory. */
struct remote *remote_open(int owner, struct error *err);
/* Let others come, too; false and err when none can: the run goes on all the
 * same. Before remote_begin(). */
bool remote_listen(struct remote *s, const char *dir, const char *job,
                   struct error *err);
/* Answer, from now on: the doors are open. */
bool remote_begin(struct remote *s, const struct door *door,
                  struct error *err);

/* Where the owner is. DETACHED: it said that the run shall go on without it;
 * GONE: it left without a word. */
enum remote_owner { OWNER_NONE, OWNER_HERE, OWNER_DETACHED, OWNER_GONE };
enum remote_owner remote_owner(struct remote *s);
/* Somebody looks, the owner or another console. */
bool remote_watched(struct remote *s);

/* Answer no more and let nobody in, so that the run may be no more: while its
 * ledger is locked still. */
void remote_stop(struct remote *s);
/* To all who are still connected, while it does not answer: the status of
 * this process and its last words, cut to what a farewell holds. error: they
 * belong on standard error. */
void remote_farewell(struct remote *s, int status, bool error,
                     const char *text);
/* Stop first, unless stopped. NULL is fine. */
void remote_close(struct remote *s);

/* The jobs of a checkpoint directory that are being run, by name. False when
 * `each` returned false. */
bool remote_each(const char *dir, bool (*each)(void *arg, const char *job),
                 void *arg);

/*
 * A connection to a running job.
 *
 * fails    STOPPED: nobody serves the job; LOCAL, FOREIGN (another user).
 */
int remote_connect(const char *dir, const char *job, struct error *err);

/*
 * As the doors have it; s->ask is what is wanted.
 *
 * fails    CONFIG: the run refused; NETWORK, TIMEOUT: the connection is lost;
 *          PROTOCOL: the other end is another build, or its words make no
 *          sense. After all but CONFIG the connection is of no more use, and
 *          what is in `s` must not be looked at.
 */
bool remote_command(int fd, const struct command *c, char *said,
                    size_t said_size, struct error *err);
bool remote_snapshot(int fd, struct snapshot *s, struct error *err);

/* The run has a directory of its own: `given`, which is relative to ours, as
 * an absolute path.
 *
 * fails    CONFIG: it is too long.
 */
bool remote_path(char *to, size_t size, const char *given, struct error *err);

/* --- shared by both ends ---------------------------------------------------- */

struct sockaddr_un;

/* The folder of the sockets, opened; -1 when it is not ours alone, or is not
 * there and `make` is false (errno ENOENT in err->code). */
int remote_folder(const char *dir, bool make, struct error *err);
/* The address of a job by its open folder: a path of any length fits. */
void remote_address(struct sockaddr_un *to, int folder, const char *job);
bool remote_same_user(int fd);
/* All of it; NETWORK: the connection is lost. TIMEOUT: it took until until_ms
 * (clock_ms(), -1: for ever), a byte now and then or not. */
bool remote_send(int fd, const void *from, size_t n, int64_t until_ms,
                 struct error *err);
bool remote_receive(int fd, void *to, size_t n, int64_t until_ms,
                    struct error *err);

#endif
