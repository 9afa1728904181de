/* This file compares the decimal digits of a number with those of a limit. The
 * search for numbers steps over strings, so it takes no digits in a text for a
 * number. */
#include "config.h"
#include "store/store_number.h"

#include "util/json.h"

/* The digits of an integer without its sign; none for other numbers. */
static struct text digits_of(struct text number)
{
    if (number.len > 0 && number.ptr[0] == '-')
        number = (struct text){ number.ptr + 1, number.len - 1 };
    for (size_t i = 0; i < number.len; i++)
        if (strchr(".eE", number.ptr[i]))
            return text_of("");
    return number;
}

/* JSON has no leading zeros, so more digits are a larger number. */
static bool is_above(struct text digits, const char *most)
{
    size_t n = strlen(most);

    return digits.len > n ||
           (digits.len == n && memcmp(digits.ptr, most, n) > 0);
}

bool number_is_long(struct text number)
{
    return is_above(digits_of(number), "9007199254740992");
}

bool number_is_no_int64(struct text number)
{
    const struct json_value v = { .type = JSON_NUMBER, .raw = number };
    int64_t n;

    return !memchr(number.ptr, '.', number.len) && !json_integer(&v, &n);
}

static bool is_negative(struct text number)
{
    return number.ptr[0] == '-';
}

bool number_over_int64(struct text number)
{
    return is_above(digits_of(number), is_negative(number)
                                           ? "9223372036854775808"
                                           : "9223372036854775807");
}

bool number_over_uint64(struct text number)
{
    return is_negative(number)
               ? number_over_int64(number)
               : is_above(digits_of(number), "18446744073709551615");
}

/* The scale of a literal: 0.0012e5 is "12" with 3 places before the point. */
struct scale {
    char lead[18]; /* its first digits, zeros behind them */
    size_t count;
    long places;
};

static void read_digit(struct scale *s, char c, bool behind_point)
{
    if (s->count == 0 && c == '0') {
        s->places -= behind_point;
        return;
    }
    s->places += !behind_point;
    if (s->count < sizeof s->lead)
        s->lead[s->count] = c;
    s->count++;
}

static long read_exponent(struct text digits)
{
    long exponent = 0;

    for (size_t i = 0; i < digits.len && exponent < 100000; i++)
        if (digits.ptr[i] >= '0' && digits.ptr[i] <= '9')
            exponent = exponent * 10 + (digits.ptr[i] - '0');
    return digits.len > 0 && digits.ptr[0] == '-' ? -exponent : exponent;
}

bool number_is_huge(struct text number)
{
    struct scale s = { .lead = "000000000000000000" };
    bool point = false;
    size_t i;

    for (i = 0; i < number.len && !strchr("eE", number.ptr[i]); i++) {
        point |= number.ptr[i] == '.';
        if (number.ptr[i] >= '0' && number.ptr[i] <= '9')
            read_digit(&s, number.ptr[i], point);
    }
    if (s.count == 0)
        return false;
    if (i < number.len)
        s.places += read_exponent((struct text){ number.ptr + i + 1,
                                                 number.len - i - 1 });
    /* The largest double is 1.797..e308. */
    return s.places > 309 ||
           (s.places == 309 &&
            memcmp(s.lead, "179769313486231580", sizeof s.lead) > 0);
}

/* Behind the string that begins at p. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

static bool number_goes_on(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' ||
           c == 'e' || c == 'E';
}

static const char *number_end(const char *p, const char *end)
{
    while (p < end && number_goes_on(*p))
        p++;
    return p;
}

/* GCC's and Clang's own: without wide registers it becomes a plain loop. */
typedef uint8_t number_bytes __attribute__((vector_size(16)));

static inline number_bytes number_digits_at(const char *p)
{
    number_bytes b;

    memcpy(&b, p, sizeof b);
    return (number_bytes)((uint8_t)10 > (number_bytes)(b - (uint8_t)'0'));
}

/* Most metadata has no digit at all, and that is soon seen. */
static bool has_digit(struct text t)
{
    const char *p = t.ptr, *end = text_end(t);
    number_bytes found = { 0 };
    uint64_t word[2];

    if (t.len < sizeof found) {
        for (; p < end; p++)
            if (*p >= '0' && *p <= '9')
                return true;
        return false;
    }
    for (; (size_t)(end - p) > sizeof found; p += sizeof found)
        found |= number_digits_at(p);
    found |= number_digits_at(end - sizeof found); /* some of them twice */
    memcpy(word, &found, sizeof word);
    return (word[0] | word[1]) != 0;
}

bool number_inside(struct text json, bool (*is)(struct text number))
{
    const char *p = json.ptr, *end = text_end(json);

    if (!has_digit(json))
        return false;
    while (p < end) {
        const char *start = p;

        if (*p == '"') {
            p = string_end(p, end);
        } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
            p = number_end(p, end);
            if (is((struct text){ start, (size_t)(p - start) }))
                return true;
        } else {
            p++;
        }
    }
    return false;
}
