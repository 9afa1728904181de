/*
 * A run's two doors, from another process: a Unix socket for each running job.
 *
 * The socket is CHECKPOINT_DIR/.run/JOB.sock in a folder of mode 0700; each end
 * asks the kernel who the other is, and refuses another user. The run with the
 * job's ledger owns the socket and replaces a dead run's.
 *
 * Server      One thread that never waits for a caller: sockets do not block, a
 *             caller sends one message at a time, and the server drops a caller
 *             that does not read its answer or finish its question. Memory is
 *             fixed: REMOTE_CLIENTS places. When all are taken, a caller that
 *             is silent for some seconds gives way; if none is, the server
 *             refuses one more with a sentence. The doors must not wait either:
 *             threads of the run do what takes time.
 * Client      Blocks, at most REMOTE_WAIT_MS for a question and its answer.
 * Threads     Server: open and close by the owner of the run. Client: one.
 */
#ifndef BATCHTOP_REMOTE_REMOTE_H
#define BATCHTOP_REMOTE_REMOTE_H

#include "api/door.h"
#include "util/error.h"

enum { REMOTE_CLIENTS = 8, REMOTE_WAIT_MS = 10000 };

struct remote;

/* owner: -1, or the connection of the process that began the run; the server
 * owns it from now on. NULL without memory. */
struct remote *remote_open(int owner, struct error *err);
/* Let others connect, too; false and err when they cannot: the run goes on
 * nevertheless. Before remote_begin(). */
bool remote_listen(struct remote *s, const char *dir, const char *job,
                   struct error *err);
/* Answer from now on, through the door. */
bool remote_begin(struct remote *s, const struct door *door,
                  struct error *err);

/* Where the owner is. DETACHED: it told the run to go on without it; GONE: it
 * left without a word. */
enum remote_owner { OWNER_NONE, OWNER_HERE, OWNER_DETACHED, OWNER_GONE };
enum remote_owner remote_owner(struct remote *s);
/* Does the owner or another console ask for snapshots? */
bool remote_watched(struct remote *s);

/* Answer no more and let nobody in, so that the run can be freed. Call it while
 * the ledger is still locked. */
void remote_stop(struct remote *s);
/* Once stopped, send to all who are still connected the status of this process
 * and its last words, cut to the size of a farewell. error: they belong on
 * standard error. */
void remote_farewell(struct remote *s, int status, bool error,
                     const char *text);
/* Stop first, unless stopped. NULL is fine. */
void remote_close(struct remote *s);

/* List the jobs of a checkpoint directory that have a run, by name. False when
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
 * Like the door's functions; s->ask says what is wanted.
 *
 * fails    CONFIG: the run refused; NETWORK, TIMEOUT: the connection is lost;
 *          PROTOCOL: the other end is another build, or its answer makes no
 *          sense. After all but CONFIG the connection and `s` are useless.
 */
bool remote_command(int fd, const struct command *c, char *said,
                    size_t said_size, struct error *err);
bool remote_snapshot(int fd, struct snapshot *s, struct error *err);

/* The run has a directory of its own, so turn `given`, relative to ours, into
 * an absolute path.
 *
 * fails    CONFIG: it is too long. */
bool remote_path(char *to, size_t size, const char *given, struct error *err);

/* --- shared by both ends -------------------------------------------------- */

struct sockaddr_un;

/* Open the folder of the sockets; -1 when it is not ours alone, or does not
 * exist and `make` is false (ENOENT in err->code). */
int remote_folder(const char *dir, bool make, struct error *err);
/* The address of a job by its open folder, so a path of any length fits. */
void remote_address(struct sockaddr_un *to, int folder, const char *job);
bool remote_same_user(int fd);
/* Send all of it. NETWORK: the connection is lost. TIMEOUT: it was not done at
 * until_ms (clock_ms(), -1: for ever), even if bytes still moved. */
bool remote_send(int fd, const void *from, size_t n, int64_t until_ms,
                 struct error *err);
bool remote_receive(int fd, void *to, size_t n, int64_t until_ms,
                    struct error *err);

#endif
