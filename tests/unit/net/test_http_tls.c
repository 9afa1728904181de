/*
 * TLS against `openssl s_server`, with a private authority that openssl makes
 * for the test. Without openssl all is skipped.
 */
#include "config.h"
#include "net/http.h"
#include "tests/support/await.h"
#include "tests/support/home.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool have_openssl;

/* An authority "ca", and of it "good" for localhost, "other" for elsewhere,
 * "old" that was valid for a day long ago. "self" vouches for itself. */
static const char make_all[] =
    "cd %s && exec >log 2>&1 && set -e\n"
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem"
    " -days 2 -subj /CN=test-authority\n"
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key"
    " -out self.pem -days 2 -subj /CN=localhost"
    " -addext subjectAltName=DNS:localhost\n"
    "issue() {\n"
    " openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr"
    " -subj /CN=$2\n"
    " echo subjectAltName=DNS:$2 >ext\n"
    " openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
    " -out $1.pem -extfile ext $3\n"
    "}\n"
    "issue good localhost '-days 2'\n"
    "issue other elsewhere.example '-days 2'\n"
    "mkdir db && touch db/index && echo 01 >db/serial\n"
    "printf '[ca]\\ndefault_ca=x\\n[x]\\ndatabase=db/index\\nserial=db/serial"
    "\\nnew_certs_dir=db\\ndefault_md=sha256\\npolicy=p\\n[p]\\n"
    "commonName=supplied\\n' >ca.cnf\n"
    "issue old localhost '-days 2'\n"
    "openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in old.csr"
    " -out old.pem -startdate 20200101000000Z -enddate 20200102000000Z"
    " -extfile ext\n";

static int make_authority(void **state)
{
    char script[sizeof make_all + sizeof home];

    if (make_home(state))
        return -1;
    have_openssl = system("openssl version >/dev/null 2>&1") == 0;
    snprintf(script, sizeof script, make_all, home);
    return have_openssl && system(script) != 0 ? -1 : 0;
}

/* ---- a server ---- */

struct server {
    pid_t pid;
    FILE *says;
    int port;
};

static void run_openssl(const char *name, const char *version, int out)
{
    char cert[96], key[96];

    snprintf(cert, sizeof cert, "%s/%s.pem", home, name);
    snprintf(key, sizeof key, "%s/%s.key", home, name);
    dup2(out, STDOUT_FILENO);
    execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-www",
           "-cert", cert, "-key", key, "-cipher", "ALL:@SECLEVEL=0", version,
           (char *)NULL);
    _exit(127);
}

/* Its first lines say "ACCEPT 127.0.0.1:PORT". */
static void server_start(struct server *s, const char *name,
                         const char *version)
{
    char line[256];
    int ends[2];

    if (!have_openssl)
        skip();
    assert_int_equal(pipe(ends), 0);
    s->pid = fork();
    if (s->pid == 0)
        run_openssl(name, version, ends[1]);
    close(ends[1]);
    s->says = fdopen(ends[0], "r");
    s->port = 0;
    while (!s->port && fgets(line, sizeof line, s->says))
        if (strncmp(line, "ACCEPT ", 7) == 0)
            s->port = atoi(strrchr(line, ':') + 1);
    assert_true(s->port > 0);
}

static void server_stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    await_child(s->pid);
    fclose(s->says);
}

/* ---- asking ---- */

static bool get(int port, const char *host, const char *cacert,
                struct http_reply *reply, struct error *err)
{
    char url[64], path[96];
    const struct http_config cfg = { .stop_fd = -1,
                                     .cacert = cacert ? path : NULL };
    const struct http_request request = { .method = "GET", .url = url };
    struct http *h;
    bool fine;

    snprintf(url, sizeof url, "https://%s:%d/", host, port);
    snprintf(path, sizeof path, "%s/%s", home, cacert ? cacert : "");
    h = http_new(&cfg, err);
    assert_non_null(h);
    fine = http_send(h, &request, reply, err);
    http_free(h);
    return fine;
}

/* s_server's page is HTML, which http_send() takes for a proxy's: that it
 * came to judging a page says that the connection was trusted. */
static bool trusts(const char *name, const char *host, const char *cacert,
                   struct error *err)
{
    struct server s;
    struct http_reply reply;
    bool came;

    *err = (struct error){ .text = "" };
    server_start(&s, name, "-tls1_2");
    http_reply_init(&reply);
    came = get(s.port, host, cacert, &reply, err) || reply.status == 200;
    http_reply_release(&reply);
    server_stop(&s);
    return came;
}

static void EM_03_an_authority_that_was_named_is_trusted(void **state)
{
    struct error err;

    (void)state;
    if (!trusts("good", "localhost", "ca.pem", &err))
        fail_msg("%s", err.text);
}

static void EM_03_nobody_else_is(void **state)
{
    static const struct {
        const char *name, *host, *cacert;
    } rows[] = {
        { "good", "localhost", NULL },       /* an unknown authority */
        { "self", "localhost", "ca.pem" },   /* self-signed */
        { "other", "localhost", "ca.pem" },  /* another host's */
        { "good", "127.0.0.1", "ca.pem" },   /* the same, by number */
        { "old", "localhost", "ca.pem" },    /* expired */
        { "good", "localhost", "none.pem" }, /* no such file */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err;

        assert_false(
            trusts(rows[i].name, rows[i].host, rows[i].cacert, &err));
        if (err.kind != ERROR_CONFIG || !strstr(err.text, "--cacert"))
            fail_msg("%s for %s: %s, \"%s\"", rows[i].name, rows[i].host,
                     error_word(err.kind), err.text);
    }
}

static void SE_07_old_versions_of_tls_are_not_spoken(void **state)
{
    struct server s;
    struct http_reply reply;
    struct error err;

    (void)state;
    server_start(&s, "good", "-tls1_1");
    http_reply_init(&reply);
    assert_false(get(s.port, "localhost", "ca.pem", &reply, &err));
    assert_int_equal(reply.status, 0);
    http_reply_release(&reply);
    server_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_03_an_authority_that_was_named_is_trusted),
        cmocka_unit_test(EM_03_nobody_else_is),
        cmocka_unit_test(SE_07_old_versions_of_tls_are_not_spoken),
    };

    return cmocka_run_group_tests(tests, make_authority, remove_home);
}
