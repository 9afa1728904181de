/*
 * This file drives a connection without libpq's blocking calls:
 *
 *     connect -> poll(socket, stop) ... -> hello -> ready
 *     ask     -> send, flush, poll(socket, stop) ... -> every result
 *
 * A deadline covers a whole call. A stop, a time-out or a lost socket closes
 * the connection; a statement that the server refused leaves it in order, since
 * its transaction is over.
 */
#include "config.h"
#include "store/postgres/pg_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "store/postgres/pg_parts.h"
#include "sys/clock.h"

enum {
    CONNECT_MS = 10000,
    TIMEOUT_MS = 120000,
    TIDY_MS = 2000,        /* the server gives up first and says so */
    CHUNK_BYTES = 128 << 10 /* libpq copies what it has to send */
};

struct pg_link {
    PGconn *conn;
    struct pg_options options;
    char *key, *cacert, *hello;
    int stop_fd;
    int64_t timeout_ms, deadline_ms;
};

/* ---- making one ---- */

/* Verify off the loopback, as everywhere here, unless the URL says less. */
static bool settle_tls(struct pg_link *l, bool allow_cleartext,
                       struct error *err)
{
    const char *mode = pg_options_get(&l->options, "sslmode");
    const char *usual = getenv("PGSSLMODE");

    if (l->cacert && !pg_options_get(&l->options, "sslrootcert"))
        pg_options_add(&l->options, "sslrootcert", l->cacert);
    if (!mode && usual && *usual)
        mode = usual;
    if (!mode && l->cacert)
        mode = "verify-full";
    if (!mode && (l->options.local || allow_cleartext))
        return true; /* libpq's own: prefer */
    if (!mode)
        mode = "verify-full";
    pg_options_add(&l->options, "sslmode", mode);
    if (!l->options.local && !allow_cleartext &&
        strcmp(mode, "require") != 0 && strncmp(mode, "verify-", 7) != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "sslmode=%.20s lets documents cross the network in "
                         "the clear to %s: use verify-full, or "
                         "--allow-cleartext", mode, l->options.host);
    return true;
}

static bool copy_text(char **to, const char *from, struct error *err)
{
    if (!from || !*from)
        return true;
    *to = strdup(from);
    return *to || error_memory(err, "for a store");
}

struct pg_link *pg_link_new(const struct pg_link_config *cfg,
                            struct error *err)
{
    struct pg_link *l = calloc(1, sizeof *l);

    if (!l) {
        error_memory(err, "for a store");
        return NULL;
    }
    l->stop_fd = cfg->stop_fd;
    l->timeout_ms = cfg->timeout_ms ? cfg->timeout_ms : TIMEOUT_MS;
    if (!pg_options_parse(&l->options, cfg->url, err) ||
        !copy_text(&l->key, cfg->key, err) ||
        !copy_text(&l->cacert, cfg->cacert, err) ||
        (!l->key && !pg_options_passfile(&l->options, err)) ||
        !settle_tls(l, cfg->allow_cleartext, err)) {
        pg_link_free(l);
        return NULL;
    }
    if (l->key)
        pg_options_add(&l->options, "password", l->key);
    pg_options_add(&l->options, "client_encoding", "UTF8");
    pg_options_add(&l->options, "application_name", PACKAGE_NAME);
    return l;
}

static void hang_up(struct pg_link *l)
{
    PQfinish(l->conn);
    l->conn = NULL;
}

void pg_link_free(struct pg_link *l)
{
    if (!l)
        return;
    hang_up(l);
    pg_options_release(&l->options);
    if (l->key)
        explicit_bzero(l->key, strlen(l->key));
    free(l->key);
    free(l->cacert);
    free(l->hello);
    free(l);
}

bool pg_link_on_connect(struct pg_link *l, const char *sql, struct error *err)
{
    char *copy = strdup(sql);

    if (!copy)
        return error_memory(err, "for a statement");
    free(l->hello);
    l->hello = copy;
    return pg_run(l, l->hello, (struct text){ NULL, 0 }, err);
}

/* ---- waiting ---- */

static bool stop_told(struct pg_link *l, struct error *err)
{
    return error_set(err, ERROR_STOPPED, 0, "stopped while talking to %.60s",
                     l->options.host);
}

/* Wait until the socket is ready for `events`, a stop or the deadline. */
static bool pg_link_await(struct pg_link *l, short events, struct error *err)
{
    for (;;) {
        struct pollfd fds[2] = { { .fd = PQsocket(l->conn), .events = events },
                                 { .fd = l->stop_fd, .events = POLLIN } };
        int64_t left = l->deadline_ms - clock_ms();
        int n;

        if (left <= 0)
            return error_set(err, ERROR_TIMEOUT, 0, "%.60s: no answer in time",
                             l->options.host);
        n = poll(fds, l->stop_fd >= 0 ? 2 : 1, (int)(left < 60000 ? left
                                                                  : 60000));
        if (n < 0 && errno != EINTR)
            return error_errno(err, errno, "waiting for %.60s",
                               l->options.host);
        if (n > 0 && fds[1].revents)
            return stop_told(l, err);
        if (n > 0)
            return true;
    }
}

static bool pg_link_lost(struct pg_link *l, struct error *err)
{
    return pg_conn_error(l->conn, l->options.host, err);
}

/* Send all that libpq holds, and read at the same time, since a server that
 * reports an error does not read. */
static bool pg_link_flush(struct pg_link *l, struct error *err)
{
    int more;

    while ((more = PQflush(l->conn)) == 1) {
        if (!pg_link_await(l, POLLIN | POLLOUT, err))
            return false;
        if (!PQconsumeInput(l->conn))
            return pg_link_lost(l, err);
    }
    return more == 0 || pg_link_lost(l, err);
}

static bool next_result(struct pg_link *l, PGresult **out, struct error *err)
{
    while (PQisBusy(l->conn)) {
        if (!pg_link_await(l, POLLIN, err))
            return false;
        if (!PQconsumeInput(l->conn))
            return pg_link_lost(l, err);
    }
    *out = PQgetResult(l->conn);
    return true;
}

/* ---- connecting ---- */

static void pg_link_ignore_notice(void *arg, const char *notice)
{
    (void)arg;
    (void)notice; /* libpq would print it over the screen */
}

/* No record was sent, whatever is wrong. */
static bool pg_link_unreached(struct pg_link *l, struct error *err)
{
    pg_link_lost(l, err);
    err->about = ABOUT_SERVICE;
    if (err->kind == ERROR_SERVER)
        err->kind = ERROR_NETWORK;
    return false;
}

static bool pg_link_handshake(struct pg_link *l, struct error *err)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;

    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED)
            return pg_link_unreached(l, err);
        if (!pg_link_await(l, next == PGRES_POLLING_READING ? POLLIN : POLLOUT,
                           err))
            return error_wrap(err, "connecting");
        next = PQconnectPoll(l->conn);
    }
    return true;
}

static bool pg_link_dial(struct pg_link *l, struct error *err)
{
    int64_t most = l->timeout_ms < CONNECT_MS ? l->timeout_ms : CONNECT_MS;

    l->conn = PQconnectStartParams(l->options.name, l->options.value, 0);
    if (!l->conn)
        return error_memory(err, "for a connection");
    PQsetNoticeProcessor(l->conn, pg_link_ignore_notice, NULL);
    PQsetErrorVerbosity(l->conn, PQERRORS_VERBOSE); /* see state_in() */
    l->deadline_ms = clock_ms() + most;
    if (PQstatus(l->conn) == CONNECTION_BAD)
        return pg_link_unreached(l, err);
    if (!pg_link_handshake(l, err))
        return false;
    if (PQsetnonblocking(l->conn, 1) != 0)
        return pg_link_unreached(l, err);
    return true;
}

static bool pg_link_told_to_stop(const struct pg_link *l)
{
    struct pollfd stop = { .fd = l->stop_fd, .events = POLLIN };

    return l->stop_fd >= 0 && poll(&stop, 1, 0) > 0;
}

bool pg_link_up(struct pg_link *l, bool *fresh, struct error *err)
{
    *fresh = false;
    if (pg_link_told_to_stop(l))
        return stop_told(l, err);
    if (l->conn && PQstatus(l->conn) == CONNECTION_OK)
        return true;
    hang_up(l);
    *fresh = true;
    if (!pg_link_dial(l, err)) {
        hang_up(l);
        return false;
    }
    if (!l->hello || pg_run(l, l->hello, (struct text){ NULL, 0 }, err))
        return true;
    hang_up(l);
    return false;
}

bool pg_link_was_stale(const struct error *err)
{
    return err->kind == ERROR_NETWORK || strstr(err->text, "(SQLSTATE 57P0");
}

/* ---- statements ---- */

static bool pg_link_feed(struct pg_link *l, struct text copy, struct error *err)
{
    while (copy.len > 0) {
        size_t n = copy.len < CHUNK_BYTES ? copy.len : CHUNK_BYTES;
        int put = PQputCopyData(l->conn, copy.ptr, (int)n);

        if (put < 0)
            return pg_link_lost(l, err);
        if (put == 1) {
            copy.ptr += n;
            copy.len -= n;
        }
        if (!pg_link_flush(l, err))
            return false;
    }
    while (PQputCopyEnd(l->conn, NULL) == 0)
        if (!pg_link_flush(l, err))
            return false;
    return pg_link_flush(l, err);
}

/* Collect every result. Rows go to *out; of several refusals the first counts.
 * False with *broken: the connection is useless. */
static bool pg_link_collect(struct pg_link *l, struct text copy, PGresult **out,
                            bool *broken, struct error *err)
{
    bool fine = true;
    PGresult *r = NULL;

    *broken = true;
    for (;;) {
        ExecStatusType status;

        if (!next_result(l, &r, err))
            return false;
        if (!r)
            break;
        status = PQresultStatus(r);
        if (status == PGRES_COPY_IN) {
            PQclear(r);
            if (!pg_link_feed(l, copy, err))
                return false;
            continue;
        }
        if (fine && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            fine = pg_result_error(r, l->options.host, err);
        if (fine && out && status == PGRES_TUPLES_OK && !*out)
            *out = r;
        else
            PQclear(r);
    }
    *broken = PQstatus(l->conn) != CONNECTION_OK;
    return fine && (!*broken || pg_link_lost(l, err));
}

static bool pg_link_converse(struct pg_link *l, bool sent, struct text copy,
                             PGresult **out, struct error *err)
{
    bool broken = true, fine;

    if (out)
        *out = NULL;
    l->deadline_ms = clock_ms() + l->timeout_ms + TIDY_MS;
    fine = sent ? pg_link_flush(l, err) &&
                      pg_link_collect(l, copy, out, &broken, err)
                : pg_link_lost(l, err);
    if (!fine && out) {
        PQclear(*out);
        *out = NULL;
    }
    if (broken)
        hang_up(l);
    return fine;
}

bool pg_ask(struct pg_link *l, const char *sql, const struct pg_params *p,
            PGresult **out, struct error *err)
{
    enum { TEXT_ARRAY_OID = 1009, MOST = 8 };
    Oid types[MOST];
    int binary[MOST];
    int n = p ? p->count : 0;
    int sent;

    for (int i = 0; i < n && i < MOST; i++) {
        types[i] = p->arrays ? TEXT_ARRAY_OID : 0;
        binary[i] = p->arrays;
    }
    sent = PQsendQueryParams(l->conn, sql, n, types, p ? p->value : NULL,
                             p ? p->length : NULL, binary, 0);
    return pg_link_converse(l, sent, (struct text){ NULL, 0 }, out, err);
}

bool pg_run(struct pg_link *l, const char *sql, struct text copy,
            struct error *err)
{
    return pg_link_converse(l, PQsendQuery(l->conn, sql), copy, NULL, err);
}

bool pg_quote(struct pg_link *l, struct text name, struct buf *to,
              struct error *err)
{
    char *quoted = PQescapeIdentifier(l->conn, name.ptr, name.len);

    if (!quoted)
        return pg_link_lost(l, err);
    buf_puts(to, quoted);
    PQfreemem(quoted);
    return true;
}
