/* Tune's state, for the estimates beside its fields (tune_effect.c). */
#ifndef BATCHTOP_UI_DIALOGS_DIALOG_TUNE_H
#define BATCHTOP_UI_DIALOGS_DIALOG_TUNE_H

#include "ui/dialogs/dialog_parts.h"

struct tune {
    enum knob at;
    int64_t value[KNOB_COUNT]; /* as they would be */
    struct field field;
    struct command then; /* command to send after them; NONE: nothing */
};

/* Open Tune before a command that follows it. */
void dialog_tune_and_send(struct dialog *d, const struct snapshot *s,
                          enum knob first, const struct command *then);

/* The number that the new value comes to: that of now, if it is auto. */
int64_t tune_number(const struct tune *t, const struct snapshot *s,
                    enum knob k);
/* What a setting would do, as far as we know. */
void tune_effect(const struct tune *t, const struct snapshot *s,
                 const struct canvas *c, enum knob k, char *to, size_t size);
/* What the embed batch means for requests and queues; false: unknown. */
bool tune_tokens(const struct tune *t, const struct snapshot *s, char *to,
                 size_t size);
bool tune_queues(const struct tune *t, const struct snapshot *s, char *to,
                 size_t size);

#endif
