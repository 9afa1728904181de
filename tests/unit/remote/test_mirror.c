/* A console's view of a run in another process: server and mirror together,
 * over a pair of sockets, with doors that the test plays. */
#include "config.h"
#include "remote/mirror.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/remote.h"
#include "remote/wire.h"
#include "sys/clock.h"

enum { WAIT_MS = AWAIT_MS };

static _Atomic uint64_t stored, first_asked;
static atomic_int kinds_heard, said_gone;
static struct remote *server;
static struct mirror *mirror;
static struct snapshot seen, starting;

static bool play_command(void *to, const struct command *c, char *said,
                         size_t said_size, struct error *err)
{
    (void)to;
    atomic_fetch_add(&kinds_heard, 1 << c->kind);
    if (c->kind == COMMAND_RETRY)
        return error_set(err, ERROR_CONFIG, 17, "nothing has failed");
    snprintf(said, said_size, "heard from %s", c->origin);
    return true;
}

static bool play_look(void *to, struct snapshot *s)
{
    (void)to;
    atomic_store(&first_asked, s->ask.first);
    s->state = RUN_RUNNING;
    s->stored = atomic_load(&stored);
    return true;
}

static void note_gone(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static int begin(void **state)
{
    int pair[2];
    struct error err;

    (void)state;
    atomic_store(&stored, 0);
    atomic_store(&kinds_heard, 0);
    memset(&seen, 0, sizeof seen);
    memset(&starting, 0, sizeof starting);
    strcpy(starting.job, "docs");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
                     0);
    server = remote_open(pair[0], &err);
    assert_non_null(server);
    atomic_store(&said_gone, 0);
    mirror = mirror_open(pair[1], &starting, note_gone, &said_gone, &err);
    assert_non_null(mirror);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mirror_close(mirror);
    remote_close(server);
    return atomic_load(&said_gone) == 1 ? 0 : -1;
}

static void serve(void)
{
    static const struct door played = { .command = play_command,
                                        .snapshot = play_look };
    struct error err;

    assert_true(remote_begin(server, &played, &err));
}

/* Until a look shows so many and answers what was asked, as a console does
 * frame by frame: an answer to the look before may come between. */
static bool comes_to(uint64_t n)
{
    struct door door = mirror_door(mirror);
    int64_t until = clock_ms() + WAIT_MS;
    struct failure_ask ask = seen.ask;

    while (clock_ms() < until) {
        seen.ask = ask;
        if (door.snapshot(door.to, &seen) && seen.stored == n &&
            seen.ask.first == ask.first)
            return true;
    }
    return false;
}

static void until_owner_is(enum remote_owner wanted)
{
    await(remote_owner(server) == wanted);
}

static void a_look_is_what_the_run_is(void **state)
{
    struct door door = mirror_door(mirror);

    (void)state;
    serve();
    /* The first one is drawn before the run is asked. */
    assert_true(door.snapshot(door.to, &seen));
    assert_int_equal(seen.state, RUN_STARTING);
    seen.ask.first = 40;
    strcpy(seen.ask.filter, "429");
    atomic_store(&stored, 7);
    assert_true(comes_to(7));
    assert_int_equal(seen.state, RUN_RUNNING);
    assert_int_equal(seen.ask.first, 40);
    assert_string_equal(seen.ask.filter, "429");
    assert_int_equal(atomic_load(&first_asked), 40);
    atomic_store(&stored, 8);
    assert_true(comes_to(8));
}

static void who_began_the_run_is_the_console_in_its_log(void **state)
{
    (void)state;
    serve();
    atomic_store(&stored, 9);
    assert_true(comes_to(9));
    assert_string_equal(seen.viewer, "console");
}

static void before_the_run_answers_it_is_starting(void **state)
{
    struct door door = mirror_door(mirror);
    struct command c = { .kind = COMMAND_PAUSE };
    struct error err;
    char said[64];

    (void)state;
    assert_true(door.snapshot(door.to, &seen));
    assert_string_equal(seen.job, "docs");
    assert_int_equal(seen.state, RUN_STARTING);
    assert_false(door.command(door.to, &c, said, sizeof said, &err));
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    serve(); /* and the connection is as good as before */
    atomic_store(&stored, 1);
    assert_true(comes_to(1));
}

static void a_command_has_the_answer_of_the_run(void **state)
{
    struct door door = mirror_door(mirror);
    struct command c = { .kind = COMMAND_PAUSE, .origin = "a test" };
    struct error err;
    char said[64];

    (void)state;
    serve();
    assert_true(door.command(door.to, &c, said, sizeof said, &err));
    assert_string_equal(said, "heard from a test");
    c.kind = COMMAND_RETRY;
    assert_false(door.command(door.to, &c, said, sizeof said, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_string_equal(err.text, "nothing has failed");
    assert_int_equal(err.code, 17); /* a console may know what to ask then */
    assert_int_equal(atomic_load(&kinds_heard),
                     1 << COMMAND_PAUSE | 1 << COMMAND_RETRY);
}

static void an_owner_may_leave_the_run_behind(void **state)
{
    struct error err;

    (void)state;
    serve();
    assert_int_equal(remote_owner(server), OWNER_HERE);
    assert_true(remote_watched(server));
    assert_true(mirror_detach(mirror, &err));
    assert_int_equal(remote_owner(server), OWNER_DETACHED);
    mirror_close(mirror);
    mirror = NULL;
    until_owner_is(OWNER_DETACHED); /* gone as it said: not without a word */
    assert_false(remote_watched(server));
}

static void an_owner_that_is_gone_is_noticed(void **state)
{
    (void)state;
    serve();
    mirror_close(mirror);
    mirror = NULL;
    until_owner_is(OWNER_GONE);
}

static void the_last_words_arrive(void **state)
{
    struct last_words words;

    (void)state;
    serve();
    assert_false(mirror_wait(mirror, 0, &words));
    assert_true(comes_to(0));
    remote_stop(server);
    remote_farewell(server, 3, false, "batchtop: stopped\n  stored 7\n");
    assert_true(mirror_wait(mirror, WAIT_MS, &words));
    assert_true(words.said);
    assert_int_equal(words.status, 3);
    assert_false(words.error);
    assert_string_equal(words.text, "batchtop: stopped\n  stored 7\n");
}

/* A run that cannot begin: it was looked for before it answered. */
static void last_words_come_without_a_server_thread(void **state)
{
    struct door door = mirror_door(mirror);
    struct last_words words;

    (void)state;
    assert_true(door.snapshot(door.to, &seen));
    remote_farewell(server, 2, true, "batchtop: no such corpus\n");
    remote_close(server);
    server = NULL;
    assert_true(mirror_wait(mirror, WAIT_MS, &words));
    assert_true(words.said);
    assert_int_equal(words.status, 2);
    assert_true(words.error);
    assert_false(door.snapshot(door.to, &seen));
}

static void a_run_that_dies_says_nothing(void **state)
{
    struct door door = mirror_door(mirror);
    struct command c = { .kind = COMMAND_PAUSE };
    struct last_words words;
    struct error err;

    (void)state;
    serve();
    atomic_store(&stored, 5);
    assert_true(comes_to(5));
    remote_close(server);
    server = NULL;
    assert_true(mirror_wait(mirror, WAIT_MS, &words));
    assert_false(words.said);
    assert_false(door.snapshot(door.to, &seen));
    assert_int_equal(seen.stored, 5);
    assert_false(door.command(door.to, &c, NULL, 0, &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
}

/* Another one; the test is the run at its end. */
static struct mirror *mirror_alone(int *run, atomic_int *told)
{
    struct mirror *m;
    struct error err;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
                     0);
    m = mirror_open(pair[1], &starting, note_gone, told, &err);
    assert_non_null(m);
    *run = pair[0];
    return m;
}

/* Words of another kind than were asked for end the connection, not us. */
static void nonsense_is_not_believed(void **state)
{
    struct wire_head head;
    struct wire_said said = { .text = "nobody asked" };
    struct last_words words;
    struct mirror *m;
    atomic_int told = 0;
    struct error err;
    int run;

    (void)state;
    m = mirror_alone(&run, &told);
    wire_head_init(&head, WIRE_DONE);
    assert_true(remote_send(run, &head, sizeof head, -1, &err));
    assert_true(remote_send(run, &said, sizeof said, -1, &err));
    assert_true(mirror_wait(m, WAIT_MS, &words));
    assert_false(words.said);
    mirror_close(m);
    assert_int_equal(atomic_load(&told), 1);
    close(run);
}

static void a_refused_look_is_the_end_with_its_reason(void **state)
{
    struct wire_said said = { .text = "no such filter" };
    struct command c = { .kind = COMMAND_PAUSE };
    struct last_words words;
    struct wire_head head;
    atomic_int told = 0;
    struct mirror *m;
    struct error err;
    struct door door;
    int run;

    (void)state;
    m = mirror_alone(&run, &told);
    door = mirror_door(m);
    assert_true(door.snapshot(door.to, &seen));
    assert_true(remote_receive(run, &head, sizeof head, -1, &err));
    wire_head_init(&head, WIRE_REFUSED);
    assert_true(remote_send(run, &head, sizeof head, -1, &err));
    assert_true(remote_send(run, &said, sizeof said, -1, &err));
    assert_true(mirror_wait(m, WAIT_MS, &words));
    assert_false(words.said);
    assert_false(door.command(door.to, &c, NULL, 0, &err));
    assert_string_equal(err.text, "no such filter");
    mirror_close(m);
    close(run);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_look_is_what_the_run_is),
        T(who_began_the_run_is_the_console_in_its_log),
        T(before_the_run_answers_it_is_starting),
        T(a_command_has_the_answer_of_the_run),
        T(an_owner_may_leave_the_run_behind),
        T(an_owner_that_is_gone_is_noticed),
        T(the_last_words_arrive),
        T(last_words_come_without_a_server_thread),
        T(a_run_that_dies_says_nothing),
        T(nonsense_is_not_believed),
        T(a_refused_look_is_the_end_with_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
