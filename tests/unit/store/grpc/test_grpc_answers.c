/* Tests of what reads messages of services: cut anywhere, and with any byte
 * another one, they end in an answer or in an error with words. */
#include "config.h"
#include "tests/support/grpc/messages.h"

#include "tests/support/tap.h"

static void a_good_answer_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < message_reader_count; i++)
        if (!message_feed(&message_readers[i], message_readers[i].sample,
                          message_readers[i].n))
            fail_msg("%s: the sample is none", message_readers[i].name);
}

static void SE_17_an_answer_cut_anywhere_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < message_reader_count; i++)
        for (size_t n = 0; n < message_readers[i].n; n++)
            message_feed(&message_readers[i], message_readers[i].sample, n);
}

static void spoil(const struct message_reader *r, char *copy, size_t at)
{
    for (int byte = 0; byte < 256; byte++) {
        copy[at] = (char)byte;
        message_feed(r, copy, r->n);
    }
    copy[at] = r->sample[at];
}

static void SE_17_an_answer_with_any_other_byte_ends(void **state)
{
    char copy[256];

    (void)state;
    for (size_t i = 0; i < message_reader_count; i++) {
        assert_in_range(message_readers[i].n, 1, sizeof copy);
        memcpy(copy, message_readers[i].sample, message_readers[i].n);
        for (size_t at = 0; at < message_readers[i].n; at++)
            spoil(&message_readers[i], copy, at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_read),
        cmocka_unit_test(SE_17_an_answer_cut_anywhere_ends),
        cmocka_unit_test(SE_17_an_answer_with_any_other_byte_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
