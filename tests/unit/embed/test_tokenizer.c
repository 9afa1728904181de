/*
 * Tests of the tokenizer on small vocabularies, with the numbers that the
 * original library gives for the same texts.
 */
#include "config.h"
#include "embed/static/tokenizer.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

#define BERT                                                                  \
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"        \
    "\"handle_chinese_chars\":true,\"strip_accents\":null,"                   \
    "\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
#define WORDS                                                                 \
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","              \
    "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":10,"   \
    "\"vocab\":{\"[UNK]\":0,\"un\":1,\"##aff\":2,\"##able\":3,\",\":4,"       \
    "\"cafe\":5,\"\xe4\xb8\xad\":6,\"\xe6\x96\x87\":7,\"\xf0\x9f\x98\x80\":8," \
    "\"##a\":9,\"a\":10,\"\xc3\xa9\":11,\"[MASK]\":12,\"i\":13}}}"
#define MASK                                                                  \
    "\"added_tokens\":[{\"id\":12,\"content\":\"[MASK]\",\"lstrip\":true,"    \
    "\"single_word\":false,\"rstrip\":false,\"normalized\":false}],"
#define META                                                                  \
    "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":"              \
    "\"\xe2\x96\x81\",\"prepend_scheme\":\"always\"},"
/* By hand: "_ab" as one is -5, "_a" and "b" -2 and -2, "_" "ab" -1 and -4. */
#define SCORES                                                                \
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0],"  \
    "[\"\xe2\x96\x81\",-1.0],[\"\xe2\x96\x81"                                 \
    "a\",-2.0],[\"b\",-2],[\"\xe2\x96\x81"                                    \
    "ab\",-5e0],[\"ab\",-4]"

static struct tokenizer *load(const char *json)
{
    struct error err = { .text = "" };
    struct tokenizer *t = tokenizer_load(text_of(json), "t.json", &err);

    if (!t)
        fail_msg("%s", err.text);
    return t;
}

/* The ids of a text, "1 2 3". */
static void expect_at(const char *json, size_t limit, struct text text,
                      const char *ids)
{
    struct tokenizer *t = load(json);
    struct token_room room = { .limit = limit };
    char got[256] = "";

    room.ids = calloc(limit + 1, sizeof *room.ids);
    assert_true(tokenizer_run(t, &room, text, SIZE_MAX));
    for (size_t i = 0; i < room.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u",
                 i ? " " : "", room.ids[i]);
    assert_string_equal(got, ids);
    token_room_release(&room);
    tokenizer_free(t);
}

static void expect(const char *json, const char *text, const char *ids)
{
    expect_at(json, 64, text_of(text), ids);
}

static void expect_refusal(const char *json, const char *words)
{
    struct error err = { .text = "" };

    assert_null(tokenizer_load(text_of(json), "t.json", &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words) || !strstr(err.text, "t.json"))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void wordpiece_takes_the_longest_from_the_left(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "Unaffable, un", "1 2 3 4 1");
    expect("{" BERT WORDS, "a aa aaa", "10 10 9 10 9 9");
}

static void a_word_that_cannot_be_pieced_is_unknown_whole(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "unaffx a", "10");
    expect("{" BERT WORDS, "qwerty", "");
    expect("{" BERT WORDS, "", "");
    expect("{" BERT WORDS, " \t\n", "");
}

static void a_word_longer_than_the_model_takes_is_unknown(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "aaaaaaaaaa", "10 9 9 9 9 9 9 9 9 9");
    expect("{" BERT WORDS, "aaaaaaaaaaa,", "4");
}

static void case_accents_and_controls_do_not_matter_to_bert(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "CAF\xc3\x89", "5");
    expect("{" BERT WORDS, "cafe\xcc\x81", "5");     /* combining */
    expect("{" BERT WORDS, "ca\xe2\x80\x8b" "fe", "5"); /* zero width */
    expect("{" BERT WORDS, "a\xc2\xa0" "a", "10 10");
    expect("{" BERT WORDS, "\xc4\xb0", "13"); /* I with a dot */
}

static void ideographs_and_emoji_are_words_of_their_own(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "\xe4\xb8\xad\xe6\x96\x87", "6 7");
    expect("{" BERT WORDS, "a\xe4\xb8\xad" "a", "10 6 10");
    expect("{" BERT WORDS, "\xf0\x9f\x98\x80", "8");
}

static void bad_utf8_is_passed_over(void **state)
{
    (void)state;
    expect("{" BERT WORDS, "a\xff\xc3,", "10 4");
    expect("{" BERT WORDS, "a \xed\xa0\x80 a", "10 10");
}

static void added_tokens_are_cut_out_first(void **state)
{
    (void)state;
    expect("{" MASK BERT WORDS, "a [MASK]a", "10 12 10");
    expect("{" MASK BERT WORDS, "[mask]", "");
    expect("{" BERT WORDS, "[MASK]", "");
    expect("{\"added_tokens\":[{\"id\":20,\"content\":\"New York\","
           "\"normalized\":true}]," BERT WORDS, "a new york a", "10 20 10");
}

static void tokens_end_at_the_limit_and_at_the_file_s_own(void **state)
{
    (void)state;
    expect_at("{" BERT WORDS, 2, text_of("a a a a"), "10 10");
    /* The file's own counts unknown ones. */
    expect("{\"truncation\":{\"max_length\":3,\"direction\":\"Right\"},"
           BERT WORDS, "a x a a", "10 10");
}

static void unigram_takes_the_best_sum(void **state)
{
    (void)state;
    expect("{" META SCORES "]}}", "ab", "2 3");
    expect("{" META SCORES ",[\"\xe2\x96\x81" "aba\",-3]]}}", "ab aba",
           "2 3 6");
    /* Equal sums: what was found first stays. */
    expect("{" META SCORES ",[\"a\",-1]]}}", "a", "2");
}

static void unigram_skips_what_it_does_not_know(void **state)
{
    (void)state;
    expect("{" META SCORES "]}}", "ab \xe4\xb8\xad\xe6\x96\x87 ab",
           "2 3 1 2 3");
    expect("{" META SCORES "]}}", "\xf0\x9f\x98\x80", "1");
    expect("{" META SCORES ",[\"<0xC3>\",-9],[\"<0xA9>\",-9]],"
           "\"byte_fallback\":true}}", "\xc3\xa9\xc3\xaa", "1");
    expect("{" META SCORES ",[\"<0xC3>\",-9],[\"<0xA9>\",-9]],"
           "\"byte_fallback\":true}}", "\xc3\xa9", "1 6 7");
}

static void other_normalizers_do_their_part(void **state)
{
    (void)state;
    expect("{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
           "{\"type\":\"NFKC\"},{\"type\":\"Strip\"},"
           "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},"
           "\"content\":\" \"},{\"type\":\"Replace\",\"pattern\":"
           "{\"String\":\"x\"},\"content\":\"b\"}]}," META SCORES "]}}",
           " \xef\xbd\x81x   ab ", "2 3 2 3"); /* full-width a */
    expect("{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
           "{\"type\":\"NFD\"},{\"type\":\"StripAccents\"},"
           "{\"type\":\"Lowercase\"}]}," META SCORES "]}}", "\xc3\x84" "B",
           "2 3");
    expect("{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":"
           "\"WhitespaceSplit\"}," WORDS, "e\xcc\x81", "11");
}

static void what_is_not_there_is_refused_by_name(void **state)
{
    (void)state;
    expect_refusal("{\"normalizer\":{\"type\":\"Nmt\"}," WORDS, "Nmt");
    expect_refusal("{\"normalizer\":{\"type\":\"Replace\",\"pattern\":"
                   "{\"Regex\":\"a+\"},\"content\":\"\"}," WORDS, "a+");
    expect_refusal("{\"pre_tokenizer\":{\"type\":\"ByteLevel\"}," WORDS,
                   "ByteLevel");
    expect_refusal("{\"model\":{\"type\":\"BPE\"}}", "BPE");
    /* And what there is instead. */
    expect_refusal("{\"normalizer\":{\"type\":\"Precompiled\"}," WORDS,
                   "lacks the normalizer Precompiled; it has BertNormalizer, "
                   "Lowercase, NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip "
                   "and StripAccents");
    expect_refusal("{\"pre_tokenizer\":{\"type\":\"Split\"}," WORDS,
                   "it has BertPreTokenizer, Metaspace");
    expect_refusal("{\"model\":{\"type\":\"WordLevel\"}}",
                   "has WordPiece and Unigram, not the model WordLevel");
    expect_refusal("{\"added_tokens\":[{\"id\":1,\"content\":\"x\","
                   "\"single_word\":true}]," WORDS, "single_word");
    expect_refusal("{\"truncation\":{\"max_length\":3,\"direction\":\"Left\"},"
                   WORDS, "Left");
}

static void a_damaged_file_is_refused_in_a_sentence(void **state)
{
    (void)state;
    expect_refusal("", "byte 0");
    expect_refusal("{\"model\":{\"type\":\"WordPiece\"", "byte ");
    expect_refusal("[]", "not a JSON object");
    expect_refusal("{}", "model");
    expect_refusal("{\"model\":3}", "object");
    expect_refusal("{\"model\":{\"type\":\"WordPiece\",\"vocab\":[]}}",
                   "not an object");
    expect_refusal("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}",
                   "unk_token");
    expect_refusal("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}",
                   "number");
    expect_refusal("{\"model\":{\"type\":\"WordPiece\","
                   "\"vocab\":{\"a\":99999999999}}}", "number");
    expect_refusal("{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,"
                   "\"vocab\":[[\"a\",1]]}}", "unk_id");
    expect_refusal("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
                   "\"vocab\":[[\"a\"]]}}", "score");
    expect_refusal("{\"normalizer\":{\"type\":\"Sequence\"}," WORDS,
                   "Sequence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wordpiece_takes_the_longest_from_the_left),
        cmocka_unit_test(a_word_that_cannot_be_pieced_is_unknown_whole),
        cmocka_unit_test(a_word_longer_than_the_model_takes_is_unknown),
        cmocka_unit_test(case_accents_and_controls_do_not_matter_to_bert),
        cmocka_unit_test(ideographs_and_emoji_are_words_of_their_own),
        cmocka_unit_test(bad_utf8_is_passed_over),
        cmocka_unit_test(added_tokens_are_cut_out_first),
        cmocka_unit_test(tokens_end_at_the_limit_and_at_the_file_s_own),
        cmocka_unit_test(unigram_takes_the_best_sum),
        cmocka_unit_test(unigram_skips_what_it_does_not_know),
        cmocka_unit_test(other_normalizers_do_their_part),
        cmocka_unit_test(what_is_not_there_is_refused_by_name),
        cmocka_unit_test(a_damaged_file_is_refused_in_a_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tokenizer", tests, NULL, NULL);
}
