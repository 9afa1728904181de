/* This file has the table of all stores, the one that a URL names, and the part
 * of the URL that says where the data is. */
#include "config.h"
#include "store/store.h"

#include "store/store_http.h"

#define STORE_ROW(name) &store_##name,
static const struct store_ops *const stores[] = { STORES(STORE_ROW) };

enum { STORE_COUNT = sizeof stores / sizeof *stores };

const char *store_wire_word(enum store_wire_now wire)
{
    static const char *const words[] = { [STORE_WIRE_ONE] = "",
                                         [STORE_WIRE_JSON] = "JSON",
                                         [STORE_WIRE_GRPC] = "gRPC" };

    return words[wire];
}

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

void store_rest(struct store *s)
{
    if (s->ops->http)
        store_http_rest((struct store_http *)s);
}
