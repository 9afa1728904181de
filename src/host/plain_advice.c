/* This file prints an advice once, when it begins, with the line that follows
 * it. */
#include "config.h"
#include "host/plain_advice.h"

#include <stdio.h>
#include <string.h>

enum { AGAIN_MS = 10 * 60 * 1000 };

/* The sentence without its figures. */
static void advice_kind(char *to, size_t size, const char *text)
{
    size_t n = 0;

    for (; *text && n + 1 < size; text++)
        if (*text < '0' || *text > '9')
            to[n++] = *text;
    to[n] = '\0';
}

bool plain_advice_begins(struct plain_advice *p, const struct snapshot *s)
{
    const struct advice *a = &s->advice;
    char kind[sizeof p->known];

    if (!*a->text)
        return false;
    advice_kind(kind, sizeof kind, a->text);
    if (strcmp(kind, p->known) == 0 && s->now_ms - p->said_ms < AGAIN_MS)
        return false;
    p->said_ms = s->now_ms;
    memcpy(p->known, kind, sizeof kind);
    snprintf(p->text, sizeof p->text, "%s%s%s%s", a->text,
             *a->command ? " (ctl " : "", a->command, *a->command ? ")" : "");
    return true;
}

void plain_advice_json(struct json_writer *w, const struct snapshot *s)
{
    if (!*s->advice.text) {
        json_put_text(w, "advice", NULL);
        return;
    }
    json_open(w, "advice", '{');
    json_put_text(w, "text", s->advice.text);
    json_put_text(w, "command",
                  *s->advice.command ? s->advice.command : NULL);
    json_close(w, '}');
}
