/*
 * HTTP/2 by libnghttp2, the library that curl uses at the other end: frames,
 * header compression and flow control are not ours to test. A stream is a
 * request that waits for its answer in the list of its connection; between two
 * looks at the list the thread sleeps in ppoll() until bytes come or an answer
 * is due.
 *
 * gRPC is a POST whose body has five bytes in front of the message, and whose
 * status comes in trailers behind the answer's message, or, with no message,
 * in the head alone.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_h2.h"

#include <sys/socket.h>

#ifndef HAVE_NGHTTP2

bool h2_begins(int fd)
{
    (void)fd;
    return false;
}

void h2_talk(struct fakeapi *f, int fd)
{
    (void)f;
    (void)fd;
}

#else

#include <ctype.h>
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "tests/support/fakeapi/fakeapi_wire.h"

enum {
    BLOCK = 1 << 18,
    WINDOW = 4 << 20,
    STREAMS = 256,
    LINES = 24,
    PREFIX = 5 /* of a gRPC message: compressed or not, its length */
};

/* What comes behind the bytes of an answer. */
enum ending { END_STREAM, END_WITH_TRAILERS, END_NEVER, END_CONNECTION };

struct h2_stream {
    struct h2_stream *next;
    int32_t id;
    struct request q;
    struct buf head, body, plain, out;
    size_t sent;
    enum ending ending;
    struct visit visit;
    bool grpc, waits; /* waits: whole, its answer is not due yet */
};

struct h2 {
    struct fakeapi *f;
    int fd;
    nghttp2_session *session;
    struct h2_stream *streams;
    struct answer answer;
    bool over;
};

bool h2_begins(int fd)
{
    char first[4];

    return recv(fd, first, sizeof first, MSG_PEEK | MSG_WAITALL) ==
               sizeof first &&
           memcmp(first, "PRI ", sizeof first) == 0;
}

/* ---- a request comes ---- */

static struct h2_stream *stream_of(struct h2 *h, int32_t id)
{
    return nghttp2_session_get_stream_user_data(h->session, id);
}

static int stream_begins(nghttp2_session *session, const nghttp2_frame *frame,
                         void *ctx)
{
    struct h2 *h = ctx;
    struct h2_stream *s;

    if (frame->hd.type != NGHTTP2_HEADERS ||
        frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->id = frame->hd.stream_id;
    s->next = h->streams;
    h->streams = s;
    buf_puts(&s->head, "HTTP/2");
    nghttp2_session_set_stream_user_data(session, s->id, s);
    return 0;
}

static void take_word(char *to, size_t size, struct text value)
{
    snprintf(to, size, "%.*s", (int)value.len, value.ptr);
}

/* The head as HTTP/1.1 would have it, but for its first line. */
static int header_comes(nghttp2_session *session, const nghttp2_frame *frame,
                        const uint8_t *name, size_t name_len,
                        const uint8_t *value, size_t value_len, uint8_t flags,
                        void *ctx)
{
    struct h2_stream *s = stream_of(ctx, frame->hd.stream_id);
    const struct text n = { (const char *)name, name_len };
    const struct text v = { (const char *)value, value_len };

    (void)session;
    (void)flags;
    if (!s)
        return 0;
    if (text_is(n, ":method")) {
        take_word(s->q.method, sizeof s->q.method, v);
    } else if (text_is(n, ":path")) {
        take_word(s->q.path, sizeof s->q.path, v);
    } else {
        buf_puts(&s->head, "\r\n");
        buf_put(&s->head, n.ptr, n.len);
        buf_puts(&s->head, ": ");
        buf_put(&s->head, v.ptr, v.len);
    }
    return 0;
}

static int data_comes(nghttp2_session *session, uint8_t flags, int32_t id,
                      const uint8_t *data, size_t len, void *ctx)
{
    struct h2_stream *s = stream_of(ctx, id);

    (void)session;
    (void)flags;
    if (s)
        buf_put(&s->body, data, len);
    return 0;
}

/* The message of the one frame that a unary call has. */
static bool unframe(struct h2_stream *s)
{
    const unsigned char *p = (const unsigned char *)s->body.data;
    size_t n;

    if (s->body.len < PREFIX)
        return false;
    n = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    if (n != s->body.len - PREFIX || p[0] > 1)
        return false;
    s->q.body = (struct text){ s->body.data + PREFIX, n };
    return p[0] == 0 || wire_inflate(&s->plain, &s->q.body);
}

static void request_is_whole(struct h2 *h, struct h2_stream *s)
{
    buf_puts(&s->head, "\r\n\r\n");
    s->q.head = (struct text){ s->head.data, s->head.len };
    s->q.body = (struct text){ s->body.data, s->body.len };
    s->q.wire_len = s->body.len;
    s->grpc = request_says(&s->q, "\r\ncontent-type: application/grpc");
    if (s->grpc ? !unframe(s)
                : request_says(&s->q, "\r\ncontent-encoding: gzip") &&
                      !wire_inflate(&s->plain, &s->q.body)) {
        nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id,
                                  NGHTTP2_PROTOCOL_ERROR);
        return;
    }
    fakeapi_arrive(h->f, &s->q, &s->visit);
    s->waits = true;
}

static int frame_comes(nghttp2_session *session, const nghttp2_frame *frame,
                       void *ctx)
{
    struct h2_stream *s;

    (void)session;
    if ((frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) ||
        !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    s = stream_of(ctx, frame->hd.stream_id);
    if (s)
        request_is_whole(ctx, s);
    return 0;
}

static void stream_free(struct h2_stream *s)
{
    fakeapi_leave(&s->visit);
    buf_release(&s->head);
    buf_release(&s->body);
    buf_release(&s->plain);
    buf_release(&s->out);
    free(s);
}

static int stream_ends(nghttp2_session *session, int32_t id, uint32_t code,
                       void *ctx)
{
    struct h2 *h = ctx;
    struct h2_stream **at = &h->streams;

    (void)session;
    (void)code;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    if (*at) {
        struct h2_stream *gone = *at;

        *at = gone->next;
        stream_free(gone);
    }
    return 0;
}

/* ---- an answer goes ---- */

/* Lines of a head, each as libnghttp2 wants it: it copies them. */
struct lines {
    nghttp2_nv of[LINES];
    size_t count;
};

static void put_header(struct lines *l, const char *name, struct text value)
{
    if (l->count == LINES)
        abort();
    l->of[l->count++] = (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)name, .namelen = strlen(name),
        .value = (uint8_t *)(uintptr_t)value.ptr, .valuelen = value.len
    };
}

/* "Name: value\r\n" lines, which are taken apart where they stand. */
static void put_headers(struct lines *l, char *text)
{
    char *line, *rest = text;

    while ((line = strsep(&rest, "\n")) && *line) {
        char *value = strchr(line, ':');

        if (!value)
            continue;
        for (char *p = line; p < value; p++)
            *p = (char)tolower((unsigned char)*p);
        *value++ = '\0';
        value += strspn(value, " ");
        put_header(l, line, (struct text){ value, strcspn(value, "\r") });
    }
}

static void submit_trailers(struct h2 *h, struct h2_stream *s)
{
    struct lines l = { .count = 0 };

    put_header(&l, "grpc-status", text_of("0"));
    nghttp2_submit_trailer(h->session, s->id, l.of, l.count);
}

static ssize_t read_out(nghttp2_session *session, int32_t id, uint8_t *to,
                        size_t size, uint32_t *flags,
                        nghttp2_data_source *source, void *ctx)
{
    struct h2_stream *s = source->ptr;
    struct h2 *h = ctx;
    size_t left = s->out.len - s->sent, n = left < size ? left : size;

    (void)session;
    (void)id;
    if (n)
        memcpy(to, s->out.data + s->sent, n);
    s->sent += n;
    if (s->sent < s->out.len)
        return (ssize_t)n;
    if (s->ending == END_CONNECTION)
        h->over = true;
    if (s->ending == END_CONNECTION || s->ending == END_NEVER) {
        if (n == 0)
            return NGHTTP2_ERR_DEFERRED;
        return (ssize_t)n;
    }
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->ending == END_WITH_TRAILERS) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        submit_trailers(h, s);
    }
    return (ssize_t)n;
}

static void submit(struct h2 *h, struct h2_stream *s, const struct lines *l,
                   bool body)
{
    const nghttp2_data_provider from = { .source.ptr = s,
                                         .read_callback = read_out };

    nghttp2_submit_response(h->session, s->id, l->of, l->count,
                            body ? &from : NULL);
}

/* An answer of HTTP. */
static void respond(struct h2 *h, struct h2_stream *s, int status,
                    const char *type, char *headers, struct text body)
{
    struct lines l = { .count = 0 };
    char number[16];

    snprintf(number, sizeof number, "%d", status);
    put_header(&l, ":status", text_of(number));
    if (type)
        put_header(&l, "content-type", text_of(type));
    put_headers(&l, headers);
    buf_put(&s->out, body.ptr, body.len);
    submit(h, s, &l, true);
}

/* What gRPC wants escaped in a message: all but visible ASCII, and '%'. */
static void put_percent(struct buf *to, struct text message)
{
    for (size_t i = 0; i < message.len; i++) {
        unsigned char c = (unsigned char)message.ptr[i];

        if (c < ' ' || c > '~' || c == '%')
            buf_printf(to, "%%%02X", c);
        else
            buf_putc(to, (char)c);
    }
}

/* No message, but a status that is not 0. */
static void respond_status(struct h2 *h, struct h2_stream *s, int status,
                           char *headers, struct text message)
{
    struct lines l = { .count = 0 };
    char number[16];

    snprintf(number, sizeof number, "%d", status);
    put_percent(&s->out, message);
    put_header(&l, ":status", text_of("200"));
    put_header(&l, "content-type", text_of("application/grpc"));
    put_header(&l, "grpc-status", text_of(number));
    put_header(&l, "grpc-message", (struct text){ s->out.data, s->out.len });
    put_headers(&l, headers);
    submit(h, s, &l, false);
}

static void respond_message(struct h2 *h, struct h2_stream *s, char *headers,
                            struct text message)
{
    const size_t n = message.len;
    const unsigned char prefix[PREFIX] = { 0, (unsigned char)(n >> 24),
                                           (unsigned char)(n >> 16),
                                           (unsigned char)(n >> 8),
                                           (unsigned char)n };
    struct lines l = { .count = 0 };

    put_header(&l, ":status", text_of("200"));
    put_header(&l, "content-type", text_of("application/grpc"));
    put_headers(&l, headers);
    buf_put(&s->out, prefix, sizeof prefix);
    buf_put(&s->out, message.ptr, n);
    if (s->ending == END_STREAM)
        s->ending = END_WITH_TRAILERS;
    submit(h, s, &l, true);
}

static void respond_answer(struct h2 *h, struct h2_stream *s, struct answer *a)
{
    const struct text body = { a->body.data, a->body.len };
    char *headers;

    buf_putc(&a->headers, '\0');
    headers = a->headers.data;
    if (s->grpc && a->grpc)
        respond_status(h, s, a->grpc, headers, body);
    else if (s->grpc && a->status < 300)
        respond_message(h, s, headers, body);
    else
        respond(h, s, a->status, a->type, headers, body);
}

/* The part of `out` that goes out, and what comes behind it. */
static void cut(struct h2_stream *s, const struct fakeapi_answer *by)
{
    size_t at = by->cut_16ths ? s->out.len * (size_t)by->cut_16ths / 16
                : by->cut     ? by->cut_at
                              : s->out.len;

    if (at < s->out.len)
        s->out.len = at;
}

static void respond_script(struct h2 *h, struct h2_stream *s,
                           const struct fakeapi_answer *by)
{
    char *headers = strdup(by->headers ? by->headers : "");

    if (!headers)
        abort();
    if (by->hang)
        s->ending = END_NEVER;
    else if (by->cut || by->cut_16ths || by->close)
        s->ending = END_CONNECTION;
    if (by->reset)
        nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id,
                                  NGHTTP2_INTERNAL_ERROR);
    else if (by->genuine)
        respond_answer(h, s, &h->answer);
    else if (s->grpc && by->grpc)
        respond_status(h, s, by->grpc, headers, by->body);
    else if (s->grpc && !by->status)
        respond_message(h, s, headers, by->body);
    else
        respond(h, s, by->status ? by->status : 200, NULL, headers, by->body);
    cut(s, by);
    free(headers);
}

static void treat(struct h2 *h, struct h2_stream *s)
{
    struct fakeapi_answer scripted = { 0 };

    s->waits = false;
    switch (fakeapi_treat(h->f, &s->q, &s->visit, &h->answer, &scripted)) {
    case OUTCOME_ANSWER:
        respond_answer(h, s, &h->answer);
        break;
    case OUTCOME_SCRIPT:
        respond_script(h, s, &scripted);
        break;
    case OUTCOME_RESET:
        if (s->visit.ticket.fault == SIDE_RESETS) {
            nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, s->id,
                                      NGHTTP2_INTERNAL_ERROR);
            break;
        }
        wire_reset(h->fd);
        h->over = true;
        break;
    case OUTCOME_DROP:
        h->over = true;
        break;
    }
    fakeapi_leave(&s->visit);
}

/* ---- the connection ---- */

/* Treat what is due; returns when the next is, INT64_MAX: none waits. */
static int64_t treat_due(struct h2 *h)
{
    int64_t now = clock_us(), next = INT64_MAX;

    for (struct h2_stream *s = h->streams; s && !h->over; s = s->next) {
        if (!s->waits)
            continue;
        if (s->visit.ticket.due_us <= now)
            treat(h, s);
        else if (s->visit.ticket.due_us < next)
            next = s->visit.ticket.due_us;
    }
    return next;
}

static bool send_all(struct h2 *h)
{
    const uint8_t *p;
    ssize_t n;

    while ((n = nghttp2_session_mem_send(h->session, &p)) > 0)
        while (n > 0) {
            ssize_t sent = send(h->fd, p, (size_t)n, MSG_NOSIGNAL);

            if (sent <= 0)
                return false;
            p += sent;
            n -= sent;
        }
    return n == 0;
}

static void sleep_until(int fd, int64_t due_us)
{
    struct pollfd look = { .fd = fd, .events = POLLIN };
    int64_t left = due_us - clock_us();
    struct timespec t = { 0, 0 };

    if (left > 0)
        t = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
    ppoll(&look, 1, due_us == INT64_MAX ? NULL : &t, NULL);
}

static bool receive(struct h2 *h, uint8_t *block)
{
    ssize_t n = recv(h->fd, block, BLOCK, MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    return n > 0 && nghttp2_session_mem_recv(h->session, block, (size_t)n) == n;
}

static void h2_converse(struct h2 *h)
{
    uint8_t *block = malloc(BLOCK);

    if (!block)
        abort();
    for (;;) {
        int64_t next = treat_due(h);

        if (!send_all(h) || h->over)
            break;
        sleep_until(h->fd, next);
        if (!receive(h, block))
            break;
    }
    free(block);
}

static void h2_begin(struct h2 *h)
{
    static const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS },
        { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW },
    };
    nghttp2_session_callbacks *on;

    if (nghttp2_session_callbacks_new(&on) != 0)
        abort();
    nghttp2_session_callbacks_set_on_begin_headers_callback(on, stream_begins);
    nghttp2_session_callbacks_set_on_header_callback(on, header_comes);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(on, data_comes);
    nghttp2_session_callbacks_set_on_frame_recv_callback(on, frame_comes);
    nghttp2_session_callbacks_set_on_stream_close_callback(on, stream_ends);
    if (nghttp2_session_server_new(&h->session, on, h) != 0)
        abort();
    nghttp2_session_callbacks_del(on);
    nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
                            sizeof settings / sizeof *settings);
    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
                                          2 * WINDOW);
}

void h2_talk(struct fakeapi *f, int fd)
{
    struct h2 h = { .f = f, .fd = fd };

    h2_begin(&h);
    h2_converse(&h);
    nghttp2_session_del(h.session);
    while (h.streams) {
        struct h2_stream *gone = h.streams;

        h.streams = gone->next;
        stream_free(gone);
    }
    answer_release(&h.answer);
}

#endif
