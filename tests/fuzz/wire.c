/*
 * A message from another process: refused with words, or safe. What is taken
 * as a snapshot is drawn by a console that presses keys.
 *
 * A message is told by what is other in it than in a good one: its kind in
 * the first byte, then changes. Each is a place in three bytes, a length in
 * one, and the bytes.
 */
#include "config.h"
#include "fuzz.h"

#include <string.h>

#include "tests/support/onlooker.h"
#include "remote/wire.h"
#include "tests/support/sample_snapshot.h"

static void change(struct text *input, void *message, size_t size)
{
    while (input->len > 0) {
        size_t at = fuzz_byte(input), n;

        at = at << 8 | fuzz_byte(input);
        at = at << 8 | fuzz_byte(input);
        at %= size;
        n = fuzz_byte(input);
        n = n < input->len ? n : input->len;
        n = n < size - at ? n : size - at;
        if (n > 0)
            memcpy((char *)message + at, input->ptr, n);
        input->ptr += n;
        input->len -= n;
    }
}

static bool judged(bool fine, const struct error *err)
{
    if (!fine)
        fuzz_claim_said(err);
    return fine;
}

static void head(struct text *input)
{
    struct error err = { .text = "" };
    struct wire_head h;

    wire_head_init(&h, WIRE_COMMAND);
    change(input, &h, sizeof h);
    judged(wire_check_head(&h, &err), &err);
}

static void command(struct text *input)
{
    struct command c = { .kind = COMMAND_RETRY };
    struct error err = { .text = "" };

    strcpy(c.origin, "a test");
    change(input, &c, sizeof c);
    judged(wire_check_command(&c, &err), &err);
}

static void ask(struct text *input)
{
    struct failure_ask a = { .filter = "429" };
    struct error err = { .text = "" };

    change(input, &a, sizeof a);
    judged(wire_check_ask(&a, &err), &err);
}

static void said(struct text *input)
{
    struct wire_said s = { .text = "done" };
    struct error err = { .text = "" };

    change(input, &s, sizeof s);
    judged(wire_check_said(&s, &err), &err);
}

static void farewell(struct text *input)
{
    struct wire_farewell f = { .text = "all is stored\n" };
    struct error err = { .text = "" };

    change(input, &f, sizeof f);
    judged(wire_check_farewell(&f, &err), &err);
}

static void snapshot(struct text *input)
{
    static struct snapshot s;
    struct error err = { .text = "" };
    size_t which = fuzz_byte(input) % SAMPLE_COUNT;

    sample_snapshot(&s, (enum sample)which);
    wire_mend_snapshot(&s);
    change(input, &s, sizeof s);
    if (judged(wire_check_snapshot(&s, &err), &err))
        fuzz_claim(onlooker_use(&s), "no memory");
    wire_mend_snapshot(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(struct text *input) = {
        head, command, ask, said, farewell, snapshot, snapshot, snapshot
    };
    static bool ready;
    struct text input = { (const char *)data, size };

    if (!ready)
        fuzz_claim(onlooker_begin(), "no memory");
    ready = true;
    kinds[fuzz_byte(&input) % (sizeof kinds / sizeof *kinds)](&input);
    return 0;
}
