/*
 * The ids in flight, so that two versions of one id never are together (I6):
 * the later record waits until the earlier one is final.
 *
 * A document enters when its batch is sealed and leaves when it is final. A
 * later record of the id is parked until then; a third one replaces the second.
 * A 64-bit hash finds ids, a comparison tells them apart: two ids with one hash
 * only delay each other.
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
 * Enter the batch's open documents. One whose id is in flight gets fate
 * DOC_DEFERRED and a parked copy. Returns the list of parked items that this
 * superseded, for the caller to free. *parked: how many copies.
 */
struct redo_item *inflight_enter(struct inflight *t, struct batch *b,
                                 size_t *parked);
/* Enter one id for a retry; false when it is in flight already. */
bool inflight_enter_one(struct inflight *t, uint64_t id_hash);
/* A document is final. Returns a later parked one, which has the id from now
 * on, for the caller to send. */
struct redo_item *inflight_leave(struct inflight *t, uint64_t id_hash);

#endif
