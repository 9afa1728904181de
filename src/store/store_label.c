/* A short name for the screen, out of a store's URL: it shows no user, no
 * password and no query, since these may hold secrets. */
#include "config.h"
#include "store/store.h"

#include <stdio.h>

#include "util/str.h"

/* What is behind the last '/', or all of it. */
static struct text label_last_part(struct text t)
{
    const char *slash;

    while (t.len > 1 && t.ptr[t.len - 1] == '/')
        t.len--;
    slash = memrchr(t.ptr, '/', t.len);
    if (slash && t.len > 1) {
        t.len -= (size_t)(slash + 1 - t.ptr);
        t.ptr = slash + 1;
    }
    return t;
}

/* A collection's name, or the host when there is none. The query and what
 * stands before the '@' may hold secrets. */
static struct text label_network_part(const char *authority)
{
    size_t len = strcspn(authority, "?#");
    size_t host_len = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', host_len);
    size_t skip = at ? (size_t)(at + 1 - authority) : 0;

    return label_last_part((struct text){ authority + skip, len - skip });
}

void store_label(const char *url, char *to, size_t size)
{
    size_t scheme = strcspn(url, ":+");
    const char *net = strstr(url, "://"), *colon = strchr(url, ':');
    struct text rest = text_of("");
    char word[32], name[256];

    if (net)
        rest = label_network_part(net + 3);
    else if (colon)
        rest = label_last_part(text_of(colon + 1));
    str_printable(word, sizeof word, (struct text){ url, scheme });
    str_printable(name, sizeof name, rest);
    snprintf(to, size, "%s%s%s", word, name[0] ? " " : "", name);
}
