/*
 * HTTP/1.1 over one socket, with the faults that a script asks for: an answer
 * may be cut, come byte by byte, never end, stand still, or be replaced by a
 * reset.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

enum { HEAD_MAX = 1 << 16, BLOCK = 1 << 16, PLAIN_MAX = 256 << 20 };

void wire_release(struct wire *w)
{
    buf_release(&w->in);
    buf_release(&w->out);
    buf_release(&w->plain);
}

/* ---- reading ---- */

static bool more(struct wire *w)
{
    char *to = buf_reserve(&w->in, BLOCK);
    ssize_t n = to ? recv(w->fd, to, BLOCK, 0) : -1;

    if (n <= 0)
        return false;
    w->in.len += (size_t)n;
    return true;
}

/* The value of a header of the request: name as "\r\nname:". */
static const char *header(const struct request *q, const char *name)
{
    const char *p = q->head.ptr, *end = p + q->head.len;
    size_t n = strlen(name);

    for (; p + n < end; p++)
        if (strncasecmp(p, name, n) == 0)
            return p + n + strspn(p + n, " ");
    return NULL;
}

bool wire_inflate(struct buf *plain, struct text *body)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)body->ptr,
                   .avail_in = (uInt)body->len };
    int status = inflateInit2(&z, 15 + 16);

    buf_clear(plain);
    while (status == Z_OK && plain->len < PLAIN_MAX) {
        char *to = buf_reserve(plain, BLOCK);

        if (!to)
            abort();
        z.next_out = (Bytef *)to;
        z.avail_out = BLOCK;
        status = inflate(&z, Z_NO_FLUSH);
        plain->len += BLOCK - z.avail_out;
    }
    inflateEnd(&z);
    *body = (struct text){ plain->data, plain->len };
    return status == Z_STREAM_END;
}

/* The next word of the first line: false when it is longer than size - 1. */
static bool word(const char **at, const char *end, char *to, size_t size)
{
    size_t n = 0;

    while (*at < end && **at > ' ' && n + 1 < size)
        to[n++] = *(*at)++;
    to[n] = '\0';
    return n > 0 && *at < end && *(*at)++ == ' ';
}

bool wire_read(struct wire *w, struct request *q)
{
    const char *end, *length, *encoding, *at;
    size_t head;

    if (w->used)
        memmove(w->in.data, w->in.data + w->used, w->in.len - w->used);
    w->in.len -= w->used;
    w->used = 0;
    while (!w->in.len ||
           !(end = memmem(w->in.data, w->in.len, "\r\n\r\n", 4)))
        if (w->in.len > HEAD_MAX || !more(w))
            return false;
    head = (size_t)(end - w->in.data) + 4;
    q->head = (struct text){ w->in.data, head };
    length = header(q, "\r\ncontent-length:");
    q->wire_len = length ? strtoul(length, NULL, 10) : 0;
    while (w->in.len < head + q->wire_len)
        if (!more(w))
            return false;
    w->used = head + q->wire_len;
    q->head = (struct text){ w->in.data, head };
    q->body = (struct text){ w->in.data + head, q->wire_len };
    encoding = header(q, "\r\ncontent-encoding:");
    if (encoding && strncasecmp(encoding, "gzip", 4) == 0 &&
        !wire_inflate(&w->plain, &q->body))
        return false;
    at = q->head.ptr;
    end = at + head;
    return word(&at, end, q->method, sizeof q->method) &&
           word(&at, end, q->path, sizeof q->path);
}

/* ---- writing ---- */

static bool write_all(int fd, const char *p, size_t n, int trickle_ms)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, trickle_ms ? 1 : n, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
        if (trickle_ms)
            usleep((useconds_t)trickle_ms * 1000);
    }
    return true;
}

static const char *reason(int status)
{
    return status < 300 ? "OK" : status < 400 ? "Elsewhere" : "No";
}

bool wire_answer(struct wire *w, const struct answer *a)
{
    buf_clear(&w->out);
    buf_printf(&w->out,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
               "Content-Length: %zu\r\n",
               a->status, reason(a->status), a->type, a->body.len);
    buf_put(&w->out, a->headers.data, a->headers.len);
    buf_puts(&w->out, "\r\n");
    /* One piece: two would wait for each other's acknowledgement. */
    buf_put(&w->out, a->body.data, a->body.len);
    return write_all(w->fd, w->out.data, w->out.len, 0);
}

void wire_reset(int fd)
{
    struct linger now = { 1, 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void send_endless(int fd, struct text body)
{
    char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n";
    char size[24];
    int n = snprintf(size, sizeof size, "%zx\r\n", body.len);

    if (!write_all(fd, head, sizeof head - 1, 0))
        return;
    while (write_all(fd, size, (size_t)n, 0) &&
           write_all(fd, body.ptr, body.len, 0) && write_all(fd, "\r\n", 2, 0))
        continue;
}

static void hang(int fd)
{
    char byte;

    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

/* How much of an answer with such a head goes out. */
static size_t cut_of(const struct fakeapi_answer *s, size_t head)
{
    size_t whole = head + s->body.len;

    if (s->cut_16ths)
        return head + s->body.len * (size_t)s->cut_16ths / 16;
    return s->cut && s->cut_at < whole ? s->cut_at : whole;
}

bool wire_script(struct wire *w, const struct fakeapi_answer *s)
{
    struct buf *out = &w->out;
    int status = s->status ? s->status : 200;
    size_t n;
    bool goes_on;

    if (s->reset) {
        wire_reset(w->fd);
        return false;
    }
    if (s->endless) {
        send_endless(w->fd, s->body);
        return false;
    }
    buf_clear(out);
    buf_printf(out, "HTTP/1.1 %d %s\r\n%sContent-Length: %zu\r\n\r\n",
               status, reason(status), s->headers ? s->headers : "",
               s->body.len);
    n = cut_of(s, out->len);
    buf_put(out, s->body.ptr, s->body.len);
    goes_on = write_all(w->fd, out->data, n, s->trickle_ms);
    if (s->hang)
        hang(w->fd);
    return goes_on && n == out->len && !s->cut && !s->hang && !s->close;
}
