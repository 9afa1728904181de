/* This file keeps the messages in a ring; the newest has number 0. */
#include "config.h"
#include "ui/dialogs/messages.h"

#include <stdio.h>

void messages_add(struct messages *m, int64_t wall_s, const char *text)
{
    struct message *at = &m->ring[m->next];

    at->wall_s = wall_s;
    snprintf(at->text, sizeof at->text, "%s", text);
    m->next = (m->next + 1) % MESSAGES_KEPT;
    m->count += m->count < MESSAGES_KEPT;
}

const struct message *messages_at(const struct messages *m, size_t i)
{
    return i < m->count
               ? &m->ring[(m->next + MESSAGES_KEPT - 1 - i) % MESSAGES_KEPT]
               : NULL;
}
