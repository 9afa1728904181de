/* What json.c asks of json_text.c. */
#ifndef BATCHTOP_UTIL_JSON_SCAN_H
#define BATCHTOP_UTIL_JSON_SCAN_H

#include "util/buf.h"

struct json_string {
    bool escaped, bad_utf8;
    const char *at, *why; /* when there is no end */
};

/* Find and validate the string whose contents begin at p: returns its closing
 * quote, or NULL with why and where. With `lax`, bad UTF-8 and lone surrogates
 * pass and are marked. */
const char *json_scan_string(const char *p, const char *end, bool lax,
                             struct json_string *s);

#endif
