/*
 * Tests of the room that talks to the kernel: files and key files, memory of
 * the machine and of control groups, clocks, threads and monitors.
 */
#include "config.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "tests/support/await.h"
#include "tests/support/home.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static const char *written(const char *name, const void *bytes, size_t n)
{
    const char *path = in_home(name);

    write_file(path, bytes, n);
    return path;
}

static const char *write_text(const char *name, const char *text)
{
    return written(name, text, strlen(text));
}

/* --- files --- */

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    static char data[200000];
    const char *path;
    struct error err = { 0 };
    struct buf b;

    (void)state;
    memset(data, 'x', sizeof data);
    path = written("f", data, sizeof data);
    buf_init(&b);
    buf_puts(&b, "kept ");
    assert_false(file_slurp(path, sizeof data - 1, &b, &err));
    assert_non_null(strstr(err.text, "larger than the 199999 bytes"));
    assert_string_equal(buf_cstr(&b), "kept ");
    assert_true(file_slurp(path, sizeof data, &b, &err));
    assert_int_equal(b.len, sizeof data + 5);
    assert_memory_equal(b.data + 5, data, sizeof data);
    assert_false(file_slurp(in_home("none\n"), 10, &b, &err));
    assert_non_null(strstr(err.text, "none<0A>: No such file"));
    assert_false(file_slurp(home, 10, &b, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    buf_release(&b);
}

static void SE_02_only_a_key_file_of_mode_0600_or_less_is_taken(void **state)
{
    const char *path = write_text("key", "secret-key\r\nmore\n");
    struct error err;
    struct buf b;

    (void)state;
    buf_init(&b);
    for (mode_t mode = 0; mode < 01000; mode++) {
        bool safe = (mode & 077) == 0;

        /* Root reads what the owner may not: those modes prove nothing. */
        if (!(mode & 0400))
            continue;
        assert_int_equal(chmod(path, mode), 0);
        buf_clear(&b);
        memset(&err, 0, sizeof err);
        assert_int_equal(file_read_key(path, &b, &err), safe);
        assert_string_equal(buf_cstr(&b), safe ? "secret-key" : "");
        if (!safe) {
            assert_int_equal(err.kind, ERROR_CONFIG);
            assert_non_null(strstr(err.text, "chmod 600"));
            assert_null(strstr(err.text, "secret"));
        }
    }
    buf_release(&b);
}

static void refuse_key(const char *path, const char *because)
{
    struct error err = { 0 };
    struct buf b;

    buf_init(&b);
    assert_false(file_read_key(path, &b, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, because))
        fail_msg("\"%s\" does not say \"%s\"", err.text, because);
    assert_int_equal(b.len, 0);
    buf_release(&b);
}

static void SE_02_links_devices_and_strangers_files_are_no_key_files(
    void **state)
{
    const char *key = write_text("key", "secret\n");

    (void)state;
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(symlink(key, in_home("link")), 0);
    refuse_key(in_home("link"), "symbolic link");
    assert_int_equal(mkfifo(in_home("fifo"), 0600), 0);
    refuse_key(in_home("fifo"), "regular file");
    refuse_key(home, "regular file");
    refuse_key(in_home("missing"), "No such file");
    if (geteuid() == 0) {
        assert_int_equal(chown(in_home("key"), 12345, 12345), 0);
        refuse_key(in_home("key"), "another user");
    }
}

static void a_key_is_one_line_of_printable_characters(void **state)
{
    struct error err = { 0 };
    struct buf b;

    (void)state;
    umask(077);
    refuse_key(write_text("a", ""), "empty");
    refuse_key(write_text("b", "\r\nkey\n"), "empty");
    refuse_key(write_text("c", "ab\tcd\n"), "control character");
    refuse_key(written("d", "ab\0cd", 5), "control character");
    buf_init(&b);
    buf_puts(&b, "Bearer ");
    assert_true(file_read_key(write_text("e", "no-newline"), &b, &err));
    assert_string_equal(buf_cstr(&b), "Bearer no-newline");
    buf_release(&b);
}

static void a_path_is_made_with_all_its_parents(void **state)
{
    struct error err = { 0 };
    struct stat st;

    (void)state;
    assert_true(file_make_dir(in_home("a/b//c/"), &err));
    assert_true(file_make_dir(in_home("a/b/c"), &err));
    assert_int_equal(stat(in_home("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    write_text("a/file", "");
    assert_false(file_make_dir(in_home("a/file/d"), &err));
    assert_non_null(strstr(err.text, "in the way"));
    assert_false(file_make_dir("", &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
}

/* As nobody when we are root, for whom all is allowed. */
static void LD_22_that_no_file_can_be_made_is_told_by_the_kernels_reason(
    void **state)
{
    struct error err = { 0 };
    uid_t us = geteuid();
    const char *path = write_text("f", "");

    (void)state;
    assert_true(file_writable(path, &err));
    assert_true(file_writable(in_home("new"), &err));
    assert_int_equal(access(in_home("new.probe"), F_OK), -1);
    assert_int_equal(chmod(home, 0555), 0);
    assert_true(us != 0 || seteuid(65534) == 0);
    assert_false(file_writable(in_home("new"), &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_int_equal(err.code, EACCES);
    assert_non_null(strstr(err.text, "new: Permission denied"));
    assert_true(us != 0 || seteuid(us) == 0);
    assert_int_equal(chmod(home, 0755), 0);
    assert_false(file_writable(in_home("none/new"), &err));
    assert_int_equal(err.code, ENOENT);
}

static int is_text(const struct dirent *d)
{
    return strstr(d->d_name, ".txt") != NULL;
}

static void an_open_folder_is_listed_in_order_and_as_wanted(void **state)
{
    struct dirent **names = NULL;
    int dir, n;

    (void)state;
    write_text("b.txt", "b");
    write_text("a.txt", "a");
    write_text("c.md", "c");
    dir = open(in_home("."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    n = file_scan(dir, &names, is_text, alphasort);
    assert_int_equal(n, 2);
    assert_string_equal(names[0]->d_name, "a.txt");
    assert_string_equal(names[1]->d_name, "b.txt");
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    close(dir);
    assert_int_equal(file_scan(dir, &names, is_text, alphasort), -1);
}

static void waiting_for_a_file_ends_when_told_to_stop(void **state)
{
    struct error err = { 0 };
    int data[2], stop[2];
    char got[8];

    (void)state;
    assert_int_equal(pipe(data), 0);
    assert_int_equal(pipe(stop), 0);
    assert_true(file_write_all(data[1], "abc", 3, &err));
    assert_int_equal(file_wait(data[0], stop[0]), 1);
    assert_int_equal(file_wait(data[0], -1), 1);
    assert_true(file_write_all(stop[1], "!", 1, &err));
    assert_int_equal(file_wait(data[0], stop[0]), 0);
    close(data[1]);
    assert_int_equal(file_read(data[0], got, sizeof got), 3);
    assert_int_equal(file_wait(data[0], -1), 1); /* the end is readable */
    assert_int_equal(file_read(data[0], got, sizeof got), 0);
    close(data[0]);
    assert_int_equal(file_wait(data[0], -1), -1);
    assert_int_equal(file_read(data[0], got, sizeof got), -1);
    assert_false(file_write_all(data[0], "x", 1, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    close(stop[0]);
    close(stop[1]);
}

enum { FLOOD = 1 << 20 };

struct flood {
    int fd;
    bool waited;
    unsigned char bytes[FLOOD];
    long got;
};

static bool is_full(int fd)
{
    int held = 0;

    return ioctl(fd, FIONREAD, &held) == 0 && held == fcntl(fd, F_GETPIPE_SZ);
}

static void *drink(void *arg)
{
    struct flood *f = arg;

    /* The pipe is full, and a signal finds the writer waiting. */
    f->waited = comes_true(is_full(f->fd) && is_asleep(getpid()));
    f->got = file_read(f->fd, f->bytes, sizeof f->bytes);
    return NULL;
}

static void wake(int signo)
{
    (void)signo;
}

/* A pipe takes less than it is offered, and signals come between. */
static void flood(int flags)
{
    static struct flood f;
    static unsigned char bytes[FLOOD];
    struct error err = { 0 };
    pthread_t thread;
    int ends[2];

    for (size_t i = 0; i < FLOOD; i++)
        bytes[i] = (unsigned char)(i * 7919 >> 8);
    memset(f.bytes, 0, sizeof f.bytes);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
    f.fd = ends[0];
    assert_true(thread_start(&thread, "drink", drink, &f, &err));
    assert_true(file_write_all(ends[1], bytes, FLOOD, &err));
    close(ends[1]);
    await_thread(thread);
    close(ends[0]);
    assert_true(f.waited);
    assert_int_equal(f.got, FLOOD);
    assert_memory_equal(f.bytes, bytes, FLOOD);
}

static void LD_05_what_is_written_in_part_is_written_on(void **state)
{
    const struct itimerval often = { { 0, 100 }, { 0, 100 } };
    struct itimerval usual;
    struct sigaction now = { .sa_handler = wake }, before; /* no restart */

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &now, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, &usual), 0);
    flood(0);
    flood(O_NONBLOCK);
    assert_int_equal(setitimer(ITIMER_REAL, &usual, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

/* --- memory --- */

static void write_machine(const char *available_kb)
{
    char text[256];

    snprintf(text, sizeof text,
             "MemTotal:       1000000 kB\nMemFree:          100000 kB\n"
             "MemAvailable:    %s kB\nBuffers:           1156 kB\n",
             available_kb);
    write_text("meminfo", text);
}

static void write_group(const char *dir, const char *max, const char *current,
                        const char *inactive)
{
    char name[64], text[128];

    mkdir(in_home(dir), 0700);
    snprintf(name, sizeof name, "%s/cgroup.controllers", dir);
    write_text(name, "memory\n");
    snprintf(name, sizeof name, "%s/memory.max", dir);
    write_text(name, max);
    snprintf(name, sizeof name, "%s/memory.current", dir);
    write_text(name, current);
    snprintf(name, sizeof name, "%s/memory.stat", dir);
    snprintf(text, sizeof text, "anon 5\nactive_file 7\ninactive_file %s\n",
             inactive);
    write_text(name, text);
}

static struct memory_use look(const char *group)
{
    struct memory_files files = { in_home("meminfo"), in_home(group) };
    struct memory_use m = { 0 };

    assert_true(memory_read(&files, &m));
    return m;
}

static void used_memory_is_what_is_not_available(void **state)
{
    struct memory_use m;

    (void)state;
    write_machine("600000");
    m = look("no-group");
    assert_false(m.cgroup);
    assert_true(m.used_pct > 39.99 && m.used_pct < 40.01);
    assert_int_equal(m.used_bytes, UINT64_C(400000) * 1024);
    assert_int_equal(m.total_bytes, UINT64_C(1000000) * 1024);
    assert_true(m.rss_bytes > 100000);
}

static void a_fuller_control_group_counts_without_its_page_cache(void **state)
{
    struct memory_use m;

    (void)state;
    write_machine("600000");
    write_group("g", "1000000\n", "900000\n", "150000");
    m = look("g");
    assert_true(m.cgroup);
    assert_int_equal(m.used_bytes, 750000);
    assert_int_equal(m.total_bytes, 1000000);
    assert_true(m.used_pct == 75);
    write_group("g", "1000000\n", "100000\n", "150000");
    assert_false(look("g").cgroup);
    write_group("g", "max\n", "900000000\n", "0");
    assert_false(look("g").cgroup);
    write_machine("100000");
    write_group("g", "1000000\n", "800000\n", "0");
    assert_false(look("g").cgroup);
}

static void the_limit_of_an_ancestor_binds_too(void **state)
{
    struct memory_use m;

    (void)state;
    write_machine("900000");
    write_group("g", "max\n", "0\n", "0");
    write_group("g/h", "2000000\n", "1800000\n", "0");
    write_group("g/h/i", "1000000\n", "300000\n", "0");
    write_group("g/h/i/j", "max\n", "300000\n", "0");
    m = look("g/h/i/j");
    assert_true(m.cgroup);
    assert_int_equal(m.total_bytes, 2000000);
    assert_true(m.used_pct == 90);
}

static void without_numbers_from_the_kernel_there_is_no_answer(void **state)
{
    struct memory_files files = { in_home("meminfo"), home };
    struct memory_use m = { 0 };

    (void)state;
    assert_false(memory_read(&files, &m));
    write_text("meminfo", "MemTotal: 1000 kB\n");
    assert_false(memory_read(&files, &m));
    write_text("meminfo", "MemTotal: 0 kB\nMemAvailable: 0 kB\n");
    assert_false(memory_read(&files, &m));
    write_text("meminfo", "MemTotal: 10 kB\nMemAvailable: 20 kB\n");
    assert_true(memory_read(&files, &m));
    assert_true(m.used_pct == 0);
}

static void the_real_machine_answers(void **state)
{
    struct memory_use m = { 0 };

    (void)state;
    assert_true(memory_read(NULL, &m));
    assert_true(m.used_pct > 0 && m.used_pct <= 100);
    assert_true(m.used_bytes <= m.total_bytes);
    assert_true(cpu_used_ms() >= 0);
}

/* --- threads --- */

struct shared {
    struct monitor m;
    int turn;
    bool blocked, faults_open;
    char name[32];
};

static void *look_around(void *arg)
{
    struct shared *s = arg;
    sigset_t now;

    pthread_sigmask(SIG_BLOCK, NULL, &now);
    monitor_lock(&s->m);
    s->blocked = sigismember(&now, SIGINT) && sigismember(&now, SIGTERM) &&
                 sigismember(&now, SIGWINCH) && sigismember(&now, SIGCHLD);
    s->faults_open = !sigismember(&now, SIGSEGV) && !sigismember(&now, SIGBUS);
    while (s->turn < 1)
        monitor_wait(&s->m, -1);
    pthread_getname_np(pthread_self(), s->name, sizeof s->name);
    s->turn = 2;
    monitor_wake_all(&s->m);
    monitor_unlock(&s->m);
    return s;
}

static void a_thread_has_a_name_and_signals_pass_it_by(void **state)
{
    struct shared s = { .turn = 0 };
    struct error err = { 0 };
    sigset_t now;
    void *result;
    pthread_t t;

    (void)state;
    monitor_init(&s.m);
    assert_true(thread_start(&t, "a name that is far too long", look_around,
                             &s, &err));
    monitor_lock(&s.m);
    s.turn = 1;
    monitor_wake_all(&s.m);
    while (s.turn < 2)
        assert_true(monitor_wait(&s.m, clock_ms() + AWAIT_MS));
    monitor_unlock(&s.m);
    result = await_thread(t);
    assert_ptr_equal(result, &s);
    assert_true(s.blocked);
    assert_true(s.faults_open);
    assert_string_equal(s.name, "a name that is ");
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    assert_false(sigismember(&now, SIGINT));
    monitor_release(&s.m);
}

static void *measure_stack(void *arg)
{
    pthread_attr_t attr;

    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return NULL;
    pthread_attr_getstacksize(&attr, arg);
    pthread_attr_destroy(&attr);
    return arg;
}

/* musl would give 128 KiB, glibc what the shell's limit is. */
static void a_thread_has_the_stack_that_is_asked_for(void **state)
{
    struct error err = { 0 };
    size_t stack = 0;
    pthread_t t;

    (void)state;
    assert_true(thread_start(&t, "measure", measure_stack, &stack, &err));
    assert_ptr_equal(await_thread(t), &stack);
    assert_in_range(stack, 500 << 10, 1 << 20);
}

static void a_wait_ends_at_its_instant_and_not_before(void **state)
{
    struct monitor m;
    int64_t start = clock_ms(), until = start + 30;

    (void)state;
    monitor_init(&m);
    monitor_lock(&m);
    while (monitor_wait(&m, until))
        continue;
    assert_in_range(clock_ms(), until, until + AWAIT_MS);
    assert_false(monitor_wait(&m, start)); /* long past: at once */
    assert_false(monitor_wait(&m, 0));
    monitor_unlock(&m);
    monitor_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(a_file_is_read_whole_or_not_at_all),
        HOME_TEST(SE_02_only_a_key_file_of_mode_0600_or_less_is_taken),
        HOME_TEST(SE_02_links_devices_and_strangers_files_are_no_key_files),
        HOME_TEST(a_key_is_one_line_of_printable_characters),
        HOME_TEST(a_path_is_made_with_all_its_parents),
        HOME_TEST(
            LD_22_that_no_file_can_be_made_is_told_by_the_kernels_reason),
        HOME_TEST(an_open_folder_is_listed_in_order_and_as_wanted),
        cmocka_unit_test(waiting_for_a_file_ends_when_told_to_stop),
        cmocka_unit_test(LD_05_what_is_written_in_part_is_written_on),
        HOME_TEST(used_memory_is_what_is_not_available),
        HOME_TEST(a_fuller_control_group_counts_without_its_page_cache),
        HOME_TEST(the_limit_of_an_ancestor_binds_too),
        HOME_TEST(without_numbers_from_the_kernel_there_is_no_answer),
        cmocka_unit_test(the_real_machine_answers),
        cmocka_unit_test(a_thread_has_a_name_and_signals_pass_it_by),
        cmocka_unit_test(a_thread_has_the_stack_that_is_asked_for),
        cmocka_unit_test(a_wait_ends_at_its_instant_and_not_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
