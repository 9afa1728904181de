/*
 * What the files of seek.h share.
 *
 * The numbers in them (shares, milliseconds, answers) are judged by the
 * simulations test_seek_services and test_seek_stages: change one, and let
 * these run with more seeds (docs/testing.md).
 *
 * Threads     The gate's lock.
 */
#ifndef BATCHTOP_FLOW_SEEK_SEEK_PARTS_H
#define BATCHTOP_FLOW_SEEK_SEEK_PARTS_H

#include "flow/seek/seek.h"

/* seek.c */

/* The width that is known to be best; 0: none is. */
size_t seek_knee_width(const struct seek *s);

/* seek_window.c */

/* Begin a new window behind a latency: what is under way belongs to before. */
void seek_settle(struct seek *s, int64_t now_ms);
void seek_window_sent(struct seek *s, size_t in_flight);
void seek_window_answer(struct seek *s, size_t documents, int64_t took_us,
                        int64_t now_ms);
/* Were the requests really in flight? */
bool seek_window_is_fair(const struct seek *s);
struct seek_rate seek_window_rate(const struct seek_window *w);
/* The latency that all but two or three were slower than. */
double seek_window_low_us(const struct seek_window *w);
/* How much a rate of so many answers may be off, relative (one sigma). */
double seek_error(const struct seek *s, double answers);

/* seek_start.c */

void seek_start(struct seek *s, size_t from, size_t width, int64_t now_ms);
/* It goes on above a width that is known: twice as many, or the most. */
void seek_start_above(struct seek *s, size_t width, int64_t now_ms);
void seek_start_sent(struct seek *s, struct seek_ticket *t);
void seek_start_answer(struct seek *s, const struct seek_ticket *t,
                       int64_t took_us, int64_t now_ms);

void seek_ebb_unfair(struct seek *s, enum seek_unfair why, int64_t us);
void seek_ebb_answer(struct seek *s, int64_t took_us, int64_t now_ms);
/* Of late, did workers wait that long that more would only wait, too? */
bool seek_ebb_idles(const struct seek *s);
/* Its requests are in flight again: true, the start goes on from here. */
bool seek_ebb_ends(struct seek *s, int64_t now_ms);

/* seek_cruise.c */

/* Another setting: what is sent from now on carries another mark. */
void seek_set(struct seek *s, size_t width, size_t batch, int64_t now_ms);
/* The rise from a width to the present one takes so long: where it is refused,
 * little of it is under way. */
void seek_spread(struct seek *s, size_t from, double ms, int64_t now_ms);
/* Rest at this width; what is known of it is still to be measured. */
void seek_cruise(struct seek *s, size_t width, int64_t now_ms);
/* The window may be long enough for a judgement. */
void seek_cruise_answer(struct seek *s, int64_t now_ms);
/* The most that may be tried: by the bounds and the refusals; SIZE_MAX. */
size_t seek_most(const struct seek *s, int64_t now_ms);
/* After a vain try; the pause grows up to most_ms. */
void seek_rest_turn(struct seek *s, struct seek_turn *turn, int64_t most_ms,
                    int64_t now_ms);
/* What is tried is kept. */
void seek_keep_try(struct seek *s);
/* Something is tried. */
bool seek_is_trying(const struct seek *s);
/* A try was vain. */
void seek_give_up_try(struct seek *s, int64_t now_ms);
/* A try ends without a judgement: it could show nothing, so it comes again
 * soon. */
void seek_drop_try(struct seek *s, int64_t now_ms);

/* seek_batch.c */

bool seek_batch_is_sought(const struct seek *s);
/* What is tried next, above the size that is kept. */
size_t seek_batch_larger(const struct seek *s);
/* It is due: a try has begun. */
bool seek_batch_begins(struct seek *s, int64_t now_ms);
/* Requests of the size that is tried come back. */
void seek_batch_answer(struct seek *s, size_t documents, int64_t now_ms);
void seek_batch_rests(struct seek *s, int64_t now_ms);
void seek_batch_judge(struct seek *s, double gain, double error,
                      int64_t now_ms);
/* Its requests were in flight for a part of the time only, as where the next
 * stage is full now and then. That can hide a gain, but makes none: true,
 * larger ones are kept for one that is clear. */
bool seek_batch_pays_anyway(struct seek *s, double gain, double error,
                            int64_t now_ms);

/* seek_scarce.c */

void seek_scarce_answer(struct seek *s, size_t documents, int64_t now_ms);
/* What it tries was refused for its size: true. */
bool seek_scarce_too_large(struct seek *s, int64_t now_ms);

/* seek_pace.c */

/* Begin at the pace that the last run was served at. */
void seek_pace_begin(struct seek *s, double per_s, int64_t now_ms);
/* Milliseconds until the pace lets another one go. */
int64_t seek_pace_wait(struct seek *s, int64_t now_ms);
/* Refused: the pace falls to what was served since the last refusal. */
void seek_pace_refused(struct seek *s, int64_t now_ms);
/* It rises, if that is due. */
void seek_pace_rise(struct seek *s, int64_t now_ms);
/* As many as that pace keeps in flight, with room to spare. */
size_t seek_pace_width(const struct seek *s, int64_t now_ms);

/* seek_refused.c */

void seek_refusals_answer(struct seek *s, const struct seek_ticket *t,
                          int64_t now_ms);
void seek_refusals_end_burst(struct seek *s, int64_t now_ms);
/* What is served from now on came after the last refusal. */
void seek_refusals_count_anew(struct seek *s, int64_t now_ms);
/* Begin at the ceiling that the last run found. */
void seek_ceiling_begin(struct seek *s, size_t ceiling, int64_t now_ms);
/* More than the ceiling was served. */
void seek_refusals_lift(struct seek *s);

/* seek_stray.c */

enum { SEEK_LIFTS = 3 }; /* a ceiling is given up so often, as one of strays */

/* Refused at this pace once more: true, it is none, and the start goes on. */
bool seek_stray_paced(struct seek *s, int64_t now_ms);
/* Requests a second that no pace needs to be below: what was served since a
 * refusal, or half of what was from one to another, which is so far below a
 * limit that what is refused there is stray. 0: not known. */
double seek_stray_least(const struct seek_strays *x, int64_t now_ms);
/* The pace falls to that. */
void seek_stray_slower(struct seek *s, double per_s);
void seek_stray_served(struct seek_strays *x);
/* Is this one stray, as far as is known? */
bool seek_stray_refused(struct seek_strays *x, size_t width);
/* May the burst that is over be forgiven? */
bool seek_stray_alone(struct seek *s, int64_t now_ms);

#endif
