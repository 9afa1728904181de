/* Documents in batches, for the tests of core. */
#ifndef BATCHTOP_TESTS_SUPPORT_BATCH_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_BATCH_TOOLS_H

#include "data/batch.h"

/* One more document; its text is "text of ID". */
struct doc *put_doc(struct batch *b, const char *id, uint64_t pos);

/* The document stands in the bytes of an item as it stood in its batch. */
bool doc_is(const char *bytes, const struct doc *d, const char *id);

#endif
