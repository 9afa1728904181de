/* Earlier texts of the message line, to read again (:messages). */
#ifndef BATCHTOP_UI_DIALOGS_MESSAGES_H
#define BATCHTOP_UI_DIALOGS_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

enum { MESSAGES_KEPT = 64, MESSAGE_BYTES = 200 };

struct message {
    int64_t wall_s;
    char text[MESSAGE_BYTES];
};

struct messages {
    struct message ring[MESSAGES_KEPT];
    size_t next, count;
};

void messages_add(struct messages *m, int64_t wall_s, const char *text);
/* The i-th newest, from 0; NULL behind the last. */
const struct message *messages_at(const struct messages *m, size_t i);

#endif
