/* A private PostgreSQL, and a store that is opened there and given records. */
#include "config.h"
#include "tests/support/pg_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/batchtop-pg-XXXXXX";
char pg_port[16];
PGconn *other;
const float east[4] = { 1, 0, 0, 0 };

int pg_server(const char *what, char *answer, size_t size)
{
    const char *srcdir = getenv("srcdir");
    char command[512];
    FILE *p;
    size_t n;

    snprintf(command, sizeof command,
             "sh %s/tests/support/servers/pg_server.sh %s %s",
             srcdir ? srcdir : ".", what, folder);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(answer, 1, size - 1, p);
    answer[n] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    n = (size_t)pclose(p);
    return WIFEXITED((int)n) ? WEXITSTATUS((int)n) : 1;
}

PGconn *session(void)
{
    char info[128];
    PGconn *c;

    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%s user=postgres dbname=postgres", pg_port);
    c = PQconnectdb(info);
    if (PQstatus(c) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(c));
    return c;
}

const char *sql(const char *text)
{
    static char value[4096];
    PGresult *r = PQexec(other, text);

    if (PQresultStatus(r) != PGRES_TUPLES_OK &&
        PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQresultErrorMessage(r));
    snprintf(value, sizeof value, "%s",
             PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return value;
}

const char *url_of(const char *table)
{
    static char url[256];

    snprintf(url, sizeof url, "postgres://postgres@127.0.0.1:%s/postgres"
             "?table=%s", pg_port, table);
    return url;
}

struct store *open_with(struct store_config cfg, struct error *err)
{
    struct store *s = store_postgres.open(&store_postgres, &cfg, err);

    if (s && s->ops->preflight(s, err))
        return s;
    store_postgres.close(s);
    return NULL;
}

struct store *open_at(const char *url, bool create, struct error *err)
{
    return open_with((struct store_config){ .url = url, .dim = 4,
                                            .create = create, .stop_fd = -1 },
                     err);
}

struct store *must_open(const char *table)
{
    struct error err;
    struct store *s = open_at(url_of(table), true, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

struct upsert_item item(const char *id, const char *text)
{
    return (struct upsert_item){ .id = text_of(id), .text = text_of(text),
                                 .vector = east };
}

bool put(struct store *s, const char *id, const char *text, struct error *err)
{
    struct upsert_item one = item(id, text);
    size_t taken;

    return s->ops->upsert(s, &one, 1, &taken, err) && one.stored;
}

void must_put(struct store *s, const char *id)
{
    struct error err;

    if (!put(s, id, "text", &err))
        fail_msg("%s", err.text);
}

bool pg_start(int *status)
{
    char answer[256];
    int got;

    *status = 1;
    if (!mkdtemp(folder))
        return false;
    unsetenv("PGSSLMODE");
    unsetenv("PGPASSWORD");
    setenv("PGPASSFILE", "/nonexistent", 1);
    got = pg_server("start", answer, sizeof answer);
    if (got) {
        rmdir(folder);
        printf("1..0 # SKIP %s\n", answer);
        *status = got == 77 ? 0 : 1;
        return false;
    }
    snprintf(pg_port, sizeof pg_port, "%s", answer + strlen("port "));
    other = session();
    return true;
}

int pg_stop(void **state)
{
    char answer[64], command[128];

    (void)state;
    PQfinish(other);
    other = NULL;
    pg_server("stop", answer, sizeof answer);
    pg_server("umount", answer, sizeof answer); /* should a test have failed */
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}
