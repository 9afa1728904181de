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
 *   cruise   more (twice as many, a quarter, half) or a quarter fewer, for a
 *            window of answers, and back if that did not pay; fewer at the same
 *            rate is a gain
 *   refused  where the service refuses, it stays below what was refused
 *            (a limit on requests at once), or sends them at the pace that was
 *            served (a limit on their rate)
 *   batch    the same for the documents in a request, while that stands still;
 *            fewer are tried only above the least
 *   scarce   larger requests, as long as that brings documents, where a known
 *            limit on their number binds
 *
 * Where workers wait for documents, or for the next stage, it wants no more
 * than half again what is in flight.
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
#ifndef BATCHTOP_FLOW_SEEK_SEEK_H
#define BATCHTOP_FLOW_SEEK_SEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEK_TEXT = 352, SEEK_REASON = 64, SEEK_LOW = 3, SEEK_STRAY = -1 };

/* Of one dimension. */
struct seek_range {
    size_t most;   /* never more; 0: any number */
    size_t start;  /* where to begin: the last run's knee, or for documents the
                      setting's default; 0: nothing known */
    size_t least;  /* of documents: fewer are not tried; 0: than `start` */
    size_t pinned; /* a person's number, not sought; 0: auto */
};

struct seek_bounds {
    struct seek_range width; /* requests in flight; most: the workers, the pool,
                                --max-concurrent, whichever is least */
    struct seek_range batch; /* documents in a request; start 0 and pinned 0:
                                not sought, gate_batch() has no opinion */
    double start_per_s;   /* the last run's pace, requests; 0: none */
    size_t start_ceiling; /* more at once were refused then; 0: none */
};

bool seek_bounds_are(const struct seek_bounds *a, const struct seek_bounds *b);

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
    SEEK_LIMITED, /* a known limit: rpm, tpm, headers, Retry-After, an outage */
    SEEK_UNFAIRS
};

/* Answers in a row at one setting. Its length is a whole number of rounds (as
 * many answers as there are requests in flight), from answer to answer: so it
 * is right even where all come back at once. */
struct seek_window {
    bool open;
    int64_t from_ms;      /* its first round began with the answer at that */
    uint64_t answers;     /* served */
    double documents, took_us, unfair_us; /* sums */
    double unfair_by_us[SEEK_UNFAIRS];    /* the last, by reason */
    double low_us[SEEK_LOW];              /* the fastest answers */
    bool limited;         /* it waited for a known limit */
    int64_t round_ms;     /* the round under way began */
    uint64_t round_answers;
    double round_documents;
    uint64_t rounds;
    /* As of the last whole round: */
    int64_t ms;
    uint64_t counted;
    double counted_documents;
};

/* What is known of a setting, from one window or several. */
struct seek_rate {
    double docs_per_s, latency_us, answers;
};

/* A level of the start: answers to the requests that its rise let go. */
struct seek_level {
    size_t from; /* the width before */
    size_t sent, back, wanted;
    bool doubted; /* a window is to confirm that it brought too little */
};

/* Are there refusals without a reason? */
struct seek_strays {
    bool known;          /* there are */
    unsigned in_burst;   /* refusals */
    unsigned forgiven, starts, lifts; /* bursts that were let pass */
    double score;        /* the refusals of late, less those served */
    bool open;           /* a window from one refusal to another: */
    int64_t from_ms;
    uint64_t sent, refused; /* in it; sent, and not refused */
    double most_per_s;   /* the pace in it, at its fastest */
    double bears_per_s;  /* at least, by the windows before */
    unsigned odd, odd_wanted; /* windows that contradict that */
    uint64_t odd_sent, odd_refused; /* in these, */
    double served_weighs; /* so one that is served makes up for this much */
};

/* What refusals tell. */
struct seek_refusals {
    size_t ceiling;        /* of requests at once; 0: none known */
    size_t ceiling_step;   /* what may be tried above it, once that is due */
    int64_t ceiling_until_ms, ceiling_for_ms;
    size_t good;           /* as many at once were served, */
    int64_t good_ms;       /* last at that */
    bool burst;            /* refusals of one burst still come back */
    int64_t burst_from_ms, burst_until_ms;
    size_t burst_least;    /* fewest in flight with one of them */
    uint32_t burst_mark;   /* what was sent before belongs to it */
    unsigned hits;         /* refused with no more than were served: a rate */
    int64_t hit_ms;
    double rare;           /* refusals of late, less what made up for them */
    unsigned lowered;      /* ceilings below which a few came, in a row */
    double per_s;          /* the pace; 0: none */
    double per_s_refused;  /* at the last refusal */
    double per_s_sure;     /* the limit, where it was measured */
    double credit;         /* requests that may go now */
    int64_t credit_ms;
    uint64_t served;       /* since the last refusal, */
    int64_t served_ms;     /* which was at that */
    double least_per_s;    /* the pace since then, at its slowest */
    bool binds;            /* it held somebody up since it rose */
    int64_t rise_ms;       /* it rises next, */
    double rise;           /* by that share, */
    int64_t rise_every_ms; /* and again after that */
    unsigned rises;        /* in a row, */
    bool hurries;          /* by a growing share */
    struct seek_strays strays;
};

/* When to try again, and how long to rest after a vain try. */
struct seek_turn {
    int64_t next_ms, pause_ms;
};

/* The most requests at once that were served: since from_ms, and in as long
 * before. */
struct seek_used {
    size_t now, before;
    int64_t from_ms;
};

/* Requests are scarce: what a larger size of them brings, while their number is
 * limited. */
struct seek_scarce {
    bool waited;      /* for that limit, in this window: */
    int64_t from_ms;
    size_t answers;
    double documents;
    size_t before;    /* the size before the one that is tried; 0: none is */
    double per_s;     /* documents that it brought */
    bool followed;    /* a request of the size that is tried came back */
    int64_t until_ms; /* it is tried no longer than that; or not before */
};

/* A second in which workers waited for documents, or for the next stage. */
struct seek_ebb {
    int64_t from_ms;
    double took_us, idle_us; /* of requests; of workers that waited */
    unsigned low;            /* seconds in a row that needed few requests */
    bool narrowed;           /* the width is what was needed, not a knee */
};

struct seek {
    struct seek_bounds bounds;
    bool seeks;    /* the width; else it is pinned */
    double window; /* most in flight after refusals, while pinned; 0: any */
    size_t narrowed_at; /* one more at once was refused then */
    enum seek_phase phase;
    size_t width;  /* wanted now; 0: any number */
    size_t batch;  /* documents wanted now; 0: no opinion */
    uint32_t mark; /* grows with every change */
    uint64_t marked_sent, marked_failed; /* requests since then */
    size_t spread_from; /* its rise begins there, */
    int64_t spread_at_ms, spread_ms; /* then, and takes so long */
    int64_t settles_ms; /* the next window opens after that, */
    int64_t reaches_ms; /* and once the width is reached, or then */
    bool reached, followed; /* the width; the size of requests */
    struct seek_window now;
    struct seek_level level;
    struct seek_rate base; /* at the setting that is kept */
    size_t base_width, base_batch;
    double best_per_s;  /* documents, that the service is known to do */
    double tried_gain;  /* of what is tried, so far */
    double noise;       /* of one answer, squared and relative */
    double step, step_fewer; /* of the next try of more, of fewer */
    int odd;            /* windows in a row above (+) or below what is known */
    struct seek_turn more, fewer, batches;
    unsigned dropped;   /* tries in a row that could show nothing */
    struct seek_used used;
    struct seek_ebb ebb;
    struct seek_scarce scarce;
    bool batch_down;    /* the next try of a batch is a smaller one */
    bool batch_near;    /* a larger one is twice the size; else four times */
    double unloaded_us, unloaded_answers, latency_us; /* 0: not known */
    struct seek_refusals refusals;
};

struct seek_stats {
    enum seek_phase phase;
    size_t width;       /* wanted now; 0: any number */
    size_t tried;       /* the width or the batch that is tried; 0: none is */
    size_t knee;        /* the width that is known to be best, never more than
                           was served at once; 0: not known */
    size_t batch;       /* documents wanted in a request; 0: no opinion */
    double docs_per_s;  /* at the last window that counted; 0: not known */
    double unloaded_ms, latency_ms; /* of a request; 0: not known */
    double per_s;       /* requests, its pace; 0: it is not paced */
    char reason[SEEK_REASON]; /* "trying 24: +18 %" */
};

/* A request, from when it was sent until it came back. */
struct seek_ticket {
    uint32_t mark;   /* of the setting that it was sent under */
    uint32_t beside; /* requests in flight with it, itself among them */
    bool leads;      /* it is one of those that a rise of the start let go */
};

/* Before any bounds: pinned to `concurrent` requests in flight; 0: any. */
void seek_init(struct seek *s, size_t concurrent);
/* Other bounds, at any time: what was found stays, cut to them, unless `start`
 * is new. */
void seek_bound(struct seek *s, const struct seek_bounds *bounds,
                int64_t now_ms);

/* How many requests should be in flight now; 0: any number. */
size_t seek_width(const struct seek *s);
/* May one more go beside so many? Returns 0, or the milliseconds to wait:
 * *full, there are as many as may be, else its pace says so. */
int64_t seek_wait(struct seek *s, size_t in_flight, int64_t now_ms,
                  bool *full);
/* One went, with so many in flight, itself among them. */
void seek_sent(struct seek *s, struct seek_ticket *t, size_t in_flight);
/* It was served: so many documents in so many microseconds. */
void seek_served(struct seek *s, const struct seek_ticket *t,
                 size_t documents, int64_t took_us, int64_t now_ms);
/* The service threw it back for its number or rate and named no time;
 * in_flight without it. Returns the ms for which nothing should be sent: until
 * the burst that it belongs to is over; SEEK_STRAY: it is stray, and nobody
 * needs to wait. */
int64_t seek_refused(struct seek *s, const struct seek_ticket *t,
                     size_t in_flight, int64_t now_ms);
/* It was refused for its size. */
void seek_too_large(struct seek *s, const struct seek_ticket *t,
                    int64_t now_ms);
/* It failed otherwise: the service was busy, away or took too long. */
void seek_failed(struct seek *s, const struct seek_ticket *t, int64_t now_ms);
/* It tells nothing: it was cancelled. */
void seek_cancelled(struct seek *s, const struct seek_ticket *t);
/* Workers did not send for so many microseconds of theirs, all together. */
void seek_unfair(struct seek *s, enum seek_unfair why, int64_t us);
/* A request waits for a known limit on their number. */
void seek_scarce(struct seek *s);
/* Forget the refusals: a person resumed. */
void seek_reset(struct seek *s, int64_t now_ms);

void seek_stats(const struct seek *s, int64_t now_ms, struct seek_stats *out);

/* What a run found, for a later one. */
struct seek_knee {
    size_t width, batch;
    double per_s;   /* requests, the pace that was served; 0: no limit known */
    size_t ceiling; /* more at once were refused; 0: no limit known */
};

/* What was found so far; width 0: nothing yet. */
void seek_knee(const struct seek *s, struct seek_knee *out);
/* Write a line for a later run, "WIDTH BATCH PER_1000_S CEILING ENDPOINT", ""
 * where nothing was found. seek_knee_read() takes it if the endpoint is the
 * same. */
void seek_knee_write(const struct seek_knee *knee, const char *endpoint,
                     char text[SEEK_TEXT]);
bool seek_knee_read(struct seek_knee *knee, const char *endpoint,
                    const char *text);

#endif
