/*
 * A run in another process, as its console sees it: a door that answers at
 * once, whatever the run does.
 *
 * One thread has the connection. A look asks it for a newer snapshot and waits
 * for that a moment at most; when it takes longer, what was last known is
 * shown. A command waits for its answer, two seconds at most.
 *
 * Threads     door and mirror_ask_detach(): any. The rest: the maker.
 */
#ifndef BATCHTOP_REMOTE_MIRROR_H
#define BATCHTOP_REMOTE_MIRROR_H

#include "api/door.h"
#include "util/error.h"

struct mirror;

/* What a run left behind when it went. */
struct last_words {
    bool said;       /* false: it went without a word */
    int status;      /* of its process */
    bool error;      /* the text belongs on standard error */
    char text[4096]; /* lines, printable; "" when there are none; or, when it
                      * went without a word, how that was noticed */
};

/* Look through `fd`, which is the mirror's from now on. `first` is what the
 * first look shows, at once, and the next ones until the run has answered.
 * `gone(arg)`: once, by the mirror's thread, when the run is gone or the mirror
 * is closed.
 * NULL without memory or thread. */
struct mirror *mirror_open(int fd, const struct snapshot *first,
                           void (*gone)(void *arg), void *arg,
                           struct error *err);
struct door mirror_door(struct mirror *m);
/* Ask the run to go on without this connection, which made it; true when it
 * will. */
bool mirror_detach(struct mirror *m, struct error *err);
/* Wait until the run is gone, at most timeout_ms (-1: for ever); true when it
 * is, and then `words` is what it left. */
bool mirror_wait(struct mirror *m, int64_t timeout_ms,
                 struct last_words *words);
/* NULL is fine. */
void mirror_close(struct mirror *m);

#endif
