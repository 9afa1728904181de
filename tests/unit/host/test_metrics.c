/* The OpenMetrics text, read by a strict parser of its own. */
#include "config.h"
#include "host/metrics.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/sample_snapshot.h"

enum { FAMILIES = 64, NAME = 64 };

static struct snapshot s;
static struct buf text;
/* What the parser saw. */
static char family[FAMILIES][NAME];
static size_t families, samples;

static int setup(void **state)
{
    (void)state;
    buf_init(&text);
    families = samples = 0;
    sample_snapshot(&s, SAMPLE_RUNNING);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&text);
    return 0;
}

/* --- the parser: metricset of OpenMetrics 1.0 ------------------------------ */

static bool is_name(const char *at, size_t n)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";

    return n > 0 && strspn(at, letters) >= n && (*at < '0' || *at > '9');
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n > k && strcmp(name + n - k, end) == 0;
}

/* {a="b",c="d"}; returns what is behind it, NULL: it is none. */
static const char *skip_labels(const char *at)
{
    if (*at++ != '{')
        return NULL;
    for (;;) {
        size_t n = strcspn(at, "=");

        if (!is_name(at, n) || at[n + 1] != '"')
            return NULL;
        for (at += n + 2; *at != '"'; at++)
            if (!*at || *at == '\n' ||
                (*at == '\\' && !strchr("\\\"n", *++at)))
                return NULL;
        if (*++at == '}')
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

/* The name of a sample is that of the family and the suffix of its type. */
static void read_sample(const char *line, const char *name, const char *type)
{
    const char *suffix = strcmp(type, "counter") == 0 ? "_total"
                         : strcmp(type, "info") == 0  ? "_info"
                                                      : "";
    size_t n = strlen(name);
    const char *at;
    char *end;
    double value;

    assert_int_equal(strncmp(line, name, n), 0);
    assert_int_equal(strncmp(line + n, suffix, strlen(suffix)), 0);
    at = skip_labels(line + n + strlen(suffix));
    assert_non_null(at);
    assert_int_equal(*at, ' ');
    value = strtod(at + 1, &end);
    assert_true(end > at + 1 && *end == '\0');
    if (strcmp(type, "counter") == 0)
        assert_true(value >= 0);
    if (strcmp(type, "info") == 0)
        assert_true(value == 1);
    if (strcmp(type, "stateset") == 0) {
        assert_true(value == 0 || value == 1);
        assert_non_null(strstr(line + n, name)); /* as a label, too */
    }
    samples++;
}

/* TYPE begins a family, which stands in one piece and has a name of its own. */
static void begin_family(const char *name, const char *type)
{
    static const char *const types[] = { "counter", "gauge", "info",
                                         "stateset" };
    bool known = false;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        known |= strcmp(types[i], type) == 0;
    assert_true(known);
    assert_true(is_name(name, strlen(name)));
    assert_int_equal(strncmp(name, "batchtop_", 9), 0);
    assert_false(ends_with(name, "_total") || ends_with(name, "_info"));
    for (size_t i = 0; i < families; i++)
        assert_string_not_equal(family[i], name);
    assert_true(families < FAMILIES);
    snprintf(family[families++], NAME, "%s", name);
}

static void parse(const char *all)
{
    char *copy = strdup(all), *save, *line, name[NAME] = "", type[16] = "";
    char given[NAME], word[256];
    bool ended = false, helped = true;
    size_t before = 0;

    assert_true(ends_with(all, "\n# EOF\n"));
    for (line = strtok_r(copy, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        assert_false(ended);
        if (strcmp(line, "# EOF") == 0) {
            ended = true;
        } else if (sscanf(line, "# TYPE %63s %15s", given, word) == 2) {
            assert_true(helped && (families == 0 || samples > before));
            begin_family(given, word);
            strcpy(name, given);
            strcpy(type, word);
            helped = false;
            before = samples;
        } else if (sscanf(line, "# UNIT %63s %255s", given, word) == 2) {
            assert_string_equal(given, name);
            assert_true(ends_with(name, word));
        } else if (sscanf(line, "# HELP %63s %255[^\n]", given, word) == 2) {
            assert_string_equal(given, name);
            helped = true;
        } else {
            assert_true(helped);
            read_sample(line, name, type);
        }
    }
    assert_true(ended);
    free(copy);
}

static const char *written(void)
{
    buf_clear(&text);
    families = samples = 0;
    metrics_text(&text, &s, SAMPLE_WALL_S);
    buf_putc(&text, '\0');
    assert_false(text.failed);
    parse(text.data);
    return text.data;
}

/* --- tests ------------------------------------------------------------------ */

static void every_moment_is_text_that_a_strict_parser_takes(void **state)
{
    (void)state;
    for (int which = 0; which < SAMPLE_COUNT; which++) {
        sample_snapshot(&s, (enum sample)which);
        written();
        assert_true(samples > 40);
    }
}

static void the_figures_are_those_of_the_run(void **state)
{
    const char *all = written();

    (void)state;
    assert_non_null(strstr(
        all, "\nbatchtop_documents_stored_total{job=\"corpus\"} 623902\n"));
    assert_non_null(strstr(all, "\nbatchtop_cost_usd_total{job=\"corpus\"} "
                                "1.224\n"));
    assert_non_null(strstr(all, "\nbatchtop_budget_usd{job=\"corpus\"} 5\n"));
    assert_non_null(strstr(all, "\nbatchtop_stage_latency_p95_seconds{job="
                                "\"corpus\",stage=\"embed\"} 0.21\n"));
    assert_non_null(strstr(all, "\nbatchtop_bottleneck{job=\"corpus\","
                                "batchtop_bottleneck=\"EMBED\"} 1\n"));
    assert_non_null(strstr(all, "\nbatchtop_state{job=\"corpus\","
                                "batchtop_state=\"PAUSED\"} 0\n"));
}

static void what_is_not_known_has_no_sample(void **state)
{
    const char *all;

    (void)state;
    s.eta_ms = -1;
    s.cost_known = false;
    s.total = 0;
    s.embed.p95_ms = s.upsert.p95_ms = -1;
    all = written();
    assert_null(strstr(all, "eta_seconds"));
    assert_null(strstr(all, "cost_usd"));
    assert_null(strstr(all, "documents_expected"));
    assert_null(strstr(all, "progress_ratio"));
    assert_null(strstr(all, "latency_p95"));
}

static void a_label_is_escaped_and_holds_no_words_of_others(void **state)
{
    const char *all;

    (void)state;
    snprintf(s.job, sizeof s.job, "a\"b\\c\nd");
    snprintf(s.store, sizeof s.store, "sesame-0815");
    snprintf(s.embedder, sizeof s.embedder, "sesame-0815");
    snprintf(s.corpus, sizeof s.corpus, "sesame-0815");
    snprintf(s.reason, sizeof s.reason, "sesame-0815");
    snprintf(s.failures[0].message, sizeof s.failures[0].message,
             "sesame-0815");
    all = written();
    assert_non_null(strstr(all, "{job=\"a\\\"b\\\\c\\nd\"} "));
    assert_null(strstr(all, "sesame"));
}

static void the_file_is_replaced_as_a_whole(void **state)
{
    char folder[] = "/tmp/metricsXXXXXX", path[64], part[80], first[16] = "";
    struct error err;
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/b.prom", folder);
    snprintf(part, sizeof part, "%s.tmp", path);
    assert_true(metrics_check(path, &err));
    for (int i = 0; i < 2; i++)
        assert_true(metrics_write(path, &s, &err));
    assert_int_not_equal(access(part, F_OK), 0);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(first, sizeof first, f));
    fclose(f);
    assert_string_equal(first, "# TYPE batchtop");
    assert_false(metrics_check(folder, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--metrics"));
    unlink(path);
    rmdir(folder);
    assert_false(metrics_check(path, &err)); /* its folder is gone */
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_false(metrics_write(path, &s, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_moment_is_text_that_a_strict_parser_takes),
        TEST(the_figures_are_those_of_the_run),
        TEST(what_is_not_known_has_no_sample),
        TEST(a_label_is_escaped_and_holds_no_words_of_others),
        TEST(the_file_is_replaced_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
