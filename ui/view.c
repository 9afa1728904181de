#include "config.h"
#include "ui/view.h"

#include <string.h>

void view_init(struct view *v)
{
    memset(v, 0, sizeof *v);
    v->focus = PANE_EMBEDDERS;
    v->follow = true;
    v->failure_at = -1;
    v->message_row = v->keybar_row = -1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const char *filter_find(const char *filter, const char *text)
{
    if (!filter[0] || filter[0] == '!')
        return NULL;
    for (; *text; text++) {
        size_t i = 0;

        while (filter[i] && lower(filter[i]) == lower(text[i]))
            i++;
        if (!filter[i])
            return text;
    }
    return NULL;
}

bool filter_passes(const char *filter, const char *text)
{
    if (filter[0] == '!')
        return !filter[1] || !filter_find(filter + 1, text);
    return !filter[0] || filter_find(filter, text);
}

bool filter_passes_failure(const char *filter, const struct failure_row *f)
{
    const char *const fields[] = { f->id, f->stage, f->code, f->message };
    bool inverted = filter[0] == '!';

    /* An inverted filter wants all fields free of it, a plain one any. */
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (filter_passes(filter, fields[i]) != inverted)
            return !inverted;
    return inverted;
}

bool view_tagged(const struct view *v, const struct failure_row *f)
{
    for (size_t i = 0; i < v->tags; i++)
        if (v->tag[i].source == f->source && v->tag[i].pos == f->pos)
            return true;
    return false;
}
