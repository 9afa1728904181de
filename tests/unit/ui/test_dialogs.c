/* The console by its keys, with a door that only writes down what it hears. */
#include "config.h"
#include "tests/support/golden.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/failure_log.h"
#include "remote/wire.h"
#include "ui/console/console.h"

enum { HEARD = 64 };

static struct console console;
static struct command heard[HEARD];
static size_t heard_count;
static const char *refusal; /* what the door says instead of yes */
static int refusal_code;
static struct snapshot whole;
/* A long log instead of the sample's; or NULL. */
static struct failure_log *journal;

static bool door(void *run, const struct command *c, char *said,
                 size_t said_size, struct error *err)
{
    (void)run;
    if (refusal)
        return error_set(err, ERROR_CONFIG, refusal_code, "%s", refusal);
    assert_true(wire_check_command(c, err)); /* the run may be elsewhere */
    assert_true(heard_count < HEARD);
    heard[heard_count++] = *c;
    if (c->kind == COMMAND_SET)
        console.snap.knob[c->knob] = c->value;
    if (c->kind == COMMAND_PAUSE)
        console.snap.paused |= c->stages ? c->stages : STAGES_INTAKE;
    if (c->kind == COMMAND_RESUME)
        console.snap.paused &= ~(c->stages ? c->stages : STAGES_ALL);
    if (c->kind == COMMAND_PAUSE || c->kind == COMMAND_RESUME)
        console.snap.state = console.snap.paused ? RUN_PAUSED : RUN_RUNNING;
    if (c->kind == COMMAND_DRAIN)
        console.snap.state = RUN_DRAINING;
    snprintf(said, said_size, "heard %d", (int)c->kind);
    return true;
}

/* As run_snapshot() answers what was asked. */
static bool look_again(void *run, struct snapshot *s)
{
    (void)run;
    if (journal) {
        failure_log_fill(journal, s);
        return true;
    }
    s->failure_count = whole.failure_count;
    memcpy(s->failures, whole.failures, sizeof s->failures);
    sample_filter(s);
    return true;
}

static void draw(int cols, int rows, struct buf *to, const char *what)
{
    struct canvas *c = canvas_new(rows, cols, false);
    int row, col;

    look_again(NULL, &console.snap);
    console_see(&console);
    console_draw(&console, c, &row, &col);
    assert_true(row < rows && col < cols);
    if (to)
        golden_text(to, what, c);
    canvas_free(c);
}

static void begin_with(enum sample which, bool read_only)
{
    static const struct door to = { NULL, door, look_again };

    heard_count = 0;
    refusal = NULL;
    refusal_code = 0;
    console_init(&console, &to, read_only);
    console.wall_s = SAMPLE_WALL_S;
    sample_snapshot(&console.snap, which);
    whole = console.snap;
    draw(120, 40, NULL, "");
}

static int begin(void **state)
{
    (void)state;
    begin_with(SAMPLE_RUNNING, false);
    return 0;
}

static void press(int key)
{
    console_key(&console, key);
    draw(120, 40, NULL, "");
}

static void type(const char *text)
{
    for (; *text; text++)
        press((unsigned char)*text);
}

static const char *toast(void)
{
    return console.view.toast_kind == TOAST_NONE ? "" : console.view.toast;
}

/* Somewhere on the screen. */
static bool is_shown(const char *words)
{
    struct buf text;
    bool found;

    buf_init(&text);
    draw(120, 40, &text, "");
    buf_putc(&text, '\0');
    found = strstr(text.data, words) != NULL;
    buf_release(&text);
    return found;
}

/* --- how they look ------------------------------------------------------------- */

static void look(const char *name, const char *keys)
{
    static const int sizes[][2] = { { 120, 40 }, { 80, 24 }, { 40, 12 } };
    struct buf out;

    buf_init(&out);
    for (; *keys; keys++)
        press(*keys == '\n' ? KEYCODE_ENTER : (unsigned char)*keys);
    for (size_t i = 0; i < 3; i++)
        draw(sizes[i][0], sizes[i][1], &out, name);
    golden_check(name, &out);
    buf_release(&out);
}

static void each_dialog_fits_every_screen(void **state)
{
    static const struct {
        const char *name, *keys;
    } dialogs[] = {
        { "tune", "b" },       { "retry", "r" },
        { "retry-tagged", "6 j r" },
        { "change", "rjjjjc" }, { "change-elsewhere", "rjc" },
        { "change-tune", "rc" },
        { "leave", "q" },
        { "failure", "6j\n" }, { "worker", "2\n" },   { "sure", "6j\nx" },
        { "prompt", ":re" },   { "filtering", "6/4" }, { "help", "?" },
        { "messages", "pp:messages\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof dialogs / sizeof dialogs[0]; i++) {
        begin_with(SAMPLE_RUNNING, false);
        look(dialogs[i].name, dialogs[i].keys);
    }
}

/* --- a document ------------------------------------------------------------------ */

static void answer(const char *error, const char *trouble, const char *text)
{
    struct document_view *doc = &console.snap.document;

    doc->seq++;
    doc->source = console.dialog.row.source;
    doc->pos = console.dialog.row.pos;
    doc->length = 2048;
    snprintf(doc->error, sizeof doc->error, "%s", error);
    snprintf(doc->trouble, sizeof doc->trouble, "%s", trouble);
    snprintf(doc->text, sizeof doc->text, "%s", text);
    doc->len = (uint32_t)strlen(doc->text);
}

static void enter_twice_reads_the_document_and_its_whole_error(void **state)
{
    char text[2048] = "";

    (void)state;
    for (int i = 1; i <= 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "line %d of the document\n", i);
    type("6j");
    press(KEYCODE_ENTER);
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_DOCUMENT);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SHOW);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.dialog.row.pos);
    assert_int_equal(heard[0].value, (int64_t)console.dialog.row.offset);
    answer("an error that is longer than the log's row has room for", "",
           text);
    press('G');
    assert_true(console.dialog.cursor > 20);
    press('k');
    assert_int_equal(console.dialog.cursor, 62 - console.dialog.page - 2);
    press('g');
    look("document", "");
    press(KEYCODE_ESC);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
}

static void a_document_can_be_read_where_nothing_may_be_done(void **state)
{
    (void)state;
    begin_with(SAMPLE_DONE_OWING, true);
    type("6");
    press(KEYCODE_ENTER);
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SHOW);
}

static void a_key_before_the_next_drawing_means_the_row_chosen_now(void **state)
{
    (void)state;
    type("6");
    console_key(&console, 'j');
    console_key(&console, 'j');
    console_key(&console, 'k');
    console_key(&console, KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_FAILURE);
    assert_int_equal(console.dialog.row.pos, console.snap.failures[1].pos);
}

static void y_copies_the_id_of_the_failure(void **state)
{
    (void)state;
    type("6j");
    press(KEYCODE_ENTER);
    assert_int_equal(console_key(&console, 'y'), CONSOLE_COPY);
    assert_string_equal(console.copied, console.snap.failures[1].id);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
}

/* --- tune ------------------------------------------------------------------------- */

static void a_typed_number_is_exact_and_a_step_walks_the_ladder(void **state)
{
    (void)state;
    press('b');
    type("250");
    press(KEYCODE_DOWN);
    press(KEYCODE_RIGHT);
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].knob, KNOB_EMBED_BATCH);
    assert_int_equal(heard[0].value, 250);
    assert_int_equal(heard[1].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[1].value, 384);
}

static void a_number_out_of_range_is_refused_beside_the_field(void **state)
{
    (void)state;
    press('w');
    type("33");
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_TUNE);
    assert_string_equal(console.dialog.refused,
                        "embed workers takes 1 to 32");
    assert_int_equal(heard_count, 0);
    press(KEYCODE_ESC);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
    assert_int_equal(heard_count, 0);
}

static void tune_opens_at_the_field_of_the_pane(void **state)
{
    static const struct {
        char pane, key;
        enum knob knob;
    } cases[] = { { '2', 'b', KNOB_EMBED_BATCH },
                  { '3', 'b', KNOB_UPSERT_BATCH },
                  { '2', 'w', KNOB_EMBED_WORKERS },
                  { '3', 'w', KNOB_UPSERT_WORKERS },
                  { '4', 'l', KNOB_RPM } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        press(cases[i].pane);
        press(cases[i].key);
        assert_int_equal(console.dialog.cursor, cases[i].knob);
        press(KEYCODE_ESC);
    }
}

static void zero_is_the_default_of_what_must_be_something(void **state)
{
    (void)state;
    press('w');
    press('0');
    assert_int_equal(console.dialog.value[KNOB_EMBED_WORKERS], 3);
    press(KEYCODE_UP);
    press('0');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[0].value, 200);
    assert_int_equal(heard[1].value, 3);
}

static void tune_estimates_only_what_follows_from_what_is_measured(
    void **state)
{
    (void)state;
    press('w'); /* EMBED is the bottleneck: 8 workers, 4,098/s */
    press(KEYCODE_RIGHT);
    assert_true(is_shown("4,098 → 4,610 docs/s at most"));
    press(KEYCODE_DOWN);
    press(KEYCODE_RIGHT);
    assert_true(is_shown("none: EMBED is the limit"));
    press(KEYCODE_DOWN);
    type("2000");
    press(KEYCODE_DOWN);
    assert_true(is_shown("106 % used: workers wait"));
    press('g');
    snprintf(console.snap.bottleneck, sizeof console.snap.bottleneck, "LIMIT");
    snprintf(console.snap.embed.limited_by,
             sizeof console.snap.embed.limited_by, "tokens/min");
    assert_true(is_shown("none: tokens/min is the limit"));
    press(KEYCODE_ESC);
    press('b');
    type("4000");
    press(KEYCODE_UP);
    assert_true(is_shown("! embed batch takes 1 to 2048"));
    type("2048");
    press(KEYCODE_UP);
    assert_true(is_shown("! 2048 docs of about 98 tokens"));
    assert_true(is_shown("never more than 128 MiB: about"));
    console.snap.bottleneck[0] = '\0';
    assert_true(is_shown("  unknown "));
}

static void zero_takes_a_rate_limit_away(void **state)
{
    (void)state;
    press('l');
    press('0');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].knob, KNOB_RPM);
    assert_int_equal(heard[0].value, 0);
}

/* --- knobs at once and undo --------------------------------------------------------- */

static void plus_steps_the_batch_of_the_pane_at_most_four_times_a_second(
    void **state)
{
    (void)state;
    press('+');
    press('+'); /* at once: a held key */
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].value, 128);
    console.snap.now_ms += 300;
    press('3');
    press('-');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[1].value, 192);
}

static void undo_takes_the_last_change_back_once(void **state)
{
    (void)state;
    press('+');
    assert_string_equal(console.view.toast_key.key, "u");
    press('u');
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[1].value, 96);
    press('u');
    assert_int_equal(heard_count, 2);
    assert_string_equal(toast(), "there is nothing to undo");
}

static void undo_takes_all_back_that_tune_changed(void **state)
{
    (void)state;
    press('b');
    type("250");
    press(KEYCODE_DOWN);
    type("300");
    press(KEYCODE_ENTER);
    assert_string_equal(toast(), "heard 3; heard 3");
    press('u');
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[2].knob, KNOB_EMBED_BATCH);
    assert_int_equal(heard[2].value, 96);
    assert_int_equal(heard[3].knob, KNOB_UPSERT_BATCH);
    assert_int_equal(heard[3].value, 256);
    press('u');
    assert_string_equal(toast(), "there is nothing to undo");
    press('+');
    press('u'); /* of that alone */
    assert_int_equal(heard_count, 6);
}

static void undo_comes_too_late_after_half_a_minute(void **state)
{
    (void)state;
    press('p');
    console.snap.now_ms += 31000;
    press('u');
    assert_int_equal(heard_count, 1);
    assert_string_equal(toast(), "too late to undo that: 30 s have passed");
}

static void pause_and_resume_are_one_key_and_undo_each_other(void **state)
{
    (void)state;
    press('p');
    press('p');
    press('p');
    press('u');
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[0].kind, COMMAND_PAUSE);
    assert_int_equal(heard[1].kind, COMMAND_RESUME);
    assert_int_equal(heard[2].kind, COMMAND_PAUSE);
    assert_int_equal(heard[3].kind, COMMAND_RESUME);
}

enum { EMBED = 1 << STAGE_EMBED, UPSERT = 1 << STAGE_UPSERT };

static void is_turned(size_t i, enum command_kind kind, uint32_t stages)
{
    assert_int_equal(heard[i].kind, kind);
    assert_int_equal(heard[i].stages, stages);
}

static void the_stage_in_focus_is_paused_and_resumed_alone(void **state)
{
    (void)state;
    press('2');
    press('P');
    is_turned(0, COMMAND_PAUSE, EMBED);
    press('3');
    press('P');
    is_turned(1, COMMAND_PAUSE, UPSERT);
    assert_string_equal(console.view.toast_key.key, "u");
    press('2');
    press('P');
    is_turned(2, COMMAND_RESUME, EMBED);
    press('6');
    press('P');
    assert_int_equal(heard_count, 3);
    assert_non_null(strstr(toast(), "choose a stage first"));
}

static void an_undo_turns_the_stages_that_were_turned(void **state)
{
    (void)state;
    press('3');
    press('P');
    press('u');
    is_turned(1, COMMAND_RESUME, UPSERT);
    press('P');
    press('p'); /* resumes all there is */
    is_turned(3, COMMAND_RESUME, 0);
    press('u');
    is_turned(4, COMMAND_PAUSE, UPSERT);
    type(":pause");
    press(KEYCODE_ENTER);
    assert_int_equal(console.snap.paused, STAGES_ALL);
    press('u');
    is_turned(6, COMMAND_RESUME, STAGES_INTAKE);
    assert_int_equal(console.snap.paused, UPSERT);
}

static void the_line_names_a_stage(void **state)
{
    (void)state;
    type(":pause embed");
    press(KEYCODE_ENTER);
    is_turned(0, COMMAND_PAUSE, EMBED);
    type(":pause READ");
    press(KEYCODE_ENTER);
    is_turned(1, COMMAND_PAUSE, 1 << STAGE_READ);
    type(":resume ");
    press(KEYCODE_ENTER);
    is_turned(2, COMMAND_RESUME, 0);
}

static void what_the_engine_refuses_stands_there_until_a_key(void **state)
{
    (void)state;
    refusal = "the engine says no";
    press('p');
    assert_string_equal(toast(), "the engine says no");
    console.snap.now_ms += 60000;
    draw(120, 40, NULL, "");
    assert_string_equal(toast(), "the engine says no");
    press('j');
    assert_string_equal(toast(), "");
}

/* --- retry and failures ----------------------------------------------------------------- */

static void retry_ticks_what_is_worth_it_and_sends_kinds(void **state)
{
    (void)state;
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_string_equal(heard[0].select.kind, "embed/limited/429");
    assert_string_equal(heard[1].select.kind, "embed/network/0");
}

static void a_retry_says_how_long_it_takes_or_that_nobody_knows(void **state)
{
    (void)state;
    console.snap.rate = 50;
    press('r');
    assert_true(is_shown("selected 250 of 408   about 5 s of work at the "
                         "present rate"));
    console.snap.rate = 0;
    assert_true(is_shown("for how long is not known: nothing is stored now"));
}

static void all_kinds_are_one_command(void **state)
{
    (void)state;
    press('r');
    press('a');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_int_equal(heard[0].select.by, SELECT_ALL);
}

static void a_retry_says_when_and_in_what_requests(void **state)
{
    (void)state;
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].when, RETRY_NOW);
    assert_int_equal(heard[0].batch, RETRY_BATCH_MAX);
    press('r');
    press(KEYCODE_UP); /* there is nothing above the first kind */
    for (uint32_t i = 0; i < console.snap.kind_count; i++)
        press(KEYCODE_DOWN);
    press(' ');
    press(KEYCODE_DOWN);
    press(KEYCODE_LEFT); /* down the ladder from 32 */
    assert_int_equal(console.dialog.batch, 24);
    type("33");
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_RETRY);
    assert_true(is_shown("the batch takes 1 to 32"));
    type("7");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 4);
    assert_int_equal(heard[2].when, RETRY_AT_END);
    assert_int_equal(heard[2].batch, 7);
    assert_int_equal(heard[3].batch, 7);
}

static void the_line_can_put_a_retry_off_to_the_end(void **state)
{
    (void)state;
    press(':');
    type("retry-at-end 429");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_int_equal(heard[0].when, RETRY_AT_END);
    assert_string_equal(heard[0].select.kind, "429");
    console.snap.retries_at_end = 1;
    assert_true(is_shown("408 open   retry at the end   follow on"));
    press(':');
    type("retry");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].when, RETRY_NOW);
}

static void a_retry_of_what_can_succeed_comes_behind_new_settings(
    void **state)
{
    (void)state;
    press('r');
    press('c');
    assert_int_equal(console.dialog.kind, DIALOG_TUNE);
    assert_int_equal(console.dialog.cursor, KNOB_RPM); /* 429 */
    type("60");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 2);
    assert_int_equal(heard[0].kind, COMMAND_SET);
    assert_int_equal(heard[0].value, 60);
    assert_int_equal(heard[1].kind, COMMAND_RETRY);
    assert_string_equal(heard[1].select.kind, "embed/limited/429");
    press('b');
    type("7");
    press(KEYCODE_ENTER); /* on its own it retries nothing */
    assert_int_equal(heard_count, 3);
}

static void what_was_rejected_is_retried_in_another_way(void **state)
{
    (void)state;
    press('r');
    type("jjjjc");
    assert_int_equal(console.dialog.kind, DIALOG_CHANGE);
    assert_true(is_shown("line 622,817: \"text\" is missing"));
    press(KEYCODE_ENTER);
    assert_true(is_shown("nothing is changed: they would be rejected again"));
    press(' ');
    press(KEYCODE_DOWN);
    press(KEYCODE_DOWN);
    type("2000");
    press(KEYCODE_ENTER);
    assert_true(is_shown("the longest record takes 1 to 1024 MB"));
    type("64");
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_RETRY);
    assert_string_equal(heard[0].select.kind, "read/input/0");
    assert_true(heard[0].reread.replace_utf8);
    assert_false(heard[0].reread.send_blank);
    assert_int_equal(heard[0].reread.line_mb, 64);
}

static void what_only_others_can_change_is_said_and_not_sent(void **state)
{
    (void)state;
    press('r');
    type("jc");
    assert_true(is_shown("input longer than 8,192 tokens (9,114)"));
    assert_true(is_shown("Mend them in a file of their"));
    press(KEYCODE_ENTER);
    press(' ');
    assert_int_equal(console.dialog.kind, DIALOG_CHANGE);
    press(KEYCODE_ESC);
    assert_int_equal(console.dialog.kind, DIALOG_RETRY);
    assert_int_equal(heard_count, 0);
    console.snap.kinds[1].cause.kind = ERROR_AUTH;
    press('c');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_string_equal(heard[0].select.kind, "embed/refused/400");
}

static void a_retry_may_be_of_the_row_alone(void **state)
{
    (void)state;
    type("6j ");
    press('r');
    assert_int_equal(console.dialog.what, RETRY_TAGGED);
    press(KEYCODE_RIGHT);
    assert_int_equal(console.dialog.what, RETRY_ONE);
    assert_true(is_shown("Enter retry 1 "));
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.snap.failures[2].pos);
    assert_int_equal(console.view.tags, 1); /* they were not meant */
    press('r');
    press(KEYCODE_DOWN);
    press(' '); /* to tick a kind is to mean kinds */
    assert_int_equal(console.dialog.what, RETRY_KINDS);
    assert_true(is_shown("selected 38 of 408"));
    press('a');
    assert_true(is_shown("selected 408 of 408"));
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].select.by, SELECT_ALL);
}

static void nothing_ticked_sends_nothing(void **state)
{
    (void)state;
    press('r');
    press('a');
    press('a');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    assert_string_equal(toast(), "nothing was ticked");
}

static void one_failure_can_be_retried_alone_or_with_its_kind(void **state)
{
    (void)state;
    press('6');
    press('j');
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_FAILURE);
    press('r');
    assert_int_equal(heard[0].select.by, SELECT_ONE);
    assert_int_equal(heard[0].select.pos, console.snap.failures[1].pos);
    press(KEYCODE_ENTER);
    press('R');
    assert_int_equal(heard[1].select.by, SELECT_KIND);
    assert_string_equal(heard[1].select.kind, "embed/refused/400");
    press('R'); /* from the list, too */
    assert_int_equal(heard_count, 3);
    assert_string_equal(heard[2].select.kind, "embed/refused/400");
}

static void skipping_for_good_asks_and_no_is_the_harmless_answer(void **state)
{
    (void)state;
    press('6');
    press('j');
    press(KEYCODE_ENTER);
    press('x');
    assert_int_equal(console.dialog.kind, DIALOG_SURE);
    assert_non_null(strstr(console.dialog.question, "1 document"));
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    press(KEYCODE_ENTER);
    press('x');
    press('y');
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_SKIP);
    assert_int_equal(heard[0].select.by, SELECT_ONE);
}

static void a_file_that_is_there_is_replaced_only_by_a_yes(void **state)
{
    static const int answers[] = { KEYCODE_ENTER, KEYCODE_ESC, 'n', 'y' };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        refusal = "it is there";
        refusal_code = EEXIST;
        press('e');
        type("f.jsonl");
        press(KEYCODE_ENTER);
        assert_int_equal(console.dialog.kind, DIALOG_SURE);
        assert_true(is_shown("f.jsonl is there already. 408 failures would "
                             "replace it."));
        refusal = NULL;
        press(answers[i]);
        assert_int_equal(console.dialog.kind, DIALOG_NONE);
        assert_int_equal(heard_count, i == 3);
    }
    assert_int_equal(heard[0].kind, COMMAND_EXPORT);
    assert_true(heard[0].overwrite);
    assert_string_equal(heard[0].path, "f.jsonl");
}

static void skipping_all_says_how_many_documents(void **state)
{
    (void)state;
    press(':');
    type("skip");
    press(KEYCODE_ENTER);
    assert_non_null(strstr(console.dialog.question, "408 documents"));
    press(KEYCODE_ESC);
    assert_int_equal(heard_count, 0);
}

static void a_kind_is_counted_before_it_is_given_up_or_retried(void **state)
{
    static const char *const words[][2] = {
        { ":skip 400", "141 documents of kind \"400\" would" },
        { ":skip embed", "391 documents of kind \"embed\" would" },
        { ":skip rejected", "6 documents of kind \"rejected\" would" },
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        type(words[i][0]);
        press(KEYCODE_ENTER);
        assert_non_null(strstr(console.dialog.question, words[i][1]));
        press(KEYCODE_ESC);
    }
    type(":retry nonsense");
    press(KEYCODE_ENTER);
    assert_non_null(strstr(toast(), "nothing of kind \"nonsense\" is owed"));
    assert_int_equal(heard_count, 0);
}

static void tagged_failures_are_what_r_and_e_mean(void **state)
{
    (void)state;
    press('6');
    press(' ');
    press(' ');
    assert_int_equal(console.view.tags, 2);
    press('e');
    type("f.jsonl");
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_EXPORT);
    assert_string_equal(heard[0].path, "f.jsonl");
    assert_int_equal(heard[0].select.by, SELECT_TAGGED);
    assert_int_equal(heard[0].select.tags, 2);
    press('g');
    press(' ');
    press('r');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[1].kind, COMMAND_RETRY);
    assert_int_equal(heard[1].select.by, SELECT_TAGGED);
    assert_int_equal(heard[1].select.tags, 1);
    assert_int_equal(heard[1].select.tag[0].pos,
                     console.snap.failures[0].pos);
    assert_int_equal(console.view.tags, 0);
}

static void space_takes_a_tag_back_and_esc_takes_all(void **state)
{
    (void)state;
    press('6');
    press(' ');
    press('k');
    press(' ');
    assert_int_equal(console.view.tags, 0);
    press(' ');
    press(' ');
    press(KEYCODE_ESC); /* the message first */
    press(KEYCODE_ESC);
    assert_int_equal(console.view.tags, 0);
}

/* --- finding ------------------------------------------------------------------------------ */

static void a_filter_works_as_it_is_typed_and_esc_clears_it(void **state)
{
    (void)state;
    press('6');
    press('/');
    type("tokens");
    assert_string_equal(console.view.filter, "tokens");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 2);
    press(KEYCODE_ENTER);
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 2);
    press(KEYCODE_ESC);
    assert_string_equal(console.view.filter, "");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 9);
    press('/');
    type("!EMBED");
    assert_int_equal(console.view.pane[PANE_FAILURES].count, 3);
    press(KEYCODE_ESC);
    assert_string_equal(console.view.filter, "");
}

/* A failure whose number, from the first one on, is its document's. */
static void fail_one(uint64_t n)
{
    bool late = n % 1000 == 500;
    struct failure x = { .cause = { .stage = "embed",
                                    .kind = late ? ERROR_TIMEOUT
                                                 : ERROR_REFUSED },
                         .tries = 1, .pos = n, .wall_s = 1000,
                         .message = late ? "no answer" : "refused" };
    char id[24], words[40];

    snprintf(id, sizeof id, "doc-%llu", (unsigned long long)n);
    x.id = text_of(id);
    if (!late) { /* in words of its own, else they share a row */
        snprintf(words, sizeof words, "refused %s", id);
        x.message = words;
    }
    failure_log_final(journal, &x);
}

/* A log of so many failures, of which each 1,000th is a timeout. */
static int begin_long(void **state)
{
    journal = failure_log_new(5);
    for (uint64_t n = 1; n <= 9000; n++)
        fail_one(n);
    return begin(state);
}

static int end_long(void **state)
{
    (void)state;
    failure_log_free(journal);
    journal = NULL;
    return 0;
}

static const char *chosen(void)
{
    const struct failure_row *f = console_failure(&console);

    return f ? f->id : "";
}

static void n_and_N_go_on_looking_through_the_whole_log(void **state)
{
    (void)state;
    press('6');
    press('/');
    type("timeout");
    press(KEYCODE_ESC);
    press('g');
    press('n');
    assert_string_equal(chosen(), "doc-8500");
    console_key(&console, 'n'); /* both before the next moment */
    press('n');
    assert_string_equal(chosen(), "doc-6500");
    fail_one(9001);
    press('N');
    assert_string_equal(chosen(), "doc-7500");
    for (int i = 0; i < 9; i++)
        press('n');
    assert_string_equal(chosen(), "doc-500");
    assert_string_equal(toast(), "no \"timeout\" further down");
    for (int i = 0; i < 9; i++)
        press('N');
    assert_string_equal(chosen(), "doc-8500");
    assert_string_equal(toast(), "no \"timeout\" further up");
}

static void a_filter_goes_through_the_whole_log(void **state)
{
    (void)state;
    press('6');
    press('/');
    type("timeout");
    press(KEYCODE_ENTER);
    assert_true(is_shown("filter \"timeout\" 9 of 9,000   follow on"));
    press('G');
    assert_string_equal(chosen(), "doc-500");
    press('N'); /* each row is a match */
    assert_string_equal(chosen(), "doc-1500");
    press(' ');
    assert_int_equal(console.view.tag[0].pos, 1500);
    assert_string_equal(chosen(), "doc-500");
    press('k');
    press(KEYCODE_ENTER);
    assert_string_equal(console.dialog.row.id, "doc-1500");
    press(KEYCODE_ESC);
    press('z');
    assert_string_equal(chosen(), "doc-1500");
}

static void a_filtered_list_stands_still_and_counts_what_comes_into_it(
    void **state)
{
    (void)state;
    press('6');
    press('/');
    type("!refused");
    press(KEYCODE_ENTER);
    press('j');
    assert_string_equal(chosen(), "doc-7500");
    for (uint64_t n = 9001; n <= 9600; n++)
        fail_one(n);
    assert_true(is_shown("filter \"!refused\" 10 of 9,600   follow off   +1 new"));
    assert_string_equal(chosen(), "doc-7500");
    for (uint64_t n = 9601; n <= 12000; n++)
        fail_one(n);
    assert_true(is_shown("10 of the newest 10,000   follow off   +3 new"));
    assert_string_equal(chosen(), "doc-7500");
    press(KEYCODE_ESC);
    assert_true(is_shown("12,000 open   follow on"));
    assert_string_equal(chosen(), "doc-12000");
}

static void keys_that_come_at_once_act_as_one_by_one(void **state)
{
    static const char keys[] = "6/timeout\rj j";

    (void)state;
    for (const char *k = keys; *k; k++)
        console_key(&console, (unsigned char)*k);
    assert_int_equal(console.view.tags, 1);
    assert_int_equal(console.view.tag[0].pos, 7500);
    console_key(&console, KEYCODE_ENTER);
    assert_string_equal(console.dialog.row.id, "doc-5500");
    console_key(&console, KEYCODE_ESC);
    for (const char *k = "\33\33gnn"; *k; k++)
        console_key(&console, (unsigned char)*k);
    console_key(&console, KEYCODE_ENTER);
    assert_string_equal(console.dialog.row.id, "doc-7500");
}

/* 212 documents refused in one way, then another in its own. */
static int begin_alike(void **state)
{
    struct failure x = { .cause = { .stage = "embed", .kind = ERROR_REFUSED,
                                    .code = 400 },
                         .tries = 1, .message = "a text was refused",
                         .wall_s = 1000 };
    char id[24];

    journal = failure_log_new(5);
    for (x.pos = 1; x.pos <= 212; x.pos++) {
        snprintf(id, sizeof id, "doc-%d", (int)x.pos);
        x.id = text_of(id);
        failure_log_final(journal, &x);
    }
    fail_one(213);
    return begin(state);
}

static void documents_with_the_same_error_are_one_row(void **state)
{
    (void)state;
    press('6');
    assert_true(is_shown("213 open   follow on"));
    assert_true(is_shown("a text was refused"));
    assert_true(is_shown("×212  final"));
    press('j');
    assert_string_equal(chosen(), "doc-212");
    press(' ');
    assert_int_equal(console.view.tags, 0);
    assert_non_null(strstr(toast(), "212 documents are in this row"));
    press(KEYCODE_ENTER);
    assert_true(is_shown("the newest of 212 documents of which the row tells"));
    assert_true(is_shown("retry all 212 with this error"));
    press('y');
    assert_string_equal(console.copied, "doc-212");
    press(KEYCODE_ENTER);
    press('R');
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].select.by, SELECT_KIND);
    assert_string_equal(heard[0].select.kind, "embed/refused/400");
}

static void a_row_of_many_documents_gives_them_to_a_filter(void **state)
{
    (void)state;
    press('6');
    press('/');
    type("a text");
    press(KEYCODE_ENTER);
    assert_true(is_shown("filter \"a text\" 212 of 213"));
    press('j');
    press(' ');
    assert_int_equal(console.view.tags, 1);
    assert_int_equal(console.view.tag[0].pos, 211);
}

static void every_row_of_a_long_log_can_be_reached(void **state)
{
    (void)state;
    press('6');
    press('G');
    assert_string_equal(chosen(), "doc-1");
    press(KEYCODE_PAGE_UP);
    assert_true(console.view.failure_at >= 0);
    press('g');
    assert_string_equal(chosen(), "doc-9000");
}

static void workers_are_filtered_by_what_they_do(void **state)
{
    (void)state;
    press('2');
    press('/');
    type("wait");
    press(KEYCODE_ENTER);
    assert_int_equal(console.view.pane[PANE_EMBEDDERS].count, 1);
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_WORKER);
    assert_int_equal(console.dialog.worker, 4);
}

static void moving_away_from_the_newest_stops_following(void **state)
{
    (void)state;
    press('6');
    assert_true(console.view.follow);
    press('j');
    assert_false(console.view.follow);
    press('g');
    assert_true(console.view.follow);
    press('G');
    assert_false(console.view.follow);
    assert_int_equal(console.view.failure_at, 8);
    press('f');
    assert_true(console.view.follow);
    assert_int_equal(console.view.failure_at, 0);
}

static void sorting_walks_the_columns_and_turns_round(void **state)
{
    (void)state;
    press('2');
    press('s');
    assert_int_equal(console_worker(&console), 5); /* the fastest */
    press('S');
    assert_int_equal(console_worker(&console), 4); /* it waits */
    press('6');
    press('s');
    assert_non_null(strstr(toast(), "failures keep their order"));
}

static void left_and_right_walk_columns_and_long_messages(void **state)
{
    static const char longest[] = "a message that goes on and on, further than "
                                  "any row of a narrow screen could show it, to "
                                  "its very end";

    (void)state;
    press('2');
    press(KEYCODE_RIGHT);
    assert_string_equal(toast(), "sorted by docs/s");
    press(KEYCODE_LEFT);
    press(KEYCODE_LEFT);
    assert_string_equal(toast(), "sorted by state");
    snprintf(whole.failures[0].message, sizeof whole.failures[0].message, "%s",
             longest);
    press('6');
    press(KEYCODE_LEFT);
    assert_int_equal(console.view.shift, 0);
    for (int i = 0; i < 20; i++)
        press(KEYCODE_RIGHT);
    assert_true(is_shown("to its very end  "));
    assert_true(is_shown("input longer than 8,192 tokens (9,114)"));
    for (int i = 0; i < 20; i++)
        press(KEYCODE_LEFT);
    assert_true(is_shown("a message that goes on"));
    press('4');
    press(KEYCODE_RIGHT);
    assert_non_null(strstr(toast(), "nothing is wider than this pane"));
    assert_int_equal(heard_count, 0);
}

/* --- the ':' line ---------------------------------------------------------------------------- */

static void tab_completes_as_far_as_all_agree(void **state)
{
    (void)state;
    press(':');
    type("che");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "checkpoint");
    press(KEYCODE_CTRL_U);
    type("u");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "upsert-");
    type("w");
    press(KEYCODE_TAB);
    assert_string_equal(console.dialog.line.text, "upsert-workers ");
    press('2');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].knob, KNOB_UPSERT_WORKERS);
    assert_int_equal(heard[0].value, 2);
}

static void the_line_has_a_history(void **state)
{
    (void)state;
    press(':');
    type("batch 7");
    press(KEYCODE_ENTER);
    press(':');
    type("checkpoint");
    press(KEYCODE_ENTER);
    press(':');
    press(KEYCODE_UP);
    press(KEYCODE_UP);
    assert_string_equal(console.dialog.line.text, "batch 7");
    press(KEYCODE_DOWN);
    assert_string_equal(console.dialog.line.text, "checkpoint");
    press(KEYCODE_DOWN);
    assert_string_equal(console.dialog.line.text, "");
}

static void a_bad_line_says_what_is_wrong_and_does_nothing(void **state)
{
    static const char *const lines[][2] = {
        { "frobnicate 3", "there is no command \"frobnicate\"" },
        { "batch many", "embed-batch: \"many\" is no number" },
        { "workers", "embed-workers wants a number" },
        { "pause now", "\"now\" is no stage: read, embed or upsert" },
        { "drain now", "drain takes nothing behind it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        press(':');
        type(lines[i][0]);
        press(KEYCODE_ENTER);
        assert_non_null(strstr(toast(), lines[i][1]));
    }
    assert_int_equal(heard_count, 0);
}

static void without_room_for_a_dialog_there_is_the_line(void **state)
{
    static const struct {
        char key;
        const char *line;
    } cases[] = { { 'b', "embed-batch " }, { 'w', "embed-workers " },
                  { 'l', "rpm " }, { 'r', "retry " }, { 'q', "quit" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        draw(20, 5, NULL, "");
        console_key(&console, cases[i].key);
        assert_int_equal(console.dialog.kind, DIALOG_PROMPT);
        assert_string_equal(console.dialog.line.text, cases[i].line);
        console_key(&console, KEYCODE_ESC);
    }
    draw(20, 5, NULL, "");
    console_key(&console, 'q');
    console_key(&console, KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void the_line_takes_characters_of_any_length(void **state)
{
    (void)state;
    press(':');
    type("export ");
    press(0x8a18);
    press(0x1f600);
    press(0xe9);
    assert_string_equal(console.dialog.line.text,
                        "export \xe8\xa8\x98\xf0\x9f\x98\x80\xc3\xa9");
    press(KEYCODE_BACKSPACE);
    press(KEYCODE_BACKSPACE);
    assert_string_equal(console.dialog.line.text, "export \xe8\xa8\x98");
    for (int i = 0; i < 300; i++)
        press(0x8a18);
    assert_true(console.dialog.line.len < LINE_MAX_BYTES);
    assert_int_equal(console.dialog.line.len % 3, 1); /* whole ones only */
}

static void messages_can_be_read_again(void **state)
{
    (void)state;
    press('p');
    press('p');
    press(':');
    type("messages");
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_MESSAGES);
    assert_string_equal(messages_at(&console.messages, 1)->text, "heard 1");
    assert_string_equal(messages_at(&console.messages, 0)->text, "heard 2");
    for (int i = 0; i < 3 * MESSAGES_KEPT; i++)
        messages_add(&console.messages, 0, "again");
    assert_null(messages_at(&console.messages, MESSAGES_KEPT));
}

/* --- leaving --------------------------------------------------------------------------------- */

static void q_asks_and_esc_never_quits(void **state)
{
    (void)state;
    press('q');
    assert_int_equal(console.dialog.kind, DIALOG_LEAVE);
    for (int i = 0; i < 5; i++)
        press(KEYCODE_ESC);
    assert_int_equal(heard_count, 0);
    assert_false(console.left);
    press('q');
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
    press('q'); /* while it drains: stop now */
    assert_int_equal(heard[1].kind, COMMAND_STOP);
    assert_true(console.left);
}

static void the_leave_dialog_stops_or_detaches(void **state)
{
    (void)state;
    press('q');
    press('d');
    assert_true(console.detached);
    assert_false(console.left);
    assert_int_equal(heard_count, 0);
    press('q');
    press('s');
    assert_int_equal(heard[0].kind, COMMAND_STOP);
    assert_true(console.left);
}

/* Who only came to see must not end what others began by habit. */
static void a_guest_is_offered_to_detach_first(void **state)
{
    struct buf shown;

    (void)state;
    buf_init(&shown);
    console.guest = console.dialog.guest = true;
    press('q');
    draw(120, 40, &shown, "a guest");
    assert_non_null(strstr(buf_cstr(&shown), "batchtop attach corpus"));
    buf_release(&shown);
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    console.detached = false;
    press(KEYCODE_CTRL_C);
    assert_int_equal(console.dialog.kind, DIALOG_LEAVE);
    assert_int_equal(heard_count, 0);
    press('s');
    assert_int_equal(heard[0].kind, COMMAND_STOP);
}

static void a_guest_that_only_looks_leaves_at_once(void **state)
{
    (void)state;
    begin_with(SAMPLE_RUNNING, true);
    console.guest = console.dialog.guest = true;
    press('q');
    assert_true(console.detached);
    assert_false(console.left);
    assert_int_equal(heard_count, 0);
    type(":drain");
    press(KEYCODE_ENTER);
    assert_non_null(strstr(toast(), "there is no command \"drain\""));
    type(":quit!");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
}

static void quit_behind_the_colon_leaves_a_run_to_those_who_began_it(
    void **state)
{
    (void)state;
    console.guest = console.dialog.guest = true;
    type(":quit");
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    assert_int_equal(heard_count, 0);
    console.detached = false;
    type(":drain"); /* that is meant */
    press(KEYCODE_ENTER);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void q_leaves_at_once_when_nothing_is_under_way(void **state)
{
    (void)state;
    begin_with(SAMPLE_DONE_OWING, false);
    assert_false(console_ended(&console)); /* failures are owed */
    press('q');
    assert_true(console.left);
    assert_int_equal(heard_count, 0);
}

static void control_c_drains_then_stops_then_leaves(void **state)
{
    (void)state;
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_NOTHING);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
    assert_non_null(strstr(toast(), "^C again stops now"));
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_NOTHING);
    assert_int_equal(heard[1].kind, COMMAND_STOP);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_C), CONSOLE_ABANDON);
}

static void d_leaves_the_run_going(void **state)
{
    (void)state;
    press('d');
    assert_true(console.detached);
    console.detached = false;
    press(':');
    type("detach");
    press(KEYCODE_ENTER);
    assert_true(console.detached);
    assert_int_equal(console.dialog.kind, DIALOG_NONE);
    assert_int_equal(heard_count, 0);
}

/* --- looking only, and the rest -------------------------------------------------------------- */

static void a_console_that_only_looks_changes_nothing(void **state)
{
    static const char keys[] = "pbwl+-rRuce QXx";

    (void)state;
    begin_with(SAMPLE_RUNNING, true);
    press('6');
    for (size_t i = 0; keys[i]; i++) {
        press(keys[i]);
        assert_int_equal(console.dialog.kind, DIALOG_NONE);
    }
    press('j');
    press(KEYCODE_ENTER);
    assert_int_equal(console.dialog.kind, DIALOG_FAILURE);
    type("rRxe");
    press(KEYCODE_ESC);
    press(':');
    type("batch 5");
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 0);
    press('q');
    press(KEYCODE_ENTER);
    assert_int_equal(heard_count, 1);
    assert_int_equal(heard[0].kind, COMMAND_DRAIN);
}

static void an_unknown_key_is_answered_once_a_second(void **state)
{
    (void)state;
    begin_with(SAMPLE_RUNNING, true);
    press('p');
    assert_string_equal(toast(), "this console only looks (--read-only)");
    begin_with(SAMPLE_RUNNING, false);
    press('X');
    assert_string_equal(toast(), "? shows the keys");
    console.view.toast_kind = TOAST_NONE;
    press('X');
    assert_string_equal(toast(), "");
    console.snap.now_ms += 1100;
    press('X');
    assert_string_equal(toast(), "? shows the keys");
}

static void a_click_chooses_a_row_and_another_opens_it(void **state)
{
    const struct pane_view *p = &console.view.pane[PANE_FAILURES];
    struct mouse click;

    (void)state;
    click = (struct mouse){ p->list_row + 2, p->col + 10, 0 };
    console_mouse(&console, &click);
    draw(120, 40, NULL, "");
    assert_int_equal(console.view.focus, PANE_FAILURES);
    assert_int_equal(console.view.failure_at, 2);
    console_mouse(&console, &click);
    assert_int_equal(console.dialog.kind, DIALOG_FAILURE);
    press(KEYCODE_ESC);
    console_mouse(&console, &(struct mouse){ click.row, click.col, 1 });
    draw(120, 40, NULL, "");
    assert_int_equal(console.view.failure_at, 5);
}

static void the_keys_that_show_change_the_view_alone(void **state)
{
    (void)state;
    press('t');
    assert_true(console.view.ago);
    press('v');
    assert_int_equal(console.view.graph, GRAPH_ASCII);
    press('v');
    assert_int_equal(console.view.graph, GRAPH_BRAILLE);
    press('m');
    assert_true(console.mouse);
    press('m');
    assert_false(console.mouse);
    press('z');
    assert_true(console.view.zoomed);
    press('z');
    assert_false(console.view.zoomed);
    press(KEYCODE_TAB);
    assert_int_equal(console.view.focus, PANE_UPSERTERS);
    press(KEYCODE_BACK_TAB);
    press(KEYCODE_BACK_TAB);
    assert_int_equal(console.view.focus, PANE_PIPELINE);
    press(KEYCODE_BACK_TAB);
    assert_int_equal(console.view.focus, PANE_FAILURES);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_L), CONSOLE_REDRAW);
    assert_int_equal(console_key(&console, KEYCODE_CTRL_Z), CONSOLE_SUSPEND);
    assert_int_equal(heard_count, 0);
}

static void no_key_in_any_dialog_on_any_screen_draws_outside(void **state)
{
    static const char opens[] = "bwlr?q:/6";
    static const int sizes[][2] = { { 1, 1 },   { 3, 2 },   { 12, 3 },
                                    { 20, 5 },  { 40, 12 }, { 59, 13 },
                                    { 80, 24 }, { 300, 100 } };
    unsigned seed = 1;

    (void)state;
    for (size_t o = 0; opens[o]; o++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            begin_with((enum sample)((o + i) % SAMPLE_COUNT), false);
            console_key(&console, opens[o]);
            for (int k = 0; k < 40 && heard_count + 40 < HEARD; k++) {
                seed = seed * 1103515245 + 12345;
                console_key(&console, (int)(seed >> 16) % 127 + 1);
                draw(sizes[i][0], sizes[i][1], NULL, "");
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, begin)
#define LONG(name) cmocka_unit_test_setup_teardown(name, begin_long, end_long)
#define ALIKE(name) cmocka_unit_test_setup_teardown(name, begin_alike, end_long)
        T(each_dialog_fits_every_screen),
        T(enter_twice_reads_the_document_and_its_whole_error),
        T(a_document_can_be_read_where_nothing_may_be_done),
        T(a_key_before_the_next_drawing_means_the_row_chosen_now),
        T(y_copies_the_id_of_the_failure),
        T(a_typed_number_is_exact_and_a_step_walks_the_ladder),
        T(a_number_out_of_range_is_refused_beside_the_field),
        T(tune_opens_at_the_field_of_the_pane),
        T(zero_is_the_default_of_what_must_be_something),
        T(tune_estimates_only_what_follows_from_what_is_measured),
        T(zero_takes_a_rate_limit_away),
        T(plus_steps_the_batch_of_the_pane_at_most_four_times_a_second),
        T(undo_takes_the_last_change_back_once),
        T(undo_takes_all_back_that_tune_changed),
        T(undo_comes_too_late_after_half_a_minute),
        T(pause_and_resume_are_one_key_and_undo_each_other),
        T(the_stage_in_focus_is_paused_and_resumed_alone),
        T(an_undo_turns_the_stages_that_were_turned),
        T(the_line_names_a_stage),
        T(what_the_engine_refuses_stands_there_until_a_key),
        T(retry_ticks_what_is_worth_it_and_sends_kinds),
        T(a_retry_says_how_long_it_takes_or_that_nobody_knows),
        T(all_kinds_are_one_command),
        T(a_retry_says_when_and_in_what_requests),
        T(the_line_can_put_a_retry_off_to_the_end),
        T(a_retry_of_what_can_succeed_comes_behind_new_settings),
        T(what_was_rejected_is_retried_in_another_way),
        T(what_only_others_can_change_is_said_and_not_sent),
        T(a_retry_may_be_of_the_row_alone),
        T(nothing_ticked_sends_nothing),
        T(one_failure_can_be_retried_alone_or_with_its_kind),
        T(skipping_for_good_asks_and_no_is_the_harmless_answer),
        T(a_file_that_is_there_is_replaced_only_by_a_yes),
        T(skipping_all_says_how_many_documents),
        T(a_kind_is_counted_before_it_is_given_up_or_retried),
        T(tagged_failures_are_what_r_and_e_mean),
        T(space_takes_a_tag_back_and_esc_takes_all),
        T(a_filter_works_as_it_is_typed_and_esc_clears_it),
        LONG(n_and_N_go_on_looking_through_the_whole_log),
        LONG(a_filter_goes_through_the_whole_log),
        LONG(a_filtered_list_stands_still_and_counts_what_comes_into_it),
        LONG(keys_that_come_at_once_act_as_one_by_one),
        LONG(every_row_of_a_long_log_can_be_reached),
        ALIKE(documents_with_the_same_error_are_one_row),
        ALIKE(a_row_of_many_documents_gives_them_to_a_filter),
        T(workers_are_filtered_by_what_they_do),
        T(moving_away_from_the_newest_stops_following),
        T(sorting_walks_the_columns_and_turns_round),
        T(left_and_right_walk_columns_and_long_messages),
        T(tab_completes_as_far_as_all_agree),
        T(the_line_has_a_history),
        T(a_bad_line_says_what_is_wrong_and_does_nothing),
        T(without_room_for_a_dialog_there_is_the_line),
        T(the_line_takes_characters_of_any_length),
        T(messages_can_be_read_again),
        T(q_asks_and_esc_never_quits),
        T(the_leave_dialog_stops_or_detaches),
        T(a_guest_is_offered_to_detach_first),
        T(a_guest_that_only_looks_leaves_at_once),
        T(quit_behind_the_colon_leaves_a_run_to_those_who_began_it),
        T(q_leaves_at_once_when_nothing_is_under_way),
        T(control_c_drains_then_stops_then_leaves),
        T(d_leaves_the_run_going),
        T(a_console_that_only_looks_changes_nothing),
        T(an_unknown_key_is_answered_once_a_second),
        T(a_click_chooses_a_row_and_another_opens_it),
        T(the_keys_that_show_change_the_view_alone),
        T(no_key_in_any_dialog_on_any_screen_draws_outside),
#undef T
#undef LONG
#undef ALIKE
    };

    golden_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
