/*
 * A line that says what to do, or what is wrong, from what was measured and
 * from nothing else. A situation has to last before the line comes; the line
 * stays for ten seconds at least, so that one can read it and press the key,
 * and goes when the situation is no longer so. A setting that changes takes it
 * away at once.
 *
 * Who follows it hears a minute later what it brought: the documents stored a
 * second, before and after. Until then nothing else is to be done.
 *
 * Threads     The caller's lock. Pure: time is an argument.
 */
#ifndef BATCHTOP_CORE_SUGGEST_H
#define BATCHTOP_CORE_SUGGEST_H

#include "api/snapshot.h"

enum {
    SUGGEST_COMES_S = 5,   /* a situation that lasts so long gets a line, */
    SUGGEST_STAYS_MS = 10000, /* which stays so long, */
    SUGGEST_GOES_S = 3,    /* and until the situation is over for so long */
    SUGGEST_TRIAL_MS = 60000
};

/* What a snapshot does not tell. */
struct suggest_facts {
    size_t endpoints;  /* of the embedder: each has the rate that is set */
    bool counts_texts; /* its limit of requests a minute counts texts */
    bool embed_bound, upsert_bound; /* a person bounds what auto may try */
};

/* The most important first. */
enum suggest_kind {
    SUGGEST_NOTHING,
    SUGGEST_MEMORY,       /* the guard holds reading */
    SUGGEST_EMBED_SLOW,   /* answers take much longer than they did */
    SUGGEST_STORE_SLOW,
    SUGGEST_WORKER_SLOW,  /* one worker's take longer than the others' */
    SUGGEST_EMBED_BATCH,  /* requests are scarce, and could carry more */
    SUGGEST_RATE,         /* a pace was found and none is given */
    SUGGEST_UPSERT_BATCH, /* the store holds all up, its requests are small */
    SUGGEST_EMBED_WORKERS, /* a pinned number holds all up */
    SUGGEST_UPSERT_WORKERS,
    SUGGEST_READ,
    SUGGEST_KINDS
};

/* How long the answers of a stage take, and took. */
struct suggest_pace {
    double usual_ms;    /* while it is not slow; 0: not known yet */
    unsigned seconds;   /* of answers in it */
    uint32_t batch, width; /* as of then: more of them take longer */
    double now_ms;
    bool slow;
    unsigned odd_s;     /* for so long it is otherwise */
    int64_t odd_wall_s, since_wall_s;
};

struct suggest {
    struct advice shown;
    enum suggest_kind kind;
    int64_t since_ms, said_ms; /* the line came; its words are of then */
    unsigned lasts_s[SUGGEST_KINDS];
    unsigned over_s;
    struct suggest_pace embed, upsert;
    struct {
        bool runs;
        enum knob knob;
        int64_t value;
        double before; /* documents a second */
        int64_t worked_ms, last_ms;
    } trial;
    double rate;       /* stored documents a second, of the last 30 s */
};

/* Look at the run, once a second. It needs the members of a snapshot that are
 * counted or measured, and knob, knob_now and knob_max. */
void suggest_tick(struct suggest *x, const struct snapshot *s,
                  const struct suggest_facts *facts, int64_t wall_s);
/* A setting changed, perhaps because the line said so. */
void suggest_changed(struct suggest *x, enum knob knob, int64_t value,
                     int64_t now_ms);
/* Is it time to say what the line brought? Writes that once. */
bool suggest_brought(struct suggest *x, char *to, size_t size);

#endif
