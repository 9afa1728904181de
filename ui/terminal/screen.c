/*
 * This file takes the terminal and paints it. For crash safety it prepares the
 * bytes that give the terminal back at the start. The handlers of SEGV, BUS,
 * FPE, ILL and ABRT only write them and restore the saved modes, then the
 * signal takes its course.
 */
#include "config.h"
#include "ui/terminal/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "ui/terminal/input.h"
#include "ui/terminal/outlet.h"
#include "util/base64.h"

struct screen {
    SCREEN *curses;
    struct outlet *out;
    struct app_options opt;
    int rows, cols;
    bool ascii, whole;
    struct canvas *painted; /* what the terminal shows */
    int log_fd, old_stderr;
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT];
};

/* For the crash handler: a process has one terminal. */
static struct termios saved_modes;
static volatile sig_atomic_t taken;
static const char restore[] = "\033[?1000l\033[?1006l\033[?2004l\033[0m"
                              "\033[?25h\033[?1l\033>\033[?1049l\r\n";

static void on_crash(int signo)
{
    if (taken) {
        taken = 0;
        tcflush(STDOUT_FILENO, TCOFLUSH);
        if (write(STDOUT_FILENO, restore, sizeof restore - 1) < 0)
            tcflush(STDOUT_FILENO, TCOFLUSH);
        tcsetattr(STDOUT_FILENO, TCSANOW, &saved_modes);
    }
    raise(signo); /* SA_RESETHAND: the default action now */
}

static void guard_crashes(void)
{
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    struct sigaction act = { .sa_handler = on_crash };

    act.sa_flags = (int)SA_RESETHAND;
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigaction(crashes[i], &act, NULL);
}

bool screen_possible(void)
{
    const char *term = getenv("TERM");
    bool able;
    int status;

    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !term || !*term ||
        strcmp(term, "dumb") == 0)
        return false;
    if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
        return false;
    able = cursor_address && clear_screen;
    del_curterm(cur_term);
    return able;
}

/* --- colours -------------------------------------------------------------- */

static const short colors[HUE_COUNT] = {
    [HUE_DEFAULT] = -1,           [HUE_RED] = COLOR_RED,
    [HUE_GREEN] = COLOR_GREEN,    [HUE_YELLOW] = COLOR_YELLOW,
    [HUE_MAGENTA] = COLOR_MAGENTA, [HUE_CYAN] = COLOR_CYAN,
};

static attr_t screen_attributes(unsigned attrs)
{
    return (attrs & ATTR_BOLD ? A_BOLD : 0) |
           (attrs & ATTR_REVERSE ? A_REVERSE : 0) |
           (attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0) |
           (attrs & ATTR_DIM ? A_DIM : 0);
}

static bool wants_color(const struct app_options *opt)
{
    const char *no_color = getenv("NO_COLOR");

    if (opt->high_contrast || opt->color == APP_COLOR_NEVER)
        return false;
    return opt->color == APP_COLOR_ALWAYS || !no_color || !*no_color;
}

static void make_styles(struct screen *s)
{
    enum theme theme = THEME_COLOR;

    if (!wants_color(&s->opt) || !has_colors() || start_color() != OK ||
        use_default_colors() != OK)
        theme = s->opt.high_contrast ? THEME_CONTRAST : THEME_MONO;
    for (short i = 1; theme == THEME_COLOR && i < HUE_COUNT; i++)
        init_pair(i, colors[i], -1);
    for (int i = 0; i < STYLE_COUNT; i++) {
        struct attributes a = theme_attributes(theme, (enum style)i);

        s->attributes[i] = screen_attributes(a.attrs);
        s->pairs[i] = theme == THEME_COLOR ? (short)a.color : 0;
    }
}

/* --- taking and giving back ----------------------------------------------- */

/* Libraries that write to stderr would tear the screen: keep it for later. */
static void divert_stderr(struct screen *s)
{
    char name[] = "/tmp/batchtop-XXXXXX";

    s->old_stderr = -1;
    s->log_fd = mkstemp(name);
    if (s->log_fd < 0)
        return;
    unlink(name);
    s->old_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (s->old_stderr >= 0)
        dup2(s->log_fd, STDERR_FILENO);
}

static void return_stderr(struct screen *s)
{
    char tail[2048];
    off_t size;
    ssize_t n;

    if (s->old_stderr < 0)
        return;
    fflush(stderr);
    dup2(s->old_stderr, STDERR_FILENO);
    close(s->old_stderr);
    size = lseek(s->log_fd, 0, SEEK_END);
    n = pread(s->log_fd, tail, sizeof tail,
              size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0);
    for (ssize_t i = 0; i < n; i++) /* no escapes of others */
        if ((unsigned char)tail[i] < 0x20 && tail[i] != '\n')
            tail[i] = '?';
    if (n > 0 && write(STDERR_FILENO, tail, (size_t)n) < 0)
        errno = 0;
    close(s->log_fd);
}

static void set_modes(void)
{
    raw(); /* ^C and ^Z come as keys: the screen says what they do */
    noecho();
    nonl();
    curs_set(0);
    set_escdelay(25);
    intrflush(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    typeahead(-1); /* a frame is small: no key cuts it short */
}

struct screen *screen_open(const struct app_options *opt, struct error *err)
{
    struct screen *s = calloc(1, sizeof *s);
    struct winsize size;

    if (!s) {
        error_memory(err, "for a screen");
        return NULL;
    }
    s->opt = *opt;
    s->ascii = opt->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    tcgetattr(STDOUT_FILENO, &saved_modes);
    use_tioctl(TRUE);
    s->out = outlet_open();
    s->curses = s->out ? newterm(NULL, outlet_stream(s->out), stdin) : NULL;
    if (!s->curses || !input_open()) {
        error_set(err, ERROR_CONFIG, 0,
                  "this terminal cannot show the console; --plain does "
                  "without");
        screen_close(s);
        return NULL;
    }
    taken = 1;
    guard_crashes();
    set_modes();
    /* Until it has come back from shell mode once, curses (6.4) writes at every
     * move of the cursor. Do that before it knows of colours, or it would reset
     * the terminal's palette, which may be the user's own. */
    def_prog_mode();
    endwin();
    doupdate();
    input_begin();
    make_styles(s);
    divert_stderr(s);
    s->whole = true;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        resize_term(size.ws_row, size.ws_col);
    getmaxyx(stdscr, s->rows, s->cols);
    return s;
}

static int put_byte(int byte)
{
    char c = (char)byte;

    return write(STDOUT_FILENO, &c, 1) == 1 ? byte : EOF;
}

static void screen_put_capability(const char *capability)
{
    if (capability)
        tputs(capability, 1, put_byte);
}

static bool screen_is_writable(void)
{
    struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

    return poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT);
}

void screen_close(struct screen *s)
{
    if (!s)
        return;
    if (s->curses) {
        bool stuck = !outlet_ready(s->out);

        if (stuck) {
            /* Nobody reads: drop what waits and do not block on more. */
            tcflush(STDOUT_FILENO, TCOFLUSH);
            if (taken && screen_is_writable() &&
                write(STDOUT_FILENO, restore, sizeof restore - 1) < 0)
                errno = 0;
            tcsetattr(STDOUT_FILENO, TCSANOW, &saved_modes);
        } else {
            /* A terminal that grew in between may keep some of this screen when
             * it goes back to the other one (tmux does). */
            screen_put_capability(exit_attribute_mode);
            screen_put_capability(clear_screen);
            curs_set(1);
            endwin();
        }
        taken = 0;
        input_close();
        return_stderr(s);
        if (!stuck)
            delscreen(s->curses);
        canvas_free(s->painted);
    }
    outlet_close(s->out);
    free(s);
}

void screen_size(const struct screen *s, int *rows, int *cols)
{
    *rows = s->rows;
    *cols = s->cols;
}

bool screen_ascii(const struct screen *s)
{
    return s->ascii;
}

void screen_resize(struct screen *s)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 ||
        size.ws_col == 0)
        return;
    /* Not resizeterm(), which answers with a KEY_RESIZE each time. */
    resize_term(size.ws_row, size.ws_col);
    getmaxyx(stdscr, s->rows, s->cols);
    screen_redraw(s); /* the terminal moved things by itself */
}

void screen_redraw(struct screen *s)
{
    s->whole = true;
    /* A frame ends with attributes off, but if others have written since, it
     * would be cleared in their colours. */
    if (outlet_ready(s->out))
        screen_put_capability(exit_attribute_mode);
    clearok(curscr, TRUE);
}

/* --- for a while ---------------------------------------------------------- */

/* Not by endwin(), after which curses resets the terminal's palette, which may
 * be the user's own. */
static void screen_give_back(struct screen *s, const char *line)
{
    outlet_drop(s->out); /* the next paint is a whole one */
    if (!outlet_ready(s->out))
        tcflush(STDOUT_FILENO, TCOFLUSH);
    if (screen_is_writable()) {
        screen_put_capability(exit_attribute_mode);
        screen_put_capability(cursor_normal);
        screen_put_capability(exit_ca_mode);
        reset_shell_mode();
        if (write(STDOUT_FILENO, line, strlen(line)) < 0)
            errno = 0;
    }
    taken = 0;
}

void screen_retake(struct screen *s)
{
    reset_prog_mode();
    taken = 1;
    if (screen_is_writable()) {
        screen_put_capability(
            cursor_normal); /* some save the cursor with the screen behind */
        screen_put_capability(enter_ca_mode);
        screen_put_capability(cursor_invisible);
        input_begin();
    }
    screen_resize(s);
    screen_redraw(s);
}

void screen_suspend(struct screen *s, const char *line)
{
    screen_give_back(s, line);
    raise(SIGSTOP);
    def_shell_mode(); /* it may have other modes now */
    tcgetattr(STDOUT_FILENO, &saved_modes);
    screen_retake(s);
}

/* OSC 52 in base64, so that no byte of the text itself reaches the terminal. */
void screen_copy(struct screen *s, const char *text)
{
    char out[128] = "\033]52;c;", *end = out + strlen(out);
    size_t most = (sizeof out - strlen(out) - 1) / 4 * 3;
    size_t len = strlen(text);

    end = base64_encode(end, text, len < most ? len : most);
    *end++ = '\a';
    outlet_put(s->out, out, (size_t)(end - out));
}

void screen_ring(struct screen *s)
{
    outlet_put(s->out, "\a", 1);
}

/* --- painting ------------------------------------------------------------- */

static void put_cell(const struct screen *s, int row, int col,
                     const struct cell *cell)
{
    wchar_t wide[CCHARW_MAX + 1] = { L' ' };
    const char *from = cell->text;
    mbstate_t state = { 0 };
    cchar_t out;

    if (cell->width == 0)
        return; /* the right half of the character before */
    if (mbsrtowcs(wide, &from, CCHARW_MAX, &state) == (size_t)-1)
        wcscpy(wide, L"?");
    setcchar(&out, wide, s->attributes[cell->style], s->pairs[cell->style],
             NULL);
    mvadd_wch(row, col, &out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->style == b->style && a->width == b->width &&
           strcmp(a->text, b->text) == 0;
}

static void paint_row(struct screen *s, const struct canvas *c, int row)
{
    for (int col = 0; col < c->cols; col++) {
        const struct cell *now = canvas_cell(c, row, col);
        struct cell *old = canvas_cell(s->painted, row, col);

        if (!s->whole && same_cell(now, old))
            continue;
        put_cell(s, row, col, now);
        *old = *now;
    }
}

static bool screen_follow_size(struct screen *s, const struct canvas *c)
{
    if (!s->painted)
        s->painted = canvas_new(c->rows, c->cols, false);
    if (!s->painted)
        return false;
    if (s->painted->rows == c->rows && s->painted->cols == c->cols)
        return true;
    s->whole = true;
    return canvas_resize(s->painted, c->rows, c->cols);
}

static void send_frame(struct screen *s)
{
    outlet_gather(s->out);
    doupdate();
    if (!outlet_send(s->out))
        screen_redraw(s);
}

bool screen_paint(struct screen *s, const struct canvas *c, int cursor_row,
                  int cursor_col)
{
    if (!outlet_ready(s->out) || !screen_follow_size(s, c))
        return false;
    if (s->whole)
        erase();
    for (int row = 0; row < c->rows && row < s->rows; row++)
        paint_row(s, c, row);
    s->whole = false;
    if (cursor_row < 0 || cursor_row >= s->rows || cursor_col >= s->cols)
        move(s->rows - 1, s->cols - 1);
    else
        move(cursor_row, cursor_col);
    wnoutrefresh(stdscr);
    send_frame(s);
    return !outlet_waits(s->out);
}

enum screen_event screen_wait(struct screen *s, int wake_fd, int timeout_ms)
{
    int out = outlet_waits(s->out) ? outlet_fd(s->out) : -1;
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                            { .fd = wake_fd, .events = POLLIN },
                            { .fd = out, .events = POLLOUT } };
    int n = poll(fds, 3, timeout_ms);

    if (n <= 0)
        return SCREEN_NOTHING;
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        return SCREEN_GONE;
    if (fds[0].revents & POLLIN)
        return SCREEN_KEY;
    return fds[1].revents ? SCREEN_WOKEN : SCREEN_NOTHING;
}
