/*
 * A run that is looked at through its socket: the server and those who call
 * it, in one process, with doors that the test plays.
 */
#include "config.h"
#include "remote/remote.h"
#include "tests/support/await.h"
#include "tests/support/home.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "remote/caller.h"
#include "sys/clock.h"

enum { VIEWERS = 4, LOOKS = 8, NOBODY = 65534 };

static atomic_int looks, commands;
static struct remote *server;
static struct snapshot seen;

/* --- the run -------------------------------------------------------------------- */

static bool play_command(void *to, const struct command *c, char *said,
                         size_t said_size, struct error *err)
{
    (void)to;
    atomic_fetch_add(&commands, 1);
    if (c->kind == COMMAND_RETRY)
        return error_set(err, ERROR_CONFIG, 0, "nothing has failed");
    snprintf(said, said_size, "heard from %s", c->origin);
    return true;
}

/* The first failure wanted comes back as a count: who gets whose answer? */
static bool play_look(void *to, struct snapshot *s)
{
    (void)to;
    atomic_fetch_add(&looks, 1);
    s->state = RUN_RUNNING;
    s->stored = s->ask.first;
    return true;
}

static const struct door played = { .command = play_command,
                                    .snapshot = play_look };

static void open_server(void)
{
    struct error err = { 0 };

    server = remote_open(-1, &err);
    assert_non_null(server);
    if (!remote_listen(server, home, "docs", &err) ||
        !remote_begin(server, &played, &err))
        fail_msg("%s", err.text);
}

static int begin(void **state)
{
    (void)state;
    atomic_store(&looks, 0);
    atomic_store(&commands, 0);
    if (make_home(state))
        return -1;
    open_server();
    return 0;
}

static int end(void **state)
{
    (void)state;
    remote_close(server);
    server = NULL;
    return rmdir(in_home(".run")) || rmdir(home); /* the socket is gone */
}

/* --- those who call ------------------------------------------------------------- */

static int call(void)
{
    struct error err = { 0 };
    int fd = remote_connect(home, "docs", &err);

    if (fd < 0)
        fail_msg("%s", err.text);
    return fd;
}

static void see(int fd, uint64_t first)
{
    struct error err = { 0 };

    seen.ask.first = first;
    if (!remote_snapshot(fd, &seen, &err))
        fail_msg("%s", err.text);
    assert_int_equal(seen.stored, first);
}

/* It answers as it should, whatever the others do. */
static void is_well(void)
{
    struct command c = { .kind = COMMAND_PAUSE, .origin = "a test" };
    struct error err = { 0 };
    char said[64];
    int fd = call();

    see(fd, 7);
    if (!remote_command(fd, &c, said, sizeof said, &err))
        fail_msg("%s", err.text);
    assert_string_equal(said, "heard from a test");
    see(fd, 8);
    close(fd);
}

static void put_look(int fd)
{
    struct wire_ask look = { .ask = { .first = 3 } };
    struct wire_head head;
    struct error err;

    wire_head_init(&head, WIRE_ASK);
    assert_true(remote_send(fd, &head, sizeof head, -1, &err));
    assert_true(remote_send(fd, &look, sizeof look, -1, &err));
}

/* More questions than there is room for answers, and no eye for them. */
static int call_and_hang(void)
{
    int fd = call();

    for (int i = 0; i < 10; i++)
        put_look(fd);
    return fd;
}

/* The words of a refusal; the connection ends behind them. */
static void is_refused(int fd, const char *words)
{
    struct error err = { 0 };
    struct wire_said said;
    struct wire_head head;

    assert_true(remote_receive(fd, &head, sizeof head, -1, &err));
    assert_int_equal(head.kind, WIRE_REFUSED);
    assert_true(remote_receive(fd, &said, sizeof said, -1, &err));
    if (!strstr(said.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", said.text, words);
    assert_false(remote_receive(fd, &head, 1, -1, &err));
    close(fd);
}

/* --- looking --------------------------------------------------------------------- */

static void *view(void *arg)
{
    uint64_t first = (uint64_t)(uintptr_t)arg;
    struct snapshot *s = calloc(1, sizeof *s);
    struct error err = { 0 };
    int fd = remote_connect(home, "docs", &err);
    uintptr_t good = 0;

    for (uint64_t i = 0; s && fd >= 0 && i < LOOKS; i++) {
        s->ask.first = first + i;
        good += remote_snapshot(fd, s, &err) && s->stored == first + i;
    }
    free(s);
    if (fd >= 0)
        close(fd);
    return (void *)good;
}

static void views(void)
{
    pthread_t viewer[VIEWERS];
    void *good;

    for (uintptr_t i = 0; i < VIEWERS; i++)
        assert_int_equal(pthread_create(&viewer[i], NULL, view,
                                        (void *)(i * 1000)), 0);
    for (int i = 0; i < VIEWERS; i++) {
        good = await_thread(viewer[i]);
        assert_int_equal((uintptr_t)good, LOOKS);
    }
}

static void viewers_get_each_their_own_answer(void **state)
{
    (void)state;
    views();
    is_well();
}

static void a_refusal_leaves_the_connection_as_it_was(void **state)
{
    struct command c = { .kind = COMMAND_RETRY };
    struct error err;
    int fd = call();

    (void)state;
    assert_false(remote_command(fd, &c, NULL, 0, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_string_equal(err.text, "nothing has failed");
    see(fd, 1);
    close(fd);
}

/* --- rude ones ------------------------------------------------------------------- */

static void who_does_not_read_holds_up_nobody(void **state)
{
    int fd[2];

    (void)state;
    fd[0] = call_and_hang();
    fd[1] = call_and_hang();
    views();
    is_well();
    close(fd[0]);
    close(fd[1]);
    is_well();
}

static void who_reads_a_byte_at_a_time_holds_up_nobody(void **state)
{
    int fd = call_and_hang();
    char byte;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(recv(fd, &byte, 1, 0), 1);
        if (i % 1000 == 0)
            is_well();
    }
    close(fd);
}

static void who_stops_in_the_middle_of_a_word_holds_up_nobody(void **state)
{
    struct wire_head head;
    struct error err;
    int fd[3];

    (void)state;
    wire_head_init(&head, WIRE_COMMAND);
    for (int i = 0; i < 3; i++)
        fd[i] = call();
    assert_true(remote_send(fd[0], &head, 1, -1, &err));
    assert_true(remote_send(fd[1], &head, sizeof head - 1, -1, &err));
    assert_true(remote_send(fd[2], &head, sizeof head, -1, &err));
    views();
    is_well();
    for (int i = 0; i < 3; i++)
        close(fd[i]);
    is_well();
    assert_int_equal(atomic_load(&commands), 2); /* none but ours */
}

static void who_raves_is_refused(void **state)
{
    struct wire_head head;
    struct error err;
    char noise[4096];
    int fd = call();

    (void)state;
    memset(noise, 0xa5, sizeof noise);
    assert_true(remote_send(fd, noise, sizeof noise, -1, &err));
    is_refused(fd, "does not speak as batchtop does");
    wire_head_init(&head, WIRE_ASK);
    head.build++;
    fd = call();
    assert_true(remote_send(fd, &head, sizeof head, -1, &err));
    is_refused(fd, "use the program that started the run");
    for (uint32_t kind = WIRE_DONE; kind <= WIRE_FAREWELL; kind++) {
        wire_head_init(&head, (enum wire_kind)kind);
        fd = call();
        assert_true(remote_send(fd, &head, sizeof head, -1, &err));
        is_refused(fd, kind == WIRE_DETACH ? "only who began" : "only a run");
    }
    is_well();
}

static void a_command_that_cannot_be_is_refused(void **state)
{
    struct command c = { .kind = COMMAND_SET, .knob = KNOB_COUNT };
    struct error err;
    int fd = call();

    (void)state;
    assert_false(remote_command(fd, &c, NULL, 0, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_int_equal(atomic_load(&commands), 0);
    see(fd, 1);
    close(fd);
}

static void who_leaves_before_the_answer_is_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * REMOTE_CLIENTS; i++)
        close(call_and_hang());
    is_well();
}

/* --- places ---------------------------------------------------------------------- */

static void one_more_than_there_are_places_is_told_so(void **state)
{
    int64_t until = clock_ms() + AWAIT_MS;
    int fd[REMOTE_CLIENTS], more;
    struct error err;

    (void)state;
    for (int i = 0; i < REMOTE_CLIENTS; i++) {
        fd[i] = call();
        see(fd[i], 1);
    }
    more = call();
    assert_false(remote_snapshot(more, &seen, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "8 others"));
    close(more);
    see(fd[0], 2); /* they are still served */
    close(fd[3]);
    do {
        more = call();
        seen.ask.first = 0;
        if (remote_snapshot(more, &seen, &err))
            break;
        close(more);
    } while (clock_ms() < until);
    see(more, 5); /* the place is free again */
    fd[3] = more;
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        close(fd[i]);
}

static void who_is_silent_for_longest_gives_way(void **state)
{
    struct caller *c = calloc(3, sizeof *c);

    (void)state;
    assert_non_null(c);
    for (int i = 0; i < 3; i++) {
        c[i].fd = 100 + i;
        c[i].asked_ms = 1000 * (3 - i);
    }
    c[2].owner = true; /* asked at 1000; the others at 3000 and 2000 */
    assert_null(caller_find_place(c, 3, 7000));
    assert_ptr_equal(caller_find_place(c, 3, 7001), &c[1]);
    assert_ptr_equal(caller_find_place(c, 3, 99999), &c[1]);
    c[0].fd = -1;
    assert_ptr_equal(caller_find_place(c, 3, 99999), &c[0]);
    free(c);
}

static void who_stands_still_in_a_message_hangs(void **state)
{
    struct caller *c = calloc(1, sizeof *c);

    (void)state;
    assert_non_null(c);
    c->moved_ms = 1000;
    assert_false(caller_hangs(c, 99999)); /* silent between messages */
    c->got = 1;
    assert_false(caller_hangs(c, 6000));
    assert_true(caller_hangs(c, 6001));
    c->got = 0;
    c->due = 1;
    assert_true(caller_hangs(c, 6001));
    free(c);
}

/* --- the end --------------------------------------------------------------------- */

/* A byte a millisecond, until nobody listens. */
static void *dribble(void *arg)
{
    while (send(*(int *)arg, "x", 1, MSG_NOSIGNAL) == 1)
        usleep(1000);
    return NULL;
}

static void an_answer_that_dribbles_has_its_time_like_any(void **state)
{
    static char answer[1 << 20];
    struct error err;
    pthread_t thread;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pthread_create(&thread, NULL, dribble, &pair[1]), 0);
    assert_false(remote_receive(pair[0], answer, sizeof answer,
                                clock_ms() + 50, &err));
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    close(pair[0]);
    await_thread(thread);
    close(pair[1]);
}

static void the_end_waits_for_nobody(void **state)
{
    int hanging = call_and_hang(), silent = call(), half = call();
    struct wire_head head;
    struct error err;

    (void)state;
    wire_head_init(&head, WIRE_COMMAND);
    assert_true(remote_send(half, &head, 9, -1, &err));
    is_well();
    remote_close(server);
    server = NULL;
    assert_false(remote_snapshot(silent, &seen, &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
    assert_int_equal(remote_connect(home, "docs", &err), -1);
    assert_int_equal(err.kind, ERROR_STOPPED);
    assert_non_null(strstr(err.text, "docs is not running"));
    close(hanging);
    close(silent);
    close(half);
}

static void the_last_words_reach_all_who_are_there(void **state)
{
    struct wire_farewell words;
    struct wire_head head;
    struct error err = { 0 };
    int fd[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        see(fd[i] = call(), 1);
    wire_head_init(&head, WIRE_COMMAND);
    assert_true(remote_send(fd[1], &head, 9, -1, &err));
    remote_stop(server);
    remote_farewell(server, 3, false, "stopped\n");
    for (int i = 0; i < 3; i++) {
        assert_true(remote_receive(fd[i], &head, sizeof head, -1, &err));
        assert_int_equal(head.kind, WIRE_FAREWELL);
        assert_true(remote_receive(fd[i], &words, sizeof words, -1, &err));
        assert_int_equal(words.status, 3);
        assert_string_equal(words.text, "stopped\n");
        close(fd[i]);
    }
}

/* --- where it is ----------------------------------------------------------------- */

static void a_socket_left_by_a_killed_run_is_replaced(void **state)
{
    struct sockaddr_un at;
    struct error err;
    int folder, fd;

    (void)state;
    remote_close(server);
    folder = remote_folder(home, false, &err);
    assert_true(folder >= 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    remote_address(&at, folder, "docs");
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd); /* the file stays */
    close(folder);
    assert_int_equal(remote_connect(home, "docs", &err), -1);
    assert_int_equal(err.kind, ERROR_STOPPED);
    open_server();
    is_well();
}

static void a_run_that_ends_leaves_the_next_ones_socket(void **state)
{
    struct remote *before = server;

    (void)state;
    remote_stop(before);
    open_server();
    remote_farewell(before, 0, false, "done\n");
    remote_close(before);
    is_well();
}

static void a_path_of_any_length_has_room(void **state)
{
    char deep[400], *p = deep + snprintf(deep, sizeof deep, "%s/", home);
    char *huge = malloc(5000);
    struct remote *other = remote_open(-1, &(struct error){ 0 });
    struct error err = { 0 };
    int fd;

    (void)state;
    memset(p, 'd', 250); /* sun_path has 108 bytes */
    p[250] = '\0';
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_non_null(other);
    if (!remote_listen(other, deep, "docs", &err) ||
        !remote_begin(other, &played, &err))
        fail_msg("%s", err.text);
    fd = remote_connect(deep, "docs", &err);
    assert_true(fd >= 0);
    see(fd, 4);
    close(fd);
    remote_close(other);
    strcat(deep, "/.run");
    assert_int_equal(rmdir(deep), 0);
    p[250] = '\0';
    assert_int_equal(rmdir(deep), 0);
    assert_non_null(huge);
    memset(huge, 'h', 4999);
    huge[4999] = '\0';
    assert_int_equal(remote_connect(huge, "docs", &err), -1);
    assert_non_null(strstr(err.text, "too long"));
    free(huge);
}

static void a_folder_that_others_may_enter_is_not_used(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(chmod(in_home(".run"), 0750), 0);
    assert_int_equal(remote_connect(home, "docs", &err), -1);
    assert_int_equal(err.kind, ERROR_FOREIGN);
    assert_non_null(strstr(err.text, "not a folder for you alone"));
}

/* Of this thread alone: the server stays who it is. */
static void become(uid_t user)
{
    assert_int_equal(syscall(SYS_setresuid, -1, user, -1), 0);
}

/* Only root can be two users. */
static void another_user_is_turned_away(void **state)
{
    struct sockaddr_un at;
    struct error err;
    int fd, pair[2], folder = remote_folder(home, false, &err);

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(in_home(".run/docs.sock"), 0777), 0);
    assert_int_equal(chmod(in_home(".run"), 0777), 0);
    assert_int_equal(chmod(home, 0777), 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    remote_address(&at, folder, "docs");
    become(NOBODY);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    become(0);
    assert_false(remote_same_user(pair[0]));
    assert_false(remote_snapshot(fd, &seen, &err));
    assert_int_equal(err.kind, ERROR_NETWORK);
    assert_int_equal(atomic_load(&looks), 0);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    close(folder);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(viewers_get_each_their_own_answer),
        T(a_refusal_leaves_the_connection_as_it_was),
        T(who_does_not_read_holds_up_nobody),
        T(who_reads_a_byte_at_a_time_holds_up_nobody),
        T(who_stops_in_the_middle_of_a_word_holds_up_nobody),
        T(who_raves_is_refused),
        T(a_command_that_cannot_be_is_refused),
        T(who_leaves_before_the_answer_is_forgotten),
        T(one_more_than_there_are_places_is_told_so),
        cmocka_unit_test(who_is_silent_for_longest_gives_way),
        cmocka_unit_test(who_stands_still_in_a_message_hangs),
        T(an_answer_that_dribbles_has_its_time_like_any),
        T(the_end_waits_for_nobody),
        T(the_last_words_reach_all_who_are_there),
        T(a_socket_left_by_a_killed_run_is_replaced),
        T(a_run_that_ends_leaves_the_next_ones_socket),
        T(a_path_of_any_length_has_room),
        T(a_folder_that_others_may_enter_is_not_used),
        T(another_user_is_turned_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
