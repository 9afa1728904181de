/* The console by its keys, with a door that only writes down what it hears. */
#include "config.h"
#include "tests/support/console/console_tools.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>

#include "remote/wire.h"

struct console console;
struct command heard[HEARD];
size_t heard_count;
const char *refusal; /* what the door says instead of yes */
int refusal_code;
struct snapshot whole;
/* A long log instead of the sample's; or NULL. */
struct failure_log *journal;

static bool hear(void *run, const struct command *c, char *said,
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
static bool answer_again(void *run, struct snapshot *s)
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

void console_tools_draw(int cols, int rows, struct buf *to, const char *what)
{
    struct canvas *c = canvas_new(rows, cols, false);
    int row, col;

    answer_again(NULL, &console.snap);
    console_see(&console);
    console_draw(&console, c, &row, &col);
    assert_true(row < rows && col < cols);
    if (to)
        golden_text(to, what, c);
    canvas_free(c);
}

void console_begin_with(enum sample which, bool read_only)
{
    static const struct door to = { .command = hear, .snapshot = answer_again };

    heard_count = 0;
    refusal = NULL;
    refusal_code = 0;
    console_init(&console, &to, read_only);
    console.wall_s = SAMPLE_WALL_S;
    sample_snapshot(&console.snap, which);
    whole = console.snap;
    console_tools_draw(120, 40, NULL, "");
}

int console_begin(void **state)
{
    (void)state;
    console_begin_with(SAMPLE_RUNNING, false);
    return 0;
}

void press(int key)
{
    console_key(&console, key);
    console_tools_draw(120, 40, NULL, "");
}

void type(const char *text)
{
    for (; *text; text++)
        press((unsigned char)*text);
}

const char *toast(void)
{
    return console.view.toast_kind == TOAST_NONE ? "" : console.view.toast;
}

/* Somewhere on the screen. */
bool is_shown(const char *words)
{
    struct buf text;
    bool found;

    buf_init(&text);
    console_tools_draw(120, 40, &text, "");
    buf_putc(&text, '\0');
    found = strstr(text.data, words) != NULL;
    buf_release(&text);
    return found;
}

void console_golden(const char *name, const char *keys)
{
    static const int sizes[][2] = { { 120, 40 }, { 80, 24 }, { 40, 12 } };
    struct buf out;

    buf_init(&out);
    for (; *keys; keys++)
        press(*keys == '\n' ? KEYCODE_ENTER : (unsigned char)*keys);
    for (size_t i = 0; i < 3; i++)
        console_tools_draw(sizes[i][0], sizes[i][1], &out, name);
    golden_check(name, &out);
    buf_release(&out);
}

const char *open_dialog(void)
{
    return console.dialog.ops ? console.dialog.ops->name : "";
}
