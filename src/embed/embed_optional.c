/* This file never removes a member's text from its piece of the request; to
 * leave it out, embed_optional_copy() copies the rest of the piece, with the
 * commas that are needed. */
#include "config.h"
#include "embed/embed_optional.h"

#include <assert.h>

void embed_optional_put(struct embed_optionals *o, struct buf *piece,
                        const char *name, const char *hint, const char *json)
{
    bool first = piece->len && piece->data[piece->len - 1] == '{';
    size_t at = piece->len;

    assert(o->count < EMBED_OPTIONALS);
    buf_printf(piece, "%s\"%s\":%s", first ? "" : ",", name, json);
    o->item[o->count++] = (struct embed_optional){ name, hint, piece, at,
                                                   piece->len - at };
}

/* The end of the member, or of the next comma if it has none itself. */
static size_t end_of(const struct embed_optional *x)
{
    size_t end = x->at + x->len;
    const char *text = x->piece->data;

    return end + (text[x->at] != ',' && end < x->piece->len &&
                  text[end] == ',');
}

void embed_optional_copy(const struct embed_optionals *o,
                         const struct buf *piece, struct buf *to)
{
    size_t from = 0;

    for (size_t i = 0; i < o->count; i++)
        if (o->item[i].piece == piece && (o->left_out & 1U << i)) {
            buf_put(to, piece->data + from, o->item[i].at - from);
            from = end_of(&o->item[i]);
        }
    buf_put(to, piece->data + from, piece->len - from);
}

int embed_optional_named(const struct embed_optionals *o,
                         const struct http_reply *reply)
{
    for (size_t i = 0; i < o->count; i++)
        if (!(o->left_out & 1U << i) &&
            http_refuses_member(reply, o->item[i].name, o->item[i].hint))
            return (int)i;
    return -1;
}
