/* How texts are put to a model: options, the job's word, the table. */
#include "config.h"
#include "engine/job/stored_identity.h"
#include "core/phrasing.h"
#include "embed/extra.h"
#include "embed/embedder.h"
#include "tests/support/tap.h"

#include <stdlib.h>

static const char *const no_commands[] = { NULL };

/* The phrasing of a command line; *opt is the caller's to release. */
static struct phrasing make(struct options *opt, const char *embed, int argc,
                            char **argv)
{
    struct text name = { embed, strcspn(embed, ":") };
    struct phrasing p;
    const char *command;
    struct error err = { .text = "" };

    assert_true(options_init(opt, &err));
    if (!options_parse(opt, argc, argv, no_commands, &command, &err))
        fail_msg("%s", err.text);
    free(opt->embed);
    opt->embed = strdup(embed);
    if (!phrasing_make(&p, opt, embedder_find(name), &err))
        fail_msg("%s", err.text);
    return p;
}

static void expect(const char *embed, const char *doc, const char *query)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p = make(&opt, embed, 1, argv);

    if (strcmp(p.of[PHRASE_DOC_PREFIX], doc) != 0 ||
        strcmp(p.of[PHRASE_QUERY_PREFIX], query) != 0)
        fail_msg("%s: \"%s\" and \"%s\"", embed, p.of[PHRASE_DOC_PREFIX],
                 p.of[PHRASE_QUERY_PREFIX]);
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_40_known_models_are_found_however_their_name_is_written(
    void **state)
{
    static const char represent[] =
        "Represent this sentence for searching relevant passages: ";
    static const char qwen[] =
        "Instruct: Given a web search query, retrieve relevant passages that "
        "answer the query\nQuery:";

    (void)state;
    expect("ollama:nomic-embed-text", "search_document: ", "search_query: ");
    expect("ollama:nomic-embed-text:latest", "search_document: ",
           "search_query: ");
    expect("openai:nomic-ai/nomic-embed-text-v1.5", "search_document: ",
           "search_query: ");
    expect("ollama:hf.co/nomic-ai/nomic-embed-text-v2-moe-GGUF:Q4_K_M",
           "search_document: ", "search_query: ");
    expect("openai:text-embedding-nomic-embed-text-v1.5", "search_document: ",
           "search_query: ");
    expect("tei:intfloat/e5-large-v2", "passage: ", "query: ");
    expect("openai:intfloat/multilingual-e5-small", "passage: ", "query: ");
    expect("tei:BAAI/bge-small-en-v1.5", "", represent);
    expect("openai:@cf/baai/bge-base-en-v1.5", "", represent);
    expect("ollama:bge-m3", "", "");
    expect("openai:mixedbread-ai/mxbai-embed-large-v1", "", represent);
    expect("tei:Snowflake/snowflake-arctic-embed-m", "", represent);
    expect("tei:Snowflake/snowflake-arctic-embed-l-v2.0", "", "query: ");
    expect("ollama:snowflake-arctic-embed2", "", "query: ");
    expect("ollama:snowflake-arctic-embed:335m", "", represent);
    expect("openai:google/embeddinggemma-300m", "title: none | text: ",
           "task: search result | query: ");
    expect("ollama:qwen3-embedding:0.6b", "", qwen);
    expect("openai:Qwen/Qwen3-Embedding-8B", "", qwen);
    expect("openai:text-embedding-3-small", "", "");
    expect("local", "", "");
}

static void EM_40_a_request_that_tells_itself_gets_no_words(void **state)
{
    (void)state;
    expect("cohere:embed-v4.0", "", "");
    expect("jina:jina-embeddings-v3", "", "");
    expect("gemini:gemini-embedding-001", "", "");
    expect("gemini:gemini-embedding-2", "title: none | text: ",
           "task: search result | query: ");
}

static void EM_40_every_row_of_the_table_can_be_found(void **state)
{
    (void)state;
    for (size_t i = 0; known_at(i); i++) {
        const struct known_model *k = known_at(i);
        char name[128], *star;

        snprintf(name, sizeof name, "%s", k->pattern);
        while ((star = strpbrk(name, "*?")))
            memmove(star, star + 1, strlen(star));
        assert_non_null(k->source);
        if (!known_find(k->provider ? k->provider : "openai", false, name))
            fail_msg("%s is not found by its own pattern", k->pattern);
        assert_true(!k->doc_extra == !k->query_extra);
    }
}

static void EM_41_a_service_that_has_a_parameter_for_it_gets_that(void **state)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p =
        make(&opt, "openai:nvidia/llama-3.2-nv-embedqa-1b-v2", 1, argv);
    struct embedder_config cfg = { .model = "m" };

    (void)state;
    phrasing_apply(&p, false, &cfg);
    assert_string_equal(cfg.extra, "{\"input_type\":\"passage\"}");
    phrasing_apply(&p, true, &cfg);
    assert_string_equal(cfg.extra, "{\"input_type\":\"query\"}");
    assert_string_equal(cfg.model, "m");
    assert_string_equal(cfg.prefix, "");
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_41_a_server_that_goes_by_the_name_is_asked_by_the_other(
    void **state)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p =
        make(&opt, "openai:nvidia/nv-embedqa-e5-v5-passage", 1, argv);
    struct embedder_config cfg = { .model = "nvidia/nv-embedqa-e5-v5-passage" };

    (void)state;
    phrasing_apply(&p, false, &cfg);
    assert_string_equal(cfg.model, "nvidia/nv-embedqa-e5-v5-passage");
    assert_string_equal(cfg.extra, "");
    phrasing_apply(&p, true, &cfg);
    assert_string_equal(cfg.model, "nvidia/nv-embedqa-e5-v5-query");
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_40_an_option_counts_before_the_table_and_an_empty_one_too(
    void **state)
{
    char *argv[] = { "batchtop", "--doc-prefix", "", "--query-prefix=find: ",
                     "--query-model", "q" };
    struct options opt;
    struct phrasing p = make(&opt, "ollama:nomic-embed-text", 6, argv);
    struct embedder_config cfg = { .model = "m" };
    char said[200];

    (void)state;
    phrasing_apply(&p, false, &cfg);
    assert_string_equal(cfg.prefix, "");
    phrasing_apply(&p, true, &cfg);
    assert_string_equal(cfg.prefix, "find: ");
    assert_string_equal(cfg.model, "q");
    assert_false(phrasing_say(&p, said, sizeof said));
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_40_what_the_table_chose_is_one_sentence(void **state)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p = make(&opt, "tei:intfloat/e5-base", 1, argv);
    char said[200];

    (void)state;
    assert_true(phrasing_say(&p, said, sizeof said));
    assert_string_equal(said, "\"passage: \" before documents, \"query: \" "
                              "before queries");
    assert_int_equal(phrasing_bytes(&p), strlen("passage: "));
    assert_true(phrasing_set(&p, PHRASE_DOC_PREFIX, "a\n\"", &(struct error){ 0 }));
    assert_int_equal(phrasing_bytes(&p), strlen("a\\n\\\""));
    phrasing_release(&p);
    options_release(&opt);
}

static void refuse(const char *embed, const char *option, const char *value,
                   const char *words)
{
    char *argv[] = { "batchtop", (char *)option, (char *)value };
    struct text name = { embed, strcspn(embed, ":") };
    struct phrasing p;
    struct options opt;
    const char *command;
    struct error err = { .text = "" };

    assert_true(options_init(&opt, &err));
    assert_true(options_parse(&opt, 3, argv, no_commands, &command, &err));
    free(opt.embed);
    opt.embed = strdup(embed);
    assert_false(phrasing_make(&p, &opt, embedder_find(name), &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words) || !strstr(err.text, option))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_40_an_option_that_would_do_nothing_is_refused(void **state)
{
    (void)state;
    refuse("local", "--doc-prefix", "x", "the embedder local has no model");
    refuse("static:f", "--query-prefix", "x", "leave it out");
    refuse("static:f", "--embed-extra", "{}", "sends no request");
    refuse("exec:cat", "--query-model", "x", "by its name");
    refuse("ollama:m", "--doc-prefix", "\xff", "is not UTF-8");
}

static void EM_41_extra_members_are_one_object_without_secrets(void **state)
{
    (void)state;
    refuse("openai:m", "--embed-extra", "[1]", "wants one JSON object");
    refuse("openai:m", "--embed-extra", "{\"a\":1} x", "wants one JSON");
    refuse("openai:m", "--query-extra", "{\"a\":", "wants one JSON object");
    refuse("openai:m", "--query-extra", "{\"Api_Key\":\"k\"}",
           "looks like a secret");
}

static void EM_41_nor_is_the_word_of_a_store_believed(void **state)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p = make(&opt, "openai:m", 1, argv);
    struct error err;

    (void)state;
    assert_false(phrasing_set(&p, PHRASE_QUERY_EXTRA, "}, {", &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_false(phrasing_set(&p, PHRASE_QUERY_PREFIX, "\xff", &err));
    assert_string_equal(p.of[PHRASE_QUERY_EXTRA], "");
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_41_extra_members_stand_beside_ours_and_never_for_them(
    void **state)
{
    struct buf b = { 0 };
    struct error err;
    struct text ours = text_of("{\"model\":\"m\",\"input\":[]}");

    (void)state;
    assert_true(extra_put(&b, NULL, ours, "--x", &err));
    assert_true(extra_put(&b, " { } ", ours, "--x", &err));
    assert_int_equal(b.len, 0);
    assert_true(extra_put(&b, "{\"a\": \"b\\n\", \"c\": {\"d\": [1, 2]}}", ours,
                          "--x", &err));
    assert_string_equal(buf_cstr(&b),
                        ",\"a\":\"b\\n\",\"c\":{\"d\": [1, 2]}");
    assert_false(extra_put(&b, "{\"mod\\u0065l\":1}", ours, "--x", &err));
    assert_non_null(strstr(err.text, "--x: \"model\" is in the request"));
    buf_release(&b);
}

/* --- what is kept with vectors -------------------------------------------- */

static void EM_43_what_is_kept_comes_back(void **state)
{
    char *argv[] = { "batchtop", "--doc-prefix", "a \"b\"\n" };
    struct embedder e = { .dim = 256, .own_dim = 768, .identity = "f00" };
    struct options opt;
    struct phrasing p = make(&opt, "ollama:nomic-embed-text", 3, argv);
    struct buf json = { 0 };
    struct error err;
    struct stored_identity k;

    (void)state;
    stored_identity_put(&json, opt.embed, &e, 256, false, &p);
    assert_true(
        stored_identity_read(&k, (struct text){ json.data, json.len }, &err));
    assert_string_equal(k.embed, "ollama:nomic-embed-text");
    assert_string_equal(k.files, "f00");
    assert_int_equal(k.dim, 256);
    assert_int_equal(k.own_dim, 768);
    assert_true(k.asked);
    assert_int_equal(k.asked_dim, 256);
    assert_string_equal(k.phrase[PHRASE_DOC_PREFIX], "a \"b\"\n");
    assert_string_equal(k.phrase[PHRASE_QUERY_PREFIX], "search_query: ");
    stored_identity_release(&k);
    buf_release(&json);
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_43_the_words_of_somebody_else_are_nothing(void **state)
{
    static const char *const words[] = {
        "", "made by hand", "[1]", "{\"embed\":1}", "{\"embed\":\"x\"",
        "{\"dim\":\"x\",\"own_dim\":-1,\"asked_dim\":1e9}"
    };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct stored_identity k;

        assert_true(stored_identity_read(&k, text_of(words[i]), &err));
        assert_null(k.embed);
        assert_false(k.asked);
        assert_int_equal(k.dim + k.own_dim, 0);
        stored_identity_release(&k);
    }
}

static void agree(const char *json, const char *embed, const char *words)
{
    char *argv[] = { "batchtop" };
    struct options opt;
    struct phrasing p = make(&opt, embed, 1, argv);
    struct error err = { .text = "" };
    struct stored_identity k;
    bool fine;

    assert_true(stored_identity_read(&k, text_of(json), &err));
    fine = stored_identity_agrees(&k, "place", embed, &p, &err);
    if (fine != !words || (words && !strstr(err.text, words)))
        fail_msg("%s with %s: \"%s\"", json, embed, err.text);
    stored_identity_release(&k);
    phrasing_release(&p);
    options_release(&opt);
}

static void EM_43_vectors_of_two_makings_do_not_mix(void **state)
{
    static const char nomic[] = "ollama:nomic-embed-text";

    (void)state;
    agree("", nomic, NULL);
    agree("{\"embed\":\"ollama:other\"}", nomic,
          "place holds vectors of ollama:other, these are of "
          "ollama:nomic-embed-text");
    agree("{\"embed\":\"ollama:nomic-embed-text\",\"doc-prefix\":"
          "\"search_document: \"}", nomic, NULL);
    agree("{\"embed\":\"ollama:nomic-embed-text\",\"doc-prefix\":\"\"}", nomic,
          "made with --doc-prefix \"\", these would be with "
          "\"search_document: \"");
    agree("{\"embed\":\"ollama:nomic-embed-text\"}", nomic, "--doc-prefix");
    agree("{\"embed\":\"gemini:gemini-embedding-2\"}",
          "gemini:gemini-embedding-2", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            EM_40_known_models_are_found_however_their_name_is_written),
        cmocka_unit_test(EM_40_a_request_that_tells_itself_gets_no_words),
        cmocka_unit_test(EM_40_every_row_of_the_table_can_be_found),
        cmocka_unit_test(EM_41_a_service_that_has_a_parameter_for_it_gets_that),
        cmocka_unit_test(
            EM_41_a_server_that_goes_by_the_name_is_asked_by_the_other),
        cmocka_unit_test(
            EM_40_an_option_counts_before_the_table_and_an_empty_one_too),
        cmocka_unit_test(EM_40_what_the_table_chose_is_one_sentence),
        cmocka_unit_test(EM_40_an_option_that_would_do_nothing_is_refused),
        cmocka_unit_test(EM_41_extra_members_are_one_object_without_secrets),
        cmocka_unit_test(EM_41_nor_is_the_word_of_a_store_believed),
        cmocka_unit_test(
            EM_41_extra_members_stand_beside_ours_and_never_for_them),
        cmocka_unit_test(EM_43_what_is_kept_comes_back),
        cmocka_unit_test(EM_43_the_words_of_somebody_else_are_nothing),
        cmocka_unit_test(EM_43_vectors_of_two_makings_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
