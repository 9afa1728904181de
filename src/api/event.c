/* This file has the words for the kinds of events. */
#include "config.h"
#include "api/snapshot.h"

const char *event_kind_word(enum event_kind kind)
{
    static const char *const words[EVENT_KIND_COUNT] = {
        [EVENT_MESSAGE] = "message", [EVENT_STATE] = "state",
        [EVENT_KNOB] = "knob",       [EVENT_COMMAND] = "command",
        [EVENT_PAUSE] = "pause",     [EVENT_HOLD] = "hold",
        [EVENT_OUTAGE] = "outage",   [EVENT_SLOW] = "slow",
        [EVENT_END] = "end",         [EVENT_CAUSE] = "cause",
        [EVENT_VIEWER] = "viewer"
    };

    return words[kind];
}
