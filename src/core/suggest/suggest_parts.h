/* What the files of core/suggest share. Pure. */
#ifndef BATCHTOP_CORE_SUGGEST_PARTS_H
#define BATCHTOP_CORE_SUGGEST_PARTS_H

#include "core/suggest/suggest.h"

/* Keep up with the answers of a stage. */
void suggest_pace_tick(struct suggest_pace *p, const struct stage_view *v,
                       int64_t wall_s);

/* Is it so now? Then the line for it; else its text is "". */
void suggest_judge(enum suggest_kind kind, const struct suggest *x,
                   const struct snapshot *s, const struct suggest_facts *facts,
                   struct advice *to);

#endif
