/* This file reads the URL of a PostgreSQL store as libpq does, with two rules
 * of ours: the URL must have no password, and others must not be able to read a
 * file of passwords. */
#include "config.h"
#include "store/postgres/pg_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/str.h"

static bool bad_form(struct error *err)
{
    return error_set(err, ERROR_CONFIG, 0,
                     "the form is postgres://USER@HOST:PORT/DATABASE?table=T");
}

/* libpq would take one from the URL, where `ps` and the checkpoint see it. */
static bool no_password(const char *url, struct error *err)
{
    const char *start = strstr(url, "://"), *at, *query;
    size_t len;

    if (!start)
        return bad_form(err);
    start += 3;
    len = strcspn(start, "/?");
    at = memrchr(start, '@', len);
    query = strchr(start, '?');
    if ((at && memchr(start, ':', (size_t)(at - start))) ||
        (query && strcasestr(query, "password=")))
        return error_set(err, ERROR_CONFIG, 0,
                         "a URL must not hold a password: use PGPASSWORD, "
                         "~/.pgpass or --store-key-file");
    return true;
}

void pg_options_add(struct pg_options *o, const char *name, const char *value)
{
    size_t i = 0;

    while (i < o->count && strcmp(o->name[i], name) != 0)
        i++;
    if (i + 1 >= PG_OPTIONS_MAX)
        return;
    o->name[i] = name;
    o->value[i] = value;
    o->count += i == o->count;
}

const char *pg_options_get(const struct pg_options *o, const char *name)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->name[i], name) == 0)
            return o->value[i];
    return NULL;
}

static bool host_is_local(const char *host)
{
    return host[0] == '/' || host[0] == '@' ||
           strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && !strchr(host, ','));
}

/* libpq's own order: the URL, the variables, a socket of this machine. */
static void take_host(struct pg_options *o)
{
    static const char *const names[][2] = { { "hostaddr", "PGHOSTADDR" },
                                            { "host", "PGHOST" } };
    const char *host = NULL;

    for (size_t i = 0; i < 2 && !host; i++)
        host = pg_options_get(o, names[i][0]);
    for (size_t i = 0; i < 2 && !host; i++)
        host = getenv(names[i][1]);
    o->local = !host || !*host || host_is_local(host);
    str_printable(o->host, sizeof o->host,
                  text_of(host && *host ? host : "the local server"));
}

bool pg_options_parse(struct pg_options *o, const char *url,
                      struct error *err)
{
    char *why = NULL, shown[128];

    *o = (struct pg_options){ .count = 0 };
    if (!no_password(url, err))
        return false;
    o->parsed = PQconninfoParse(url, &why);
    if (!o->parsed) {
        str_printable(shown, sizeof shown, text_of(why ? why : "no memory"));
        PQfreemem(why);
        bad_form(err);
        return error_wrap(err, "%.*s", (int)strcspn(shown, "<"), shown);
    }
    for (PQconninfoOption *p = o->parsed; p->keyword; p++)
        if (p->val)
            pg_options_add(o, p->keyword, p->val);
    take_host(o);
    return true;
}

bool pg_options_passfile(const struct pg_options *o, struct error *err)
{
    const char *path = pg_options_get(o, "passfile"), *home = getenv("HOME");
    char usual[512], shown[128];
    struct stat st;

    if (!path)
        path = getenv("PGPASSFILE");
    if (!path && home) {
        snprintf(usual, sizeof usual, "%s/.pgpass", home);
        path = usual;
    }
    if (!path || stat(path, &st) != 0 ||
        (S_ISREG(st.st_mode) && (st.st_mode & 077) == 0))
        return true;
    str_printable(shown, sizeof shown, text_of(path));
    return error_set(err, ERROR_CONFIG, 0,
                     "%s can be read by others: chmod 600 it", shown);
}

void pg_options_release(struct pg_options *o)
{
    PQconninfoFree(o->parsed);
    *o = (struct pg_options){ .count = 0 };
}
