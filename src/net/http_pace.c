/*
 * This file reads the head of a reply: its kind, and when to come again.
 *
 * Hosted embedding services send durations as "120ms", "6m0s", "1h2m3.5s" or
 * bare seconds. All arithmetic is in whole thousandths, so no locale matters.
 */
#include "config.h"
#include "net/http_parts.h"

#include <strings.h>

#include "sys/clock.h"
#include "util/str.h"

enum { RETRY_AFTER_MOST_MS = 3600000, NUMBER_MOST = 1000000000 };

void http_pace_clear(struct http_pace *p)
{
    *p = (struct http_pace){ -1, -1, -1, -1, -1, -1, -1 };
}

static bool http_pace_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "12.3456" -> 12345 thousandths; false when no digit stands there. */
static bool http_pace_take_number(struct text *t, int64_t *thousandths)
{
    int64_t whole = 0, part = 0, unit = 1000;
    size_t i = 0;

    for (; i < t->len && http_pace_is_digit(t->ptr[i]); i++)
        if (whole < NUMBER_MOST)
            whole = whole * 10 + (t->ptr[i] - '0');
    if (i == 0)
        return false;
    if (i + 1 < t->len && t->ptr[i] == '.' && http_pace_is_digit(t->ptr[i + 1]))
        for (i++; i < t->len && http_pace_is_digit(t->ptr[i]); i++) {
            unit /= 10;
            part += (t->ptr[i] - '0') * unit;
        }
    t->ptr += i;
    t->len -= i;
    *thousandths = whole * 1000 + part;
    return true;
}

/* The unit at the front as milliseconds per thousand; 0: none known. */
static int64_t take_unit(struct text *t)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 } };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i].name);

        if (t->len >= n && memcmp(t->ptr, units[i].name, n) == 0) {
            t->ptr += n;
            t->len -= n;
            return units[i].ms;
        }
    }
    return 0;
}

int64_t http_duration_ms(struct text t)
{
    int64_t sum = 0, thousandths;
    bool first = true;

    do {
        int64_t unit;

        if (!http_pace_take_number(&t, &thousandths))
            return -1;
        if (first && t.len == 0)
            return thousandths; /* bare seconds */
        unit = take_unit(&t);
        if (unit == 0)
            return -1;
        sum += thousandths * unit / 1000;
        first = false;
    } while (t.len > 0);
    return sum;
}

static int64_t http_pace_bound(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms < RETRY_AFTER_MOST_MS ? ms : RETRY_AFTER_MOST_MS;
}

int64_t http_retry_after_ms(struct text t, int64_t wall_s)
{
    struct text rest = t;
    char date[64];
    time_t when;
    int64_t thousandths;

    if (http_pace_take_number(&rest, &thousandths))
        return rest.len == 0 ? http_pace_bound(thousandths) : -1;
    if (t.len == 0 || t.len >= sizeof date)
        return -1;
    memcpy(date, t.ptr, t.len);
    date[t.len] = '\0';
    when = curl_getdate(date, NULL);
    if (when == -1)
        return -1;
    if (when - wall_s > RETRY_AFTER_MOST_MS / 1000)
        return RETRY_AFTER_MOST_MS;
    return http_pace_bound(((int64_t)when - wall_s) * 1000);
}

static int64_t whole_number(struct text t)
{
    int64_t thousandths;

    return http_pace_take_number(&t, &thousandths) && t.len == 0
               ? thousandths / 1000
               : -1;
}

/* "12.5" milliseconds. */
static int64_t retry_ms(struct text t)
{
    int64_t ms = whole_number(t);

    return ms < 0 ? ms : http_pace_bound(ms);
}

/* ---- the lines ---- */

static bool http_pace_is_named(struct text name, const char *what)
{
    return name.len == strlen(what) &&
           strncasecmp(name.ptr, what, name.len) == 0;
}

static void http_pace_take_wait(struct http_pace *p, struct text name,
                                struct text value)
{
    if (http_pace_is_named(name, "retry-after-ms"))
        p->retry_after_ms = retry_ms(value);
    else if (http_pace_is_named(name, "retry-after") && p->retry_after_ms < 0)
        p->retry_after_ms = http_retry_after_ms(value, clock_wall_s());
}

/* The names that most services use, and the names with a minute in them. */
static void take_limit(struct http_pace *p, struct text name, struct text value)
{
    const struct {
        const char *name;
        int64_t *to;
        int64_t (*read)(struct text t);
    } row[] = {
        { "limit-requests", &p->limit_requests, whole_number },
        { "limit-req-minute", &p->limit_requests, whole_number },
        { "limit-tokens", &p->limit_tokens, whole_number },
        { "limit-tokens-minute", &p->limit_tokens, whole_number },
        { "remaining-requests", &p->remaining_requests, whole_number },
        { "remaining-req-minute", &p->remaining_requests, whole_number },
        { "remaining-tokens", &p->remaining_tokens, whole_number },
        { "remaining-tokens-minute", &p->remaining_tokens, whole_number },
        { "reset-requests", &p->reset_requests_ms, http_duration_ms },
        { "reset-tokens", &p->reset_tokens_ms, http_duration_ms },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (http_pace_is_named(name, row[i].name))
            *row[i].to = row[i].read(value);
}

static void take_pace(struct http_pace *p, struct text name, struct text value)
{
    static const char family[] = "x-ratelimit-";
    size_t n = sizeof family - 1;

    if (name.len > n && strncasecmp(name.ptr, family, n) == 0)
        take_limit(p, (struct text){ name.ptr + n, name.len - n }, value);
    else
        http_pace_take_wait(p, name, value);
}

static struct text http_pace_trimmed(struct text t)
{
    while (t.len && (t.ptr[0] == ' ' || t.ptr[0] == '\t')) {
        t.ptr++;
        t.len--;
    }
    while (t.len && strchr(" \t\r\n", t.ptr[t.len - 1]))
        t.len--;
    return t;
}

static void http_pace_clear_head(struct http_reply *r)
{
    http_pace_clear(&r->pace);
    r->value[0] = r->content_type[0] = r->request_id[0] = r->location[0] = '\0';
}

void http_take_header(struct http_reply *r, struct text line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    struct text name, value;

    if (line.len >= 5 && memcmp(line.ptr, "HTTP/", 5) == 0) {
        http_pace_clear_head(r);
        return;
    }
    if (!colon)
        return;
    name = (struct text){ line.ptr, (size_t)(colon - line.ptr) };
    value =
        http_pace_trimmed((struct text){ colon + 1, line.len - name.len - 1 });
    if (http_pace_is_named(name, "content-type"))
        str_printable(r->content_type, sizeof r->content_type, value);
    else if (http_pace_is_named(name, "x-request-id") ||
             http_pace_is_named(name, "request-id"))
        str_printable(r->request_id, sizeof r->request_id, value);
    else if (http_pace_is_named(name, "location"))
        str_printable(r->location, sizeof r->location, value);
    else if (r->wanted && http_pace_is_named(name, r->wanted))
        str_printable(r->value, sizeof r->value, value);
    else
        take_pace(&r->pace, name, value);
}
