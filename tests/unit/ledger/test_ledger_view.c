/* Failures, and the ledger seen from outside. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/await.h"
#include "tests/support/ledger_tools.h"

struct list {
    uint64_t *pos;
    size_t n, room;
    const char *word; /* NULL: all */
};

static bool keep_failure(void *arg, const struct failure *f)
{
    struct list *list = arg;

    assert_int_equal(f->tries, 3);
    assert_int_equal(f->wall_s, 1000);
    assert_null(strchr(f->message, '\x1b'));
    if (list->word && !failure_cause_named(&f->cause, list->word))
        return true;
    list->pos[list->n++] = f->pos;
    return list->n < list->room;
}

static size_t list_failures(const char *word, uint64_t *pos, size_t room)
{
    struct ledger_view *v = open_view("job.ledger");
    struct list list = { pos, 0, room, word };
    struct error err;

    assert_true(ledger_view_failures(v, keep_failure, &list, &err));
    ledger_view_close(v);
    return list.n;
}

static bool keep_id(void *arg, const struct failure *f)
{
    snprintf(arg, 16, "%.*s", (int)f->id.len, f->id.ptr);
    return true;
}

static const char *failure_at(struct ledger_view *v, uint64_t pos)
{
    static char id[16];
    struct error err;

    strcpy(id, "none");
    assert_true(ledger_view_failure(v, 0, pos, keep_id, id, &err));
    return id;
}

static void failures_are_listed_in_corpus_order_and_by_kind(void **state)
{
    struct ledger *l = new_job("job");
    struct ledger_view *v;
    struct ledger_kind kinds[8];
    struct error err;
    uint64_t pos[8];
    size_t got;

    (void)state;
    failure(l, 9, "i", false, ERROR_LIMITED, 429);
    failure(l, 2, "b", false, ERROR_LIMITED, 429);
    failure(l, 5, "", true, ERROR_INPUT, 0);
    failure(l, 7, "g", false, ERROR_SERVER, 503);
    failure(l, 7, "g", false, ERROR_LIMITED, 429);
    failure(l, 3, "c", false, ERROR_SERVER, 503);
    failure(l, 4, "d", false, ERROR_SERVER, 503);
    assert_true(ledger_heal(l, 0, 3, &err));
    assert_true(ledger_skip(l, 0, 4, &err));
    commit(l);

    assert_int_equal(list_failures(NULL, pos, 8), 4);
    assert_int_equal(pos[0], 2);
    assert_int_equal(pos[1], 5);
    assert_int_equal(pos[2], 7);
    assert_int_equal(pos[3], 9);
    assert_int_equal(list_failures(NULL, pos, 2), 2);
    assert_int_equal(list_failures("limited", pos, 8), 3);
    assert_int_equal(list_failures("429", pos, 8), 3);
    assert_int_equal(list_failures("embed", pos, 8), 3);
    assert_int_equal(list_failures("rejected", pos, 8), 1);
    assert_int_equal(list_failures("server", pos, 8), 0);

    v = open_view("job.ledger");
    assert_string_equal(failure_at(v, 7), "g");
    assert_string_equal(failure_at(v, 3), "none"); /* healed */
    assert_string_equal(failure_at(v, 4), "none"); /* given up */
    assert_string_equal(failure_at(v, 8), "none");
    assert_true(ledger_view_kinds(v, kinds, 8, &got, &err));
    assert_int_equal(got, 2);
    assert_int_equal(kinds[0].cause.kind, ERROR_LIMITED);
    assert_int_equal(kinds[0].cause.code, 429);
    assert_int_equal(kinds[0].count, 3);
    assert_string_equal(kinds[0].cause.stage, "embed");
    assert_true(kinds[1].cause.rejected);
    assert_true(ledger_view_kinds(v, kinds, 1, &got, &err));
    assert_int_equal(got, 1);
    ledger_view_close(v);
    ledger_close(l);
}

static void LD_11_failures_outlive_their_process_page_by_page(void **state)
{
    static uint64_t pos[2000];
    struct ledger *l = new_job("job");
    char id[24];

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        name_id(id, i);
        failure(l, (i * 7) % 1000, id, false, ERROR_SERVER, 500);
    }
    commit(l);
    ledger_close(l);
    assert_int_equal(list_failures(NULL, pos, 2000), 1000);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(pos[i], i);
}

static void count_settled(void *arg, const struct failure *was)
{
    assert_int_equal(was->source, 0);
    assert_int_equal(was->pos % 5, 0);
    assert_string_equal(was->cause.stage, "embed");
    assert_int_equal(was->cause.kind, ERROR_SERVER);
    assert_int_equal(was->cause.code, 500);
    ++*(uint64_t *)arg;
}

static uint64_t supersede(struct ledger *l, const char *id, uint64_t pos)
{
    struct error err;
    uint64_t settled = 0;

    assert_true(ledger_supersede(l, text_of(id), 0, pos, count_settled,
                                 &settled, &err));
    return settled;
}

static void a_newer_record_settles_older_failures_of_its_id(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;
    uint64_t pos[4];

    (void)state;
    assert_int_equal(supersede(l, "a", 100), 0);
    failure(l, 10, "a", false, ERROR_SERVER, 500);
    failure(l, 20, "a", false, ERROR_SERVER, 500);
    failure(l, 30, "a", false, ERROR_SERVER, 500);
    failure(l, 5, "b", false, ERROR_SERVER, 500);
    assert_int_equal(supersede(l, "c", 25), 0);
    assert_int_equal(supersede(l, "a", 25), 2);
    assert_int_equal(supersede(l, "a", 25), 0);
    commit(l);
    assert_int_equal(list_failures(NULL, pos, 4), 2);
    assert_int_equal(pos[0], 5);
    assert_int_equal(pos[1], 30);
    ledger_close(l);
    /* A resume must not send the superseded version after the newer one. */
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 10, "a"));
    assert_int_equal(supersede(l, "b", 6), 1);
    ledger_close(l);
}

static void IN_17_a_record_passed_over_is_not_sent_by_a_resume(void **state)
{
    struct ledger *l = new_job("job");
    struct error err;
    uint64_t pos[4];

    (void)state;
    assert_true(ledger_pass_over(l, 0, 7, &err));
    assert_true(ledger_pass_over(l, 0, 7, &err)); /* a transaction said again */
    frontier(l, 3);
    commit(l);
    assert_int_equal(list_failures(NULL, pos, 4), 0); /* nothing is owed */
    ledger_close(l);
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 7, "a"));
    assert_false(skips(l, 8, "a")); /* the later one is sent */
    ledger_close(l);
    /* In an edited corpus another record may stand there. */
    l = open_job("job", LEDGER_RESUMED);
    assert_true(ledger_use_ids(l, &err));
    assert_false(skips(l, 7, "a"));
    ledger_close(l);
}

static void messages_are_cut_at_four_kibibytes(void **state)
{
    struct ledger *l = new_job("job");
    struct failure f = { .cause = { .stage = "embed",
                                   .kind = ERROR_SERVER } };
    struct error err;
    char *message = malloc(100000);

    (void)state;
    memset(message, 'x', 99999);
    message[99999] = '\0';
    f.message = message;
    assert_true(ledger_fail(l, &f, &err));
    free(message);
    commit(l);
    {
        struct stat st;

        ledger_close(l);
        assert_int_equal(stat(in_dir("job.ledger"), &st), 0);
        assert_true(st.st_size < 30000);
    }
}


/* --- putting away, looking ------------------------------------------------ */

struct seen {
    size_t live, archived, locked;
    char job[72];
};

static bool see(void *arg, const struct ledger_entry *e)
{
    struct seen *seen = arg;

    seen->archived += e->archived;
    seen->live += !e->archived;
    seen->locked += e->locked;
    strcpy(seen->job, e->job);
    return true;
}

/* Newest first; then how many of the first hundred and of the last. */
struct sampled {
    size_t n, early, late;
    uint64_t most;
};

static bool take_sample(void *arg, struct text id)
{
    struct sampled *s = arg;
    uint64_t at = strtoull(id.ptr + strcspn(id.ptr, "0123456789"), NULL, 10);

    s->n++;
    s->early += at < 100;
    s->late += at >= 900;
    s->most = at > s->most ? at : s->most;
    return true;
}

static void ST_40_a_sample_has_the_newest_ids_and_some_of_all(void **state)
{
    struct ledger *l = new_job("job");
    struct sampled s = { 0 };
    struct error err;
    struct ledger_view *v;
    uint64_t count;
    int64_t last;

    (void)state;
    for (uint64_t at = 0; at < 1000; at += 100)
        done(l, at, 100);
    commit(l);
    v = open_view("job.ledger");
    assert_true(
        ledger_view_sample(v, 0, 40, &count, &last, take_sample, &s, &err));
    assert_int_equal(count, 1000);
    assert_int_equal(last, 10);
    assert_in_range(s.n, 35, 40);
    assert_in_range(s.early, 1, 3);
    assert_in_range(s.late, 20, 25);
    s = (struct sampled){ 0 };
    assert_true(
        ledger_view_sample(v, 8, 1000, &count, &last, take_sample, &s, &err));
    assert_int_equal(count, 200);
    assert_int_equal(s.n, 200);
    assert_int_equal(s.early, 0);
    assert_true(
        ledger_view_sample(v, 10, 40, &count, &last, take_sample, &s, &err));
    assert_int_equal(count, 0);
    assert_int_equal(s.n, 200);
    ledger_view_close(v);
    ledger_close(l);
}

static void an_archived_ledger_can_be_found_and_read(void **state)
{
    char first[256], second[256], found[256];
    struct ledger *l = new_job("job");
    struct seen seen = { 0 };
    struct error err;
    size_t n = 0;
    struct ledger_view *v;

    (void)state;
    assert_false(ledger_find_archived(checkpoints, "job", found, sizeof found));
    done(l, 0, 10);
    assert_true(ledger_archive(l, first, sizeof first, &err));
    assert_int_equal(access(in_dir("job.ledger"), F_OK), -1);
    assert_int_equal(access(in_dir("job.ledger-wal"), F_OK), -1);
    l = new_job("job");
    done(l, 0, 20);
    /* Somebody looks on meanwhile, as the screen does. */
    commit(l);
    v = open_view("job.ledger");
    assert_true(ledger_view_ids(v, 0, count_id, &n, &err));
    assert_true(ledger_archive(l, second, sizeof second, &err));
    ledger_view_close(v);
    assert_string_not_equal(first, second);
    assert_true(ledger_find_archived(checkpoints, "job", found, sizeof found));
    v = ledger_view_open(found, &err);
    assert_non_null(v);
    n = 0;
    assert_true(ledger_view_ids(v, 0, count_id, &n, &err));
    assert_int_equal(n, 20);
    ledger_view_close(v);
    assert_false(ledger_find_archived(checkpoints, "jo", found, sizeof found));

    l = new_job("job");
    assert_true(ledger_list(checkpoints, see, &seen, &err));
    assert_int_equal(seen.live, 1);
    assert_int_equal(seen.locked, 1);
    assert_int_equal(seen.archived, 2);
    assert_string_equal(seen.job, "job");
    ledger_close(l);
}

/* A run after the other, each of which archives its ledger. */
static void run_and_end(void)
{
    enum ledger_state state;
    char away[200];
    struct error err;

    for (int i = 0; i < 60; i++) {
        struct ledger *l = ledger_open(checkpoints, "job", &state, &err);
        struct ledger_ack ack = { 7, text_of("seventh") };

        if (!l)
            _exit(1);
        add_source(l, 0);
        if (!ledger_done(l, 0, &ack, 1, &err) ||
            !ledger_archive(l, away, sizeof away, &err))
            _exit(1);
    }
    _exit(0);
}

static void a_view_follows_a_ledger_that_a_run_archives(void **state)
{
    struct error err;
    size_t looks = 0;
    pid_t child;
    int status;

    (void)state;
    ledger_close(new_job("job"));
    child = fork();
    if (child == 0)
        run_and_end();
    for (; waitpid(child, &status, WNOHANG) == 0; looks++) {
        struct ledger_view *v = ledger_view_open(in_dir("job.ledger"), &err);

        if (!v) {
            kill(child, SIGKILL);
            await_child(child);
            fail_msg("%s", err.text);
        }
        ledger_view_close(v);
    }
    assert_int_equal(status, 0);
    assert_true(looks > 0);
}

static void LD_20_a_ledger_put_aside_comes_back_as_it_was(void **state)
{
    char archived[256];
    struct ledger *l = new_job("job");
    struct ledger_view *v;
    struct error err;
    bool finished = true;

    (void)state;
    done(l, 0, 10);
    assert_true(ledger_archive(l, archived, sizeof archived, &err));
    v = ledger_view_open(archived, &err);
    assert_non_null(v);
    assert_true(ledger_view_finished(v, &finished, &err));
    assert_false(finished); /* its end was not read */
    ledger_view_close(v);

    write_file(in_dir("job.ledger.new"), "left by a crash", 15);
    assert_true(ledger_bring_back(checkpoints, "job", archived, false, &err));
    assert_int_equal(access(archived, F_OK), 0);
    assert_int_equal(access(in_dir("job.ledger.new"), F_OK), -1);
    assert_int_equal(unlink(in_dir("job.ledger")), 0);
    assert_true(ledger_bring_back(checkpoints, "job", archived, true, &err));
    assert_int_equal(access(archived, F_OK), -1);
    /* The second of two who bring it back finds it there. */
    assert_true(ledger_bring_back(checkpoints, "job", archived, true, &err));
    l = open_job("job", LEDGER_RESUMED);
    assert_false(ledger_bring_back(checkpoints, "job", archived, true, &err));
    assert_int_equal(err.kind, ERROR_LOCKED);
    ledger_close(l);
}

static void LD_23_completed_is_not_followed_as_a_link(void **state)
{
    char to[256], elsewhere[256];
    struct ledger *l = new_job("job");
    struct seen seen = { 0 };
    struct error err;

    (void)state;
    snprintf(elsewhere, sizeof elsewhere, "%s", in_dir("elsewhere"));
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, in_dir("completed")), 0);
    assert_false(ledger_archive(l, to, sizeof to, &err));
    assert_int_equal(rmdir(elsewhere), 0); /* nothing went there */
    assert_int_equal(access(in_dir("job.ledger"), F_OK), 0);
    assert_false(ledger_find_archived(checkpoints, "job", to, sizeof to));
    refused("job", ERROR_CONFIG);
    assert_false(ledger_list(checkpoints, see, &seen, &err));
    assert_non_null(strstr(err.text, "symbolic link"));
}

static void one_may_look_while_a_run_writes(void **state)
{
    struct ledger *l = new_job("job");
    struct ledger_view *v;
    struct error err;
    char *job;
    size_t n = 0;

    (void)state;
    done(l, 0, 100);
    commit(l);
    v = open_view("job.ledger");
    assert_true(ledger_view_ids(v, 0, count_id, &n, &err));
    assert_int_equal(n, 100);
    done(l, 100, 100);
    commit(l);
    n = 0;
    assert_true(ledger_view_ids(v, 0, count_id, &n, &err));
    assert_int_equal(n, 200);
    job = ledger_view_get(v, "ledger.job");
    assert_string_equal(job, "job");
    free(job);
    assert_int_equal(ledger_view_source_count(v), 1);
    ledger_view_close(v);
    ledger_close(l);
    assert_null(ledger_view_open(in_dir("none.ledger"), &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
}

static void samples_are_spread_over_all_rows(void **state)
{
    struct ledger *l = new_job("job");

    (void)state;
    for (uint64_t i = 0; i < 40; i++)
        done(l, i * 25, 25);
    commit(l);
    ledger_close(l);
    assert_int_equal(count_ids("job.ledger", 10), 10);
    assert_int_equal(count_ids("job.ledger", 400), 400);
    assert_int_equal(count_ids("job.ledger", 1), 1);
    assert_int_equal(count_ids("job.ledger", 5000), 1000);
}

static void export_to(const char *ledger, const char *file)
{
    struct ledger_view *v = open_view(ledger);
    int fd = open(file, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    struct error err;

    assert_true(fd >= 0);
    assert_true(ledger_view_export(v, fd, &err));
    close(fd);
    ledger_view_close(v);
}

static void a_checkpoint_goes_out_and_comes_back_as_json(void **state)
{
    static char text[4096];
    struct ledger *l = new_job("job");
    struct ledger_ack odd = { 3, text_of("q\"u\\o\nte") };
    struct ledger_totals t;
    struct error err;
    char file[128];

    (void)state;
    snprintf(file, sizeof file, "%s/out.json", home);
    done(l, 0, 3);
    assert_true(ledger_done(l, 0, &odd, 1, &err));
    failure(l, 4, "f", false, ERROR_SERVER, 500);
    failure(l, 5, "", true, ERROR_INPUT, 0);
    failure(l, 6, "healed", false, ERROR_SERVER, 500);
    assert_true(ledger_heal(l, 0, 6, &err));
    commit(l);
    ledger_close(l);
    export_to("job.ledger", file);
    slurp(file, text, sizeof text);
    assert_non_null(
        strstr(text, "{\"job_id\": \"job\",\n \"started_at\": \"2"));
    assert_non_null(strstr(text, "\"total_documents\": 6,"));
    assert_non_null(strstr(text, "\"doc-000000\",\n  \"doc-000001\""));
    assert_non_null(strstr(text, "\"q\\\"u\\\\o\\nte\"]"));
    assert_non_null(strstr(text, "\"f\": \"it <1B>[2J did not work\""));
    assert_non_null(strstr(text, "\"corpus.jsonl line 6\": "));
    assert_null(strstr(text, "healed"));
    assert_non_null(strstr(text, "},\n \"last_batch_id\": 2}\n"));

    l = open_job("again", LEDGER_NEW);
    assert_true(ledger_import(l, file, &err));
    assert_false(ledger_import(l, file, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    ledger_close(l);
    l = open_job("again", LEDGER_RESUMED);
    add_source(l, 0);
    assert_true(ledger_use_frontier(l, &err));
    assert_true(skips(l, 77, "doc-000001"));
    assert_true(skips(l, 0, "q\"u\\o\nte"));
    assert_false(skips(l, 0, "f"));
    assert_true(ledger_total_get(l, &t, &err));
    assert_int_equal(t.stored, 4);
    ledger_close(l);
}

static void a_bad_checkpoint_file_is_named_with_the_place(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"processed_ids\": {}}",
        "{\"processed_ids\": [\"a\", [1]]}", "{\"processed_ids\": [\"a\",]}",
        "{\"processed_ids\": [\"a\"]", "{\"processed_ids\": [\"\"]}",
        "{\"processed_ids\": [\"a\"]} x"
    };
    char file[128], job[16];

    (void)state;
    snprintf(file, sizeof file, "%s/in.json", home);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FILE *f = fopen(file, "w");
        struct ledger *l;
        struct error err;

        fputs(bad[i], f);
        fclose(f);
        snprintf(job, sizeof job, "bad%zu", i);
        l = open_job(job, LEDGER_NEW);
        assert_false(ledger_import(l, file, &err));
        assert_int_equal(err.kind, ERROR_INPUT);
        assert_non_null(strstr(err.text, "in.json, byte "));
        ledger_close(l);
        ledger_close(open_job(job, LEDGER_NEW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(failures_are_listed_in_corpus_order_and_by_kind),
        HOME_TEST(LD_11_failures_outlive_their_process_page_by_page),
        HOME_TEST(a_newer_record_settles_older_failures_of_its_id),
        HOME_TEST(IN_17_a_record_passed_over_is_not_sent_by_a_resume),
        HOME_TEST(messages_are_cut_at_four_kibibytes),
        HOME_TEST(ST_40_a_sample_has_the_newest_ids_and_some_of_all),
        HOME_TEST(an_archived_ledger_can_be_found_and_read),
        HOME_TEST(a_view_follows_a_ledger_that_a_run_archives),
        HOME_TEST(LD_20_a_ledger_put_aside_comes_back_as_it_was),
        HOME_TEST(LD_23_completed_is_not_followed_as_a_link),
        HOME_TEST(one_may_look_while_a_run_writes),
        HOME_TEST(samples_are_spread_over_all_rows),
        HOME_TEST(a_checkpoint_goes_out_and_comes_back_as_json),
        HOME_TEST(a_bad_checkpoint_file_is_named_with_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
