/*
 * This file walks a struct by its table of fields and checks each value: enums
 * and counts against their bounds, numbers for being finite, texts for their
 * end and for printable characters. The same table gives the number by which
 * two builds know that their layouts agree.
 */
#include "config.h"
#include "remote/shape.h"

#include <math.h>
#include <string.h>

#include "util/str.h"

/* The longest texts there are. */
enum { TEXT_BYTES = 16384, LINE_BYTES = 1024 };

/* --- values ------------------------------------------------------------------- */

/* Read as bytes: a bool of 7 must not be looked at as a bool. */
static uint64_t unsigned_at(const char *p, size_t size)
{
    uint64_t v64;
    uint32_t v32;
    uint16_t v16;

    switch (size) {
    case 1:
        return (unsigned char)*p;
    case 2:
        memcpy(&v16, p, sizeof v16);
        return v16;
    case 4:
        memcpy(&v32, p, sizeof v32);
        return v32;
    default:
        memcpy(&v64, p, sizeof v64);
        return v64;
    }
}

static bool signed_fits(const char *p, uint64_t most)
{
    int64_t v;

    memcpy(&v, p, sizeof v);
    return v >= -(int64_t)most && v <= (int64_t)most;
}

static bool real_fits(double v, uint64_t most)
{
    return isfinite(v) && fabs(v) <= (double)most;
}

static bool double_fits(const char *p, uint64_t most, bool below)
{
    double v;

    memcpy(&v, p, sizeof v);
    return real_fits(v, most) && (below || v >= 0);
}

static bool float_fits(const char *p, uint64_t most)
{
    float v;

    memcpy(&v, p, sizeof v);
    return real_fits((double)v, most);
}

/* str_printable() would leave it as it is. */
static bool is_printable(const char *p, size_t n)
{
    char shown[TEXT_BYTES];

    while (n > 0 && *p >= ' ' && *p < 0x7f)
        p++, n--;
    if (n == 0)
        return true;
    return n < sizeof shown &&
           str_printable(shown, n + 1, (struct text){ p, n }) == n &&
           memcmp(shown, p, n) == 0;
}

bool shape_is_line(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);

    return end && is_printable(text, (size_t)(end - text));
}

static bool is_page(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);

    while (end && text < end) {
        size_t n = (size_t)(end - text);
        const char *stop = memchr(text, '\n', n);

        if (!is_printable(text, stop ? (size_t)(stop - text) : n))
            return false;
        text = stop ? stop + 1 : end;
    }
    return end != NULL;
}

/* --- shapes ------------------------------------------------------------------- */

static size_t shape_element_size(const struct field *f)
{
    switch (f->check) {
    case CHECK_SHAPE:
        return f->shape->size;
    case CHECK_SIGNED:
    case CHECK_DOUBLE:
    case CHECK_AMOUNT:
        return sizeof(int64_t);
    case CHECK_FLOAT:
        return sizeof(float);
    default:
        return f->size;
    }
}

static const char *wrong_field(const struct shape *shape, const char *p);

/* One element: NULL, or the name of what cannot be. */
static const char *shape_check_element(const struct field *f, const char *p)
{
    bool fine = true;

    switch (f->check) {
    case CHECK_UNSIGNED:
        fine = unsigned_at(p, f->size) <= f->most;
        break;
    case CHECK_SIGNED:
        fine = signed_fits(p, f->most);
        break;
    case CHECK_DOUBLE:
    case CHECK_AMOUNT:
        fine = double_fits(p, f->most, f->check == CHECK_DOUBLE);
        break;
    case CHECK_FLOAT:
        fine = float_fits(p, f->most);
        break;
    case CHECK_TEXT:
        fine = memchr(p, '\0', f->size) != NULL;
        break;
    case CHECK_LINE:
        fine = shape_is_line(p, f->size);
        break;
    case CHECK_PAGE:
        fine = is_page(p, f->size);
        break;
    case CHECK_SHAPE:
        return wrong_field(f->shape, p);
    }
    return fine ? NULL : f->name;
}

static const char *wrong_field(const struct shape *shape, const char *p)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        for (size_t at = 0; at < f->size; at += shape_element_size(f)) {
            const char *name = shape_check_element(f, p + f->at + at);

            if (name)
                return name;
        }
    }
    return NULL;
}

bool shape_check(const struct shape *shape, const void *p, struct error *err)
{
    const char *name = wrong_field(shape, p);

    return !name || error_set(err, ERROR_PROTOCOL, 0,
                              "what was sent makes no sense: \"%s\" cannot "
                              "be so",
                              name);
}

static void mend_line(char *text, size_t size)
{
    char shown[LINE_BYTES];

    if (shape_is_line(text, size))
        return;
    text[size - 1] = '\0';
    str_printable(shown, size < sizeof shown ? size : sizeof shown,
                  text_of(text));
    strcpy(text, shown);
}

void shape_mend(const struct shape *shape, void *p)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        if (f->check == CHECK_LINE)
            mend_line((char *)p + f->at, f->size);
        for (size_t at = 0; f->shape && at < f->size; at += f->shape->size)
            shape_mend(f->shape, (char *)p + f->at + at);
    }
}

/* --- the layout ---------------------------------------------------------------- */

uint64_t shape_hash(const struct shape *shape, uint64_t seed)
{
    uint64_t hash = seed;

    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];
        uint64_t facts[] = { hash, f->at, f->size, f->check, f->most };

        hash = str_hash64(facts, sizeof facts);
        hash ^= str_hash64(f->name, strlen(f->name));
        if (f->shape)
            hash = shape_hash(f->shape, hash);
    }
    return hash;
}

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

/* Each field begins where the one before ends, but for what aligns it. */
bool shape_is_whole(const struct shape *shape)
{
    size_t end = 0;

    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        if (f->at != round_up(end, f->align) ||
            (f->shape && !shape_is_whole(f->shape)))
            return false;
        end = f->at + f->size;
    }
    return shape->size == round_up(end, shape->align);
}
