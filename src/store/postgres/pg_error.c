/* This file decides what an SQLSTATE means for the pipeline: try again, set the
 * record aside, or hold for a person. It drops details and context of a
 * message, since they quote the documents. */
#include "config.h"
#include "store/postgres/pg_parts.h"

#include <ctype.h>
#include <string.h>

#include "util/str.h"

/* The longest prefix that matches decides; the table's order sees to that. */
static const struct {
    const char *state; /* or the beginning of it */
    enum error_kind kind;
    const char *remedy;
    enum error_about about;
} states[] = {
    { "08", ERROR_NETWORK, "", ABOUT_UNKNOWN },
    { "28", ERROR_AUTH, "", ABOUT_SERVICE },
    { "42501", ERROR_AUTH, "", ABOUT_SERVICE }, /* no privilege */
    { "25006", ERROR_CONFIG, ": this server only reads", ABOUT_SERVICE },
    { "3D000", ERROR_CONFIG, "", ABOUT_SERVICE },
    { "3F000", ERROR_CONFIG, "", ABOUT_SERVICE },
    { "42P10", ERROR_CONFIG, ": the column id needs a unique index",
      ABOUT_SERVICE },
    { "42", ERROR_CONFIG, "", ABOUT_SERVICE },
    { "0A000", ERROR_CONFIG, "", ABOUT_SERVICE },
    { "53100", ERROR_QUOTA, ": make room on the server's disk", ABOUT_SERVICE },
    { "57014", ERROR_TIMEOUT, "", ABOUT_UNKNOWN },
    { "54", ERROR_REFUSED, "", ABOUT_DOCUMENT }, /* an id or a row too long */
    { "21", ERROR_REFUSED, "", ABOUT_UNKNOWN },
    { "22001", ERROR_REFUSED, "", ABOUT_DOCUMENT }, /* too long a text */
    { "22003", ERROR_REFUSED, "", ABOUT_DOCUMENT }, /* a number out of range */
    { "22021", ERROR_REFUSED, "", ABOUT_DOCUMENT }, /* a character */
    { "22P05", ERROR_REFUSED, "", ABOUT_DOCUMENT },
    { "22", ERROR_REFUSED, "", ABOUT_UNKNOWN }, /* or the table's type */
    { "23", ERROR_REFUSED, "", ABOUT_UNKNOWN }, /* or a column of its own */
    { "44", ERROR_REFUSED, "", ABOUT_UNKNOWN },
    { "P0", ERROR_REFUSED, "", ABOUT_UNKNOWN }, /* a trigger's own words */
};

/* Everything else (40, 53, 55, 57, 58, XX) passes on a later try. */
static enum error_kind pg_error_kind_of_state(const char *state,
                                              const char **remedy,
                                              enum error_about *about)
{
    *remedy = "";
    *about = ABOUT_UNKNOWN;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
            *remedy = states[i].remedy;
            *about = states[i].about;
            return states[i].kind;
        }
    return ERROR_SERVER;
}

static bool pg_error_tell(const char *state, const char *words,
                          const char *host, struct error *err)
{
    size_t len = strcspn(words, "\n");
    const char *remedy;
    enum error_about about;
    enum error_kind kind = pg_error_kind_of_state(state, &remedy, &about);
    char shown[176], code[8];

    str_sentence(shown, sizeof shown, (struct text){ words, len });
    str_printable(code, sizeof code, text_of(state));
    if (strcmp(state, "22000") == 0 && strstr(words, "dimensions")) {
        kind = ERROR_CONFIG; /* the column's fault, not one record's */
        about = ABOUT_SERVICE;
    }
    error_set(err, kind, 0, "%.40s: %s%s%s%s%s", host,
              shown[0] ? shown : "no complete answer", remedy,
              code[0] ? " (SQLSTATE " : "", code, code[0] ? ")" : "");
    err->about = about;
    return false;
}

/* "FATAL:  28P01: password ...": libpq keeps the state of a connection that
 * the server ends only in its text, and only when it is set to be verbose. */
static const char *state_in(const char *words, char state[6])
{
    const char *p = strstr(words, ":  ");
    int n = 0;

    state[0] = '\0';
    if (!p)
        return words;
    for (p += 3; n < 5 && isalnum((unsigned char)p[n]); n++)
        state[n] = p[n];
    state[n == 5 && p[5] == ':' ? 5 : 0] = '\0';
    return state[0] ? p + 6 + (p[6] == ' ') : words;
}

bool pg_result_error(const PGresult *r, const char *host, struct error *err)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    char found[6];

    if (state)
        return pg_error_tell(state, words ? words : "", host, err);
    words = state_in(PQresultErrorMessage(r), found); /* libpq's own words */
    return pg_error_tell(found[0] ? found : "08006", words, host, err);
}

/* Could we not connect for reasons on our side? */
static bool pg_error_is_ours(const char *words)
{
    static const char *const signs[] = { "certificate", "sslmode",
                                         "does not support SSL",
                                         "invalid port", "invalid sslmode",
                                         NULL };

    for (size_t i = 0; signs[i]; i++)
        if (strstr(words, signs[i]))
            return true;
    return false;
}

bool pg_conn_error(PGconn *conn, const char *host, struct error *err)
{
    const char *words = PQerrorMessage(conn);
    char state[6];

    if (PQconnectionNeedsPassword(conn))
        return error_set(err, ERROR_AUTH, 0,
                         "%.40s wants a password: use PGPASSWORD, ~/.pgpass "
                         "or --store-key-file", host);
    words = state_in(words, state);
    pg_error_tell(state[0] ? state : "08006", words, host, err);
    if (!state[0] && pg_error_is_ours(words)) {
        err->kind = ERROR_CONFIG;
        if (strstr(words, "certificate"))
            error_wrap(err, "--cacert names the authority to trust");
    }
    return false;
}
