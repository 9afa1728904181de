/*
 * A tokenizer.json, and a text for it behind a NUL (without one, itself): all
 * tokens are in the vocabulary, and there are no more than were asked for.
 */
#include "config.h"
#include "fuzz.h"

#include "embed/static/tokenizer.h"

enum { TOKENS = 64, CHARS = 4096 };

static void cut(const struct tokenizer *t, struct text text)
{
    static uint32_t ids[TOKENS];
    struct token_room room = { .ids = ids, .limit = TOKENS };

    fuzz_claim(tokenizer_run(t, &room, text, CHARS), "no memory");
    fuzz_claim(room.count <= TOKENS, "more tokens than there is room for");
    for (size_t i = 0; i < room.count; i++)
        fuzz_claim(ids[i] <= tokenizer_top(t), "a token of no vocabulary");
    room.ids = NULL;
    token_room_release(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = { (const char *)data, size };
    struct text json = fuzz_until(&text, '\0');
    struct error err = { .text = "" };
    struct tokenizer *t = tokenizer_load(json, "tokenizer.json", &err);

    if (!t)
        fuzz_claim_said(&err);
    else
        cut(t, text.len ? text : json);
    tokenizer_free(t);
    return 0;
}
