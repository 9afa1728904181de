/*
 * Each snapshot is drawn, keys are pressed on it, and plain mode writes its
 * lines. A sanitizer notices when one of them reads where it must not.
 */
#include "config.h"
#include "tests/support/onlooker.h"

#include <stdio.h>

#include "host/plain.h"
#include "tests/support/sample_snapshot.h"
#include "ui/console/console.h"

enum { ROWS = 40, COLS = 120 };

static struct console console;
static struct canvas *canvas;
static FILE *nowhere;

static bool hear(void *to, const struct command *c, char *said,
                 size_t said_size, struct error *err)
{
    (void)to;
    (void)c;
    (void)err;
    snprintf(said, said_size, "heard");
    return true;
}

/* Nothing newer than what the console has. */
static bool look(void *to, struct snapshot *s)
{
    (void)to;
    (void)s;
    return false;
}

bool onlooker_begin(void)
{
    static const struct door to = { NULL, hear, look };

    console_init(&console, &to, false);
    console.wall_s = SAMPLE_WALL_S;
    canvas = canvas_new(ROWS, COLS, false);
    nowhere = fopen("/dev/null", "w");
    return canvas && nowhere;
}

void onlooker_end(void)
{
    canvas_free(canvas);
    fclose(nowhere);
}

bool onlooker_use(const struct snapshot *s)
{
    static const char keys[] = "b+q\tr q2\tG\r q3\r6jj\r\rq?q[zz";
    static size_t turn;
    struct plain *plain = plain_new(nowhere, &(struct options){ 0 });
    int row, col;

    console.snap = *s;
    console_see(&console);
    console_draw(&console, canvas, &row, &col);
    console_key(&console, (unsigned char)keys[turn++ % (sizeof keys - 1)]);
    console_draw(&console, canvas, &row, &col);
    if (!plain)
        return false;
    plain_look(plain, s);
    plain_status(nowhere, s);
    plain_free(plain);
    return true;
}
