/* Tokens by class of character, against what cl100k makes of the same. */
#include "config.h"
#include "util/tokens.h"
#include "tests/support/tap.h"

/* The languages' are from the Universal Declaration of Human Rights. */
static const struct {
    const char *what;
    uint32_t tokens; /* of cl100k */
    const char *text;
} rows[] = {
    { "English", 23,
      "are entitled without any discrimination to equal protection "
      "of the law. All are entitled to equal protection against any"
      " discrimination in violation" },
    { "Russian", 62,
      "Декларацию, и от какого бы то ни было подстрекательства к та"
      "кой дискриминации. Статья 8 Каждый человек имеет право на эф"
      "фективное восстановле" },
    { "Ukrainian", 88,
      "що порушує цю Декларацію, і від якого б то не було підбурюва"
      "ння до такої дискримінації. Стаття 8. Кожна людина має право"
      " на ефективне поновле" },
    { "Chinese", 42,
      "第八条 任何人当宪法或法律所赋予他的基本权利遭受侵害时,有权由"
      "合格" },
    { "Hindi", 87,
      "संरक्षण का अधिकार सभी को प्राप्त है । अनुच्छेद ८. सभी को संव"
      "िधान या क़ानून द्वारा प्राप्" },
    { "Japanese", 55,
      "第８条 すべての人は、憲法又は法律によって与えられた基本的権利"
      "を侵害する行為に対し、権" },
    { "Korean", 89,
      "이 선언에 위반되는 어떠한 차별과 그러한 차별의 선동으로부터 "
      "동등한 보호를 받을 권리를 가진다. 제 8 조 모든 사람은 헌법 또"
      "는 법률이 부여한 기본적 권" },
    { "Arabic", 101,
      "بشخصيته القانونية. المادة 7 كل الناس سواسية أمام القانون وله"
      "م الحق في التمتع بحماية متكافئة عنه دون أية تفرقة، كما أن له"
      "م جميعاً الحق في حماية متسا" },
    { "Hebrew", 141,
      "מוכר בכל מקום כאשיות בפני החוק. סעיף ז. הכל שווים לפני החוק "
      "וזכזאים ללא הפליה להגנה שווה של החוק. הכל זכאים להגנה שווה מ"
      "פני כל הפליה המפירה את מצו" },
    { "Greek", 125,
      "νόμο και έχουν δικαίωμα σε ίση προστασία του νόμου, χωρίς κα"
      "μία απολύτως διάκριση. Όλοι έχουν δικαίωμα σε ίση προστασία "
      "από κάθε διάκριση που θα πα" },
    { "Thai", 74,
      "โดยปราศจากการเลือกปฏิบัติใด ๆ ทุกคนมีสิทธิที่จะได้รับความคุ้"
      "มครองเท่าเทียมกั" },
    { "German", 38,
      "die gegen diese Erklärung verstößt, und gegen jede Aufhetzun"
      "g zu einer derartigen Diskriminierung. Artikel 8 Jeder hat A"
      "nspruch auf ein" },
    { "French", 33,
      "et ont droit sans distinction à une égale protection de la l"
      "oi. Tous ont droit à une protection égale contre toute discr"
      "imination qui violerait la" },
    { "Spanish", 30,
      "derecho a igual protección de la ley. Todos tienen derecho a"
      " igual protección contra toda discriminación que infrinja es"
      "ta Declaración y con" },
    { "Turkish", 52,
      "hakkını haizdir. Madde 7 Kanun önünde herkes eşittir ve fark"
      "sız olarak kanunun eşit korumasından istifade hakkını haizdi"
      "r. Herkesin işbu Beya" },
    { "Polish", 53,
      "Wszyscy mają prawo do jednakowej ochrony przed jakąkolwiek d"
      "yskryminacją, będącą pogwałceniem niniejszej Deklaracji, i p"
      "rzed jakimkolwiek narażeni" },
    { "Vietnamese", 99,
      "mọi người đều được bảo vệ như nhau chống lại mọi hi"
      "̀nh thức phân biệt đối xử vi phạm Bản tuyên ngôn này "
      "cũng như chống lại mọi" },
    { "Tamil", 117,
      "உரித்துடையவர்கள். உறுப்புரை 8 அவ்வந் நாட்டின் அரசியலமைப்பினா"
      "ல், அல்லது சட்டத்தினால் அவ" },
    { "C code", 65,
      "static bool is_open(const struct gate_stats *g)\n{\n    retu"
      "rn !g->outage && g->throttled_ms == 0;\n}\n\nstatic int64_t "
      "opens_in(const struct gate_stats *g)\n{\n    return g->outag"
      "e ? g->probe_ms : g->throttled_ms;\n}\n" },
    { "Python", 74,
      "def vector(text, dim):\n    h = hashlib.sha256(text.encode(\""
      "utf-8\")).digest()\n    v = [((h[i % 32] + i * 7) % 251) - 1"
      "25.5 for i in range(dim)]\n    return [x / math.sqrt(sum(x *"
      " x for x in v)) for x in v]\n" },
    { "JSON", 46,
      "{\"id\":\"d17\",\"text\":\"document number 17 about hills\","
      "\"metadata\":{\"n\":17,\"lang\":\"en\",\"tags\":[\"a\",\"b\""
      "],\"score\":0.8125,\"ok\":true,\"note\":null}}" },
    { "a log", 65,
      "2026-11-29T22:14:49.104Z INFO [worker-4] request 148 took 12"
      "ms status=200\n2026-11-29T22:15:49.105Z WARN [worker-5] requ"
      "est 185 took 1500ms status=503\n" },
    { "a digest", 62,
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f0"
      "0a08e3b0c44298fc1c149afbf4c8996fb924" },
    { "base64", 65,
      "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24s"
      "IGJ1dCBieSB0aGlzIHNpbmd1bGFyIHBhc3Npb24g" },
    { "UUIDs", 66,
      "3f2b8c1e-9d47-4a6b-8e15-0c7d2f9a6b34\nb81d4f7a-2c63-4e98-a1f"
      "0-5d3e7c9b2a68\n" },
    { "digits", 17,
      "31415926535897932384626433832795028841971693993751" },
    { "a table", 54,
      "17,\"Item 17\",23.29,true,2026-01-17\n18,\"Item 18\",24.66,f"
      "alse,2026-01-18\n19,\"Item 19\",26.03,true,2026-01-19\n" },
    { "capitals", 29,
      "EVERYONE HAS THE RIGHT TO LIFE, LIBERTY AND THE SECURITY OF "
      "PERSON. NO ONE SHALL BE HELD IN SLAVERY." },
    { "addresses", 32,
      "https://www.example.com/path/to/page-17?id=8f3a2c&lang=en ht"
      "tps://docs.example.org/guide/install.html#linux" },
    { "emoji", 27,
      "😀🎉🚀🍕🌍👍🔥😂🙏✨" },
    { "a chat", 20,
      "great job 🎉 see you tomorrow 😀\nok 👍 bring the pizza 🍕\n" },
};

static void EM_48_tokens_are_within_a_third_for_any_script(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t n = tokens_of(text_of(rows[i].text), false);

        if (3 * n < 2 * rows[i].tokens || 3 * n > 4 * rows[i].tokens)
            fail_msg("%s: %u for %u", rows[i].what, n, rows[i].tokens);
    }
}

/* The same text as JSON writes it, plainly or with everything escaped. */
static void an_escape_counts_as_what_it_stands_for(void **state)
{
    static const struct {
        const char *raw, *escaped;
    } same[] = {
        { "a word\nand another", "a word\\nand another" },
        { "say \"yes\"", "say \\\"yes\\\"" },
        { "plain letters", "\\u0070l\\u0061in letters" },
        { "\xd1\x81\xd0\xbb\xd0\xbe\xd0\xb2\xd0\xbe",
          "\\u0441\\u043b\\u043e\\u0432\\u043e" },
        { "\xe5\xad\x97\xe5\x85\xb8", "\\u5b57\\u5178" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_int_equal(tokens_of(text_of(same[i].escaped), true),
                         tokens_of(text_of(same[i].raw), false));
    assert_in_range(tokens_of(text_of("\\ud83d\\ude00"), true), 2, 4);
}

static void what_is_no_text_is_counted_without_harm(void **state)
{
    static const char bad[] = "\xff\xc3\xe4\xbd\\";
    char many[4096];

    (void)state;
    assert_int_equal(tokens_of((struct text){ NULL, 0 }, false), 1);
    assert_true(tokens_of(text_of(bad), true) >= 1);
    assert_true(tokens_of(text_of("\\u12"), true) >= 1);
    assert_true(tokens_of(text_of("\\"), true) >= 1);
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = (char)(i * 37);
    assert_true(tokens_of((struct text){ many, sizeof many }, true) > 1000);
}

static void twice_the_text_is_about_twice_the_tokens(void **state)
{
    char twice[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].text);
        uint32_t one = tokens_of(text_of(rows[i].text), false), two;

        memcpy(twice, rows[i].text, n);
        memcpy(twice + n, rows[i].text, n);
        two = tokens_of((struct text){ twice, 2 * n }, false);
        assert_in_range(two, 2 * one - 3, 2 * one + 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_48_tokens_are_within_a_third_for_any_script),
        cmocka_unit_test(an_escape_counts_as_what_it_stands_for),
        cmocka_unit_test(what_is_no_text_is_counted_without_harm),
        cmocka_unit_test(twice_the_text_is_about_twice_the_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
