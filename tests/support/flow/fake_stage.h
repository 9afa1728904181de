/*
 * A stage for tests of dispatch(): a service that is a script, a clock that
 * stands still but for sleeps, an operator who mends at once or ends the run.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FLOW_FAKE_STAGE_H
#define BATCHTOP_TESTS_SUPPORT_FLOW_FAKE_STAGE_H

#include "flow/dispatch.h"

enum { ITEMS_MAX = 4096, BYTES_EACH = 100 };

enum fate { WAITING, SENT, FAILED, DEFERRED };

/* A service and the items it is asked for. */
struct fake {
    size_t poison;      /* item that is refused; SIZE_MAX: none */
    size_t every;       /* so is each of these, counted so; 0: none */
    struct error poison_err;
    size_t most;        /* items in a request, `most_err` above; 0: any */
    struct error most_err;
    size_t cut;         /* items that a request is cut to; 0: any */
    unsigned errors;    /* so many requests fail first, with `err` */
    struct error err;
    struct error then;  /* what fails `thens` requests behind them */
    unsigned thens;
    bool sick;          /* everything fails with `err`, a proof, too */
    unsigned no_room;   /* so often there is no room to wait */
    unsigned stop_at;   /* the run is stopped in this request; 0: never */
    bool mend;          /* resume whatever is held, as the operator would */
    bool odd_away;      /* a 429 for every odd item of a reply */
    enum proof proof;

    struct dispatch dispatch;
    struct ceiling ceiling;
    struct witness witness;
    int64_t now_ms;
    bool stopping, elsewhere;
    unsigned requests, proofs, held, ended;
    size_t largest, last, proof_texts;
    enum fate fate[ITEMS_MAX];
    enum error_kind why[ITEMS_MAX];
    struct batch batch; /* the documents: item i is docs[i] */
    struct doc docs[ITEMS_MAX];
    struct item items[ITEMS_MAX];
    struct request reply; /* for items that a test lets fail by itself */
    int64_t delay_ms;
    unsigned flags, deferrals;
};

/* What it is asked for a proof: a word, as an embedder; a question, as a store;
 * nothing. */
extern const struct dispatch_ops fake_ops, fake_store_ops, fake_mute_ops;

/* An error of this kind, and nothing else said. */
struct error fake_failure(enum error_kind kind);
int fake_setup(void **state);
int fake_teardown(void **state);
/* dispatch() the first n items. */
bool fake_go(struct fake *f, size_t n);
/* Items with that fate. */
size_t fake_tally(const struct fake *f, enum fate fate);
/* The worker's endpoint is out: the breaker opens. */
void fake_break_down(struct fake *f, const struct error *err);
/* What waits for its next try, each alone, one after the other. */
bool fake_retry_deferred(struct fake *f);

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

#endif
