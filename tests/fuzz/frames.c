/*
 * The two ends of a run's socket. The server answers each whole question once
 * and in words that its caller believes, whatever came before; the caller has
 * an answer that it may show, or words about it.
 *
 * In front: a letter. Even: frames for the server, each with a letter for its
 * kind (bit 5 unset: with its true head), a letter for its length (in 64ths;
 * '?' is all of it), and up to a line break what its body begins with. Odd:
 * what a caller gets as an answer; bit 1: behind a true head.
 */
#include "config.h"
#include "fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/remote.h"
#include "remote/wire.h"
#include "tests/support/sample_snapshot.h"

enum { FRAMES_MAX = 4, ALL = 63, ANSWER_BYTES = 200000 };

static struct {
    struct wire_head head;
    unsigned char body[sizeof(struct snapshot)];
} frame, answer;

/* --- a run ---------------------------------------------------------------- */

static bool obey(void *to, const struct command *c, char *said,
                 size_t said_size, struct error *err)
{
    (void)to;
    (void)said_size;
    strcpy(said, "done");
    return c->kind != COMMAND_STOP ||
           error_set(err, ERROR_CONFIG, 7, "there is no stopping");
}

/* Whatever rows are asked for: none. */
static bool look(void *to, struct snapshot *s)
{
    struct failure_ask ask = s->ask;

    (void)to;
    sample_snapshot(s, SAMPLE_HOSTILE);
    s->ask = ask;
    s->failure_count = 0;
    return true;
}

static struct remote *serve(int fd)
{
    static const struct door door = { .command = obey, .snapshot = look };
    struct error err;
    struct remote *s = remote_open(fd, &err);

    fuzz_claim(s && remote_begin(s, &door, &err), "no server");
    return s;
}

static bool receive(int fd, void *to, size_t n)
{
    size_t got = 0;
    ssize_t one = 1;

    for (; got < n && one > 0; got += one > 0 ? (size_t)one : 0)
        one = read(fd, (char *)to + got, n - got);
    fuzz_claim(got == 0 || got == n, "half an answer");
    return got == n && n > 0;
}

/* --- its callers ---------------------------------------------------------- */

/* The size of the next frame; *whole: the server has to answer it. */
static size_t make_frame(struct text *input, bool *whole)
{
    unsigned kind = fuzz_byte(input), part = fuzz_byte(input) & ALL;
    struct text body = fuzz_until(input, '\n');
    struct error err;
    size_t size;

    memset(&frame, 0, sizeof frame);
    wire_head_init(&frame.head,
                   (enum wire_kind)(WIRE_COMMAND + (kind & 7) %
                                                       WIRE_FAREWELL));
    size = sizeof frame.head + (size_t)frame.head.size;
    if (frame.head.size > 0 && body.len > 0)
        memcpy(frame.body, body.ptr,
               body.len < frame.head.size ? body.len : frame.head.size);
    if (kind & 32 && body.len > 0)
        memcpy(&frame.head, body.ptr, body.len < sizeof frame.head
                                          ? body.len : sizeof frame.head);
    *whole = part == ALL || !wire_check_head(&frame.head, &err);
    size = part == ALL ? size : size * part / ALL;
    *whole = *whole && size >= sizeof frame.head;
    return size;
}

static void claim_answer(void)
{
    struct error err = { .text = "no answer of a run" };
    bool fine = wire_check_head(&answer.head, &err);

    if (answer.head.kind == WIRE_SNAPSHOT)
        fine = fine && wire_check_snapshot((void *)answer.body, &err);
    else
        fine = fine && (answer.head.kind == WIRE_DONE ||
                        answer.head.kind == WIRE_REFUSED) &&
               wire_check_said((void *)answer.body, &err);
    fuzz_claim(fine, err.text);
}

/* False: no more will be answered. */
static bool ask(int fd, struct text *input)
{
    bool whole;
    size_t size = make_frame(input, &whole);

    if (send(fd, &frame, size, MSG_NOSIGNAL) != (ssize_t)size || !whole)
        return false;
    if (!receive(fd, &answer.head, sizeof answer.head))
        return false;
    fuzz_claim(answer.head.size <= sizeof answer.body, "too much");
    fuzz_claim(receive(fd, answer.body, (size_t)answer.head.size),
               "a head without a body");
    claim_answer();
    return true;
}

static void call(int ours, int theirs, struct text input)
{
    struct remote *s = serve(theirs);

    for (int i = 0; i < FRAMES_MAX && input.len > 0; i++)
        if (!ask(ours, &input))
            break;
    close(ours);
    remote_close(s);
}

/* --- what a caller makes of an answer ------------------------------------- */

static void listen_to(int ours, int theirs, struct text input, bool headed)
{
    static struct snapshot s;
    struct command c = { .kind = COMMAND_DRAIN };
    struct error err = { .text = "" };
    bool looks = fuzz_byte(&input) & 1, fine;
    int room = ANSWER_BYTES;
    char words[128];

    setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    memset(&frame, 0, sizeof frame);
    wire_head_init(&frame.head, looks ? WIRE_SNAPSHOT : WIRE_DONE);
    if (headed)
        send(theirs, &frame.head, sizeof frame.head, MSG_DONTWAIT);
    send(theirs, input.ptr, input.len, MSG_DONTWAIT);
    if (headed && input.len < frame.head.size)
        send(theirs, frame.body, (size_t)frame.head.size - input.len,
             MSG_DONTWAIT);
    shutdown(theirs, SHUT_WR);
    memset(&s, 0, sizeof s);
    fine = looks ? remote_snapshot(ours, &s, &err)
                 : remote_command(ours, &c, words, sizeof words, &err);
    if (!fine)
        fuzz_claim_said(&err);
    else if (looks)
        fuzz_claim(wire_check_snapshot(&s, &err), err.text);
    close(ours);
    close(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = { (const char *)data, size };
    unsigned how = fuzz_byte(&input);
    int ends[2];

    fuzz_claim(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
               "no sockets");
    if (how & 1)
        listen_to(ends[0], ends[1], input, how & 2);
    else
        call(ends[0], ends[1], input);
    return 0;
}
