/* This file edits a line: it takes characters as code points and keeps them as
 * UTF-8; the backspace removes a whole character. */
#include "config.h"
#include "ui/keys/line.h"

#include <stdio.h>
#include <string.h>

#include "ui/keys/keymap.h"

void line_set(struct line *l, const char *text)
{
    snprintf(l->text, sizeof l->text, "%s", text);
    l->len = strlen(l->text);
}

static size_t line_encode(int cp, char to[4])
{
    static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; cp >>= 6)
        to[i] = (char)(0x80 | (cp & 0x3f));
    to[0] = (char)(leads[n] | cp);
    return n;
}

static void line_type(struct line *l, int key)
{
    char bytes[4];
    size_t n = line_encode(key, bytes);

    if (l->len + n >= sizeof l->text)
        return;
    memcpy(l->text + l->len, bytes, n);
    l->len += n;
    l->text[l->len] = '\0';
}

static void rub_out(struct line *l)
{
    while (l->len > 0 && ((unsigned char)l->text[l->len - 1] & 0xc0) == 0x80)
        l->len--;
    l->len -= l->len > 0;
    l->text[l->len] = '\0';
}

bool line_key(struct line *l, int key)
{
    if (key == KEYCODE_BACKSPACE)
        rub_out(l);
    else if (key == KEYCODE_CTRL_U)
        line_set(l, "");
    else if (key >= ' ' && key < KEYCODE_UP && key != 127)
        line_type(l, key);
    else
        return false;
    return true;
}

void line_remember(struct line_history *h, const struct line *l)
{
    if (h->count > 0 && strcmp(h->text[h->count - 1], l->text) == 0)
        return;
    if (h->count == LINE_HISTORY)
        memmove(h->text[0], h->text[1], sizeof h->text - sizeof h->text[0]);
    else
        h->count++;
    memcpy(h->text[h->count - 1], l->text, sizeof l->text);
}

void line_recall(struct line_history *h, int direction, struct line *l)
{
    if (direction < 0 && h->at > 0)
        h->at--;
    else if (direction > 0 && h->at < h->count)
        h->at++;
    line_set(l, h->at < h->count ? h->text[h->at] : "");
}
