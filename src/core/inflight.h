/*
 * The ids under way, so that two versions of one id are never in flight
 * together (I6): the later record waits until the earlier one is final.
 *
 * A document enters when its batch is sealed and leaves when it is final. A
 * later record of the id is parked meanwhile; a third one takes the second's
 * place. Ids are found by a 64-bit hash and told apart by themselves: two with
 * one hash delay each other, no more.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_INFLIGHT_H
#define BATCHTOP_CORE_INFLIGHT_H

#include "core/redo.h"

struct inflight;

struct inflight *inflight_new(void);
void inflight_free(struct inflight *t);

/*
 * Enter the batch's open documents. One whose id is under way gets fate
 * DOC_DEFERRED and a parked copy. Parked items that it takes the place of come
 * back as a list: superseded, the caller's to free. *parked: how many.
 */
struct redo_item *inflight_enter(struct inflight *t, struct batch *b,
                                 size_t *parked);
/* Enter one id for a retry; false when it is under way already. */
bool inflight_enter_one(struct inflight *t, uint64_t id_hash);
/* A document is final. When a later one was parked, it comes back and holds
 * the id from now on: the caller's to send. */
struct redo_item *inflight_leave(struct inflight *t, uint64_t id_hash);

#endif
