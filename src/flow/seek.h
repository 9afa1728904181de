/*
 * Throughput seeking: how many requests an endpoint wants in flight, and how
 * many documents in each, found from what its answers show. One per endpoint,
 * inside its gate.
 *
 * A stage is a closed loop of n requests against a service that nobody
 * described. From some n on, its knee, more requests wait in the service's
 * queue and bring nothing but latency. seek finds that n, stays near it and
 * notices when it moves:
 *
 *   start    2, then 8, then doubled while the answers stay as fast
 *   cruise   a quarter more, or fewer, for a window of answers, and back if
 *            that did not pay; fewer at the same rate is a gain
 *   refused  where the service refuses, it stays below what was refused
 *            (a limit on requests at once), or sends them at the pace that was
 *            served (a limit on their rate)
 *   batch    the same for the documents in a request, while that stands still
 *
 * A window counts only if the requests really were in flight: whoever keeps
 * workers from sending says so (seek_unfair), and a window whose requests
 * spent less than half of their time in flight counts for nothing.
 *
 * Pinned, or without bounds, it seeks nothing; after refusals it still narrows
 * (half, then one more a round: AIMD).
 *
 * Pure policy on the instants that callers give: no lock, no clock, no chance.
 *
 * Threads     One at a time: the gate's lock.
 */
#ifndef BATCHTOP_FLOW_SEEK_H
#define BATCHTOP_FLOW_SEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEK_TEXT = 352, SEEK_REASON = 64 };

/* Of one dimension. */
struct seek_range {
    size_t most;   /* never more; 0: any number */
    size_t start;  /* where to begin: the last run's knee, or for documents the
                      setting's default; 0: nothing known */
    size_t pinned; /* a person's number, not sought; 0: auto */
};

struct seek_bounds {
    struct seek_range width; /* requests in flight; most: the workers, the pool,
                                --max-concurrent, whichever is least */
    struct seek_range batch; /* documents in a request; start 0 and pinned 0:
                                not sought, gate_batch() has no opinion */
    double start_per_s; /* the last run's pace, requests; 0: none */
};

enum seek_phase {
    SEEK_PINNED,         /* by a person; or it never got bounds */
    SEEK_STARTING,
    SEEK_CRUISING,       /* at the knee */
    SEEK_TRYING_MORE,    /* requests in flight */
    SEEK_TRYING_FEWER,
    SEEK_TRYING_LARGER,  /* requests */
    SEEK_TRYING_SMALLER,
    SEEK_REFUSED,        /* below what was refused */
    SEEK_PACED           /* at the rate that was served before a refusal */
};

/* A word or two for the screen: "starting", "cruising", "trying more". */
const char *seek_phase_word(enum seek_phase phase);

/* What keeps workers from sending. */
enum seek_unfair {
    SEEK_STARVED, /* the stage before gives no documents */
    SEEK_BLOCKED, /* the stage behind takes none, or there is no memory */
    SEEK_PAUSED,  /* paused, held, or waiting for the budget */
    SEEK_LIMITED  /* a known limit: rpm, tpm, headers, Retry-After, an outage */
};

/* What the policy learned of answers in a row at one setting. */
struct seek_window {
    int64_t from_ms;
    uint64_t answers, documents; /* served */
    double took_us;              /* sum */
    uint64_t failures;
    double unfair_us; /* of workers that did not send */
};

struct seek {
    struct seek_bounds bounds;
    bool seeks;    /* the width; else it is pinned */
    double window; /* most in flight after refusals, while pinned; 0: any */
    size_t width;  /* wanted now; 0: any number */
    size_t batch;  /* wanted now; 0: no opinion */
    uint32_t mark; /* grows with every change */
    struct seek_window now;
    double unloaded_us, latency_us; /* 0: not known */
    double docs_per_s;
    enum seek_unfair unfair; /* the last reason */
    enum seek_phase phase;
};

struct seek_stats {
    enum seek_phase phase;
    size_t width;       /* wanted now; 0: any number */
    size_t tried;       /* the width or the batch that is tried; 0: none is */
    size_t knee;        /* the width that is known to be best; 0: not known */
    size_t batch;       /* documents wanted in a request; 0: no opinion */
    double docs_per_s;  /* at the last window that counted; 0: not known */
    double unloaded_ms, latency_ms; /* of a request; 0: not known */
    double per_s;       /* requests, its pace; 0: it is not paced */
    char reason[SEEK_REASON]; /* "trying 24: +18 % so far" */
};

/* A request, from when it was sent until it came back. */
struct seek_ticket {
    uint32_t mark;   /* of the setting that it was sent under */
    uint32_t beside; /* requests in flight with it, itself among them */
};

/* Before any bounds: pinned to `concurrent` requests in flight; 0: any. */
void seek_init(struct seek *s, size_t concurrent);
/* Other bounds, at any time: what was found stays, cut to them, unless `start`
 * is new. */
void seek_bound(struct seek *s, const struct seek_bounds *bounds,
                int64_t now_ms);

/* How many requests may be in flight now; 0: any number. */
size_t seek_width(const struct seek *s);
/* Milliseconds until the pace lets another request go. */
int64_t seek_wait(const struct seek *s, int64_t now_ms);
/* One went, with so many in flight, itself among them. */
void seek_sent(struct seek *s, struct seek_ticket *t, size_t in_flight,
               int64_t now_ms);
/* It was served: so many documents in so many microseconds. */
void seek_served(struct seek *s, const struct seek_ticket *t,
                 size_t documents, int64_t took_us, int64_t now_ms);
/* The service threw it back for its number or rate and named no time;
 * in_flight without it. Returns the ms for which nothing should be sent: until
 * the burst that it belongs to is over. */
int64_t seek_refused(struct seek *s, const struct seek_ticket *t,
                     size_t in_flight, int64_t now_ms);
/* It failed otherwise: the service was busy, away or took too long. */
void seek_failed(struct seek *s, const struct seek_ticket *t, int64_t now_ms);
/* Workers did not send for so many microseconds of theirs, all together. */
void seek_unfair(struct seek *s, enum seek_unfair why, int64_t us);
/* Forget the refusals: a person resumed. */
void seek_reset(struct seek *s, int64_t now_ms);

void seek_stats(const struct seek *s, int64_t now_ms, struct seek_stats *out);

/* What a run found, for a later one. */
struct seek_knee {
    size_t width, batch;
    double per_s; /* requests, the pace that was served; 0: no limit known */
};

/* What was found so far; width 0: nothing yet. */
void seek_knee(const struct seek *s, struct seek_knee *out);
/* Write a line for a later run, "WIDTH BATCH PER_1000_S ENDPOINT", "" where
 * nothing was found. seek_knee_read() takes it if the endpoint is the same. */
void seek_knee_write(const struct seek_knee *knee, const char *endpoint,
                     char text[SEEK_TEXT]);
bool seek_knee_read(struct seek_knee *knee, const char *endpoint,
                    const char *text);

#endif
