/* A document as the tests of core know it, put and recognised. */
#include "config.h"
#include "tests/support/batch_tools.h"
#include "tests/support/tap.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

struct doc *put_doc(struct batch *b, const char *id, uint64_t pos)
{
    char text[64];
    struct doc *d;

    snprintf(text, sizeof text, "text of %s", id);
    d = batch_add(b, text_of(id), text_of(text), text_of("{\"n\":1}"));
    assert_non_null(d);
    d->pos = pos;
    d->offset = pos * 100;
    d->id_hash = str_hash64(id, strlen(id));
    return d;
}

bool doc_is(const char *bytes, const struct doc *d, const char *id)
{
    char text[64];

    snprintf(text, sizeof text, "text of %s", id);
    return text_is((struct text){ bytes + d->id.at, d->id.len }, id) &&
           text_is((struct text){ bytes + d->text.at, d->text.len }, text) &&
           text_is((struct text){ bytes + d->metadata.at, d->metadata.len },
                   "{\"n\":1}");
}
