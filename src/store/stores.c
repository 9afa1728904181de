/*
 * This file has the table of all stores, and what they share: the store that a
 * URL names, the part of the URL that says where the data is, and a short name
 * without secrets for the screen.
 */
#include "config.h"
#include "store/store.h"

#include <stdio.h>

#include "util/str.h"

#define STORE_ROW(name) &store_##name,
static const struct store_ops *const stores[] = { STORES(STORE_ROW) };

enum { STORE_COUNT = sizeof stores / sizeof *stores };

const struct store_ops *store_at(size_t i)
{
    return i < STORE_COUNT ? stores[i] : NULL;
}

const struct store_ops *store_find(const char *url)
{
    size_t scheme = strcspn(url, ":+");

    if (url[scheme] == '\0')
        return NULL;
    for (size_t i = 0; i < STORE_COUNT; i++)
        if (text_is((struct text){ url, scheme }, stores[i]->name))
            return stores[i];
    return NULL;
}

static bool stores_is_form_option(const struct store_ops *ops,
                                  struct text option)
{
    struct text name = { option.ptr, 0 };

    while (name.len < option.len && option.ptr[name.len] != '=')
        name.len++;
    for (const char *const *f = ops->form; f && *f; f++)
        if (text_is(name, *f))
            return true;
    return false;
}

void store_place(const char *url, struct buf *to)
{
    const struct store_ops *ops = store_find(url);
    size_t len = ops && ops->form ? strcspn(url, "?") : strlen(url);
    char sign = '?';

    buf_put(to, url, len);
    for (url += len; *url; url += len) {
        struct text option = text_of(++url);

        len = option.len = strcspn(option.ptr, "&");
        if (stores_is_form_option(ops, option))
            continue;
        buf_putc(to, sign);
        buf_put(to, option.ptr, option.len);
        sign = '&';
    }
}

/* What is behind the last '/', or all of it. */
static struct text stores_last_part(struct text t)
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

/* A collection's name, or the host when there is none. The query and what is
 * before the '@' may hold secrets. */
static struct text network_part(const char *authority)
{
    size_t len = strcspn(authority, "?#");
    size_t host_len = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', host_len);
    size_t skip = at ? (size_t)(at + 1 - authority) : 0;

    return stores_last_part((struct text){ authority + skip, len - skip });
}

void store_label(const char *url, char *to, size_t size)
{
    size_t scheme = strcspn(url, ":+");
    const char *net = strstr(url, "://"), *colon = strchr(url, ':');
    struct text rest = text_of("");
    char word[32], name[256];

    if (net)
        rest = network_part(net + 3);
    else if (colon)
        rest = stores_last_part(text_of(colon + 1));
    str_printable(word, sizeof word, (struct text){ url, scheme });
    str_printable(name, sizeof name, rest);
    snprintf(to, size, "%s%s%s", word, name[0] ? " " : "", name);
}
