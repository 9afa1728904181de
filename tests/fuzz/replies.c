/*
 * Good answers of embedding services and stores, or what says that it is one.
 * In front of the answer: the name of its reader in tests/support/replies.c, and a line
 * break.
 */
#include "config.h"
#include "fuzz.h"

#include "tests/support/replies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = { (const char *)data, size };
    struct text name = fuzz_until(&input, '\n');

    for (size_t i = 0; i < reply_reader_count; i++)
        if (text_is(name, reply_readers[i].name))
            reply_feed(&reply_readers[i], input.ptr, input.len);
    reply_readers_release();
    return 0;
}
