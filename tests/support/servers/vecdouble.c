/*
 * A double of pgvector's type `vector` for a private PostgreSQL that has no
 * pgvector: its text and binary forms, its typmod, and cosine distance. It is
 * there so that COPY in binary can be tested at all; that the real one takes
 * the same is shown by e2e/pgvector.sh.
 */
#include <postgres.h>

#include <fmgr.h>
#include <libpq/pqformat.h>
#include <math.h>
#include <utils/array.h>
#include <utils/builtins.h>

PG_MODULE_MAGIC;

struct vector {
    int32 header;
    int16 dim, unused;
    float x[];
};

PG_FUNCTION_INFO_V1(v_in);
PG_FUNCTION_INFO_V1(v_out);
PG_FUNCTION_INFO_V1(v_recv);
PG_FUNCTION_INFO_V1(v_send);
PG_FUNCTION_INFO_V1(v_typmod_in);
PG_FUNCTION_INFO_V1(v_sized);
PG_FUNCTION_INFO_V1(v_dims);
PG_FUNCTION_INFO_V1(v_cosine);

static struct vector *make(int dim)
{
    size_t size = sizeof(struct vector) + sizeof(float) * (size_t)dim;
    struct vector *v = palloc0(size);

    SET_VARSIZE(v, size);
    v->dim = (int16)dim;
    return v;
}

static void check(int wanted, int dim)
{
    if (wanted != -1 && wanted != dim)
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                        errmsg("expected %d dimensions, not %d", wanted, dim)));
}

static struct vector *arg(Datum d)
{
    return (struct vector *)PG_DETOAST_DATUM(d);
}

Datum v_in(PG_FUNCTION_ARGS)
{
    char *p = PG_GETARG_CSTRING(0), *end;
    int dim = 1;
    struct vector *v;

    for (char *c = p; *c; c++)
        dim += *c == ',';
    v = make(dim);
    if (*p++ != '[')
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                        errmsg("invalid input syntax for type vector")));
    for (int i = 0; i < dim; i++, p = end + 1) {
        v->x[i] = strtof(p, &end);
        if (end == p || *end != (i + 1 < dim ? ',' : ']'))
            ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                            errmsg("invalid input syntax for type vector")));
    }
    check(PG_GETARG_INT32(2), dim);
    PG_RETURN_POINTER(v);
}

Datum v_out(PG_FUNCTION_ARGS)
{
    struct vector *v = arg(PG_GETARG_DATUM(0));
    StringInfoData s;

    initStringInfo(&s);
    for (int i = 0; i < v->dim; i++)
        appendStringInfo(&s, "%c%.9g", i ? ',' : '[', v->x[i]);
    appendStringInfoChar(&s, ']');
    PG_RETURN_CSTRING(s.data);
}

Datum v_recv(PG_FUNCTION_ARGS)
{
    StringInfo s = (StringInfo)PG_GETARG_POINTER(0);
    int dim = (int16)pq_getmsgint(s, 2);
    int unused = (int16)pq_getmsgint(s, 2);
    struct vector *v;

    if (unused != 0 || dim < 1 || dim > 16000)
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                        errmsg("bad head of a vector")));
    check(PG_GETARG_INT32(2), dim);
    v = make(dim);
    for (int i = 0; i < dim; i++)
        v->x[i] = pq_getmsgfloat4(s);
    PG_RETURN_POINTER(v);
}

Datum v_send(PG_FUNCTION_ARGS)
{
    struct vector *v = arg(PG_GETARG_DATUM(0));
    StringInfoData s;

    pq_begintypsend(&s);
    pq_sendint16(&s, (uint16)v->dim);
    pq_sendint16(&s, 0);
    for (int i = 0; i < v->dim; i++)
        pq_sendfloat4(&s, v->x[i]);
    PG_RETURN_BYTEA_P(pq_endtypsend(&s));
}

Datum v_typmod_in(PG_FUNCTION_ARGS)
{
    int n;

    PG_RETURN_INT32(*ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &n));
}

Datum v_sized(PG_FUNCTION_ARGS)
{
    struct vector *v = arg(PG_GETARG_DATUM(0));

    check(PG_GETARG_INT32(1), v->dim);
    PG_RETURN_POINTER(v);
}

Datum v_dims(PG_FUNCTION_ARGS)
{
    PG_RETURN_INT32(arg(PG_GETARG_DATUM(0))->dim);
}

Datum v_cosine(PG_FUNCTION_ARGS)
{
    struct vector *a = arg(PG_GETARG_DATUM(0)), *b = arg(PG_GETARG_DATUM(1));
    double ab = 0, aa = 0, bb = 0;

    check(a->dim, b->dim);
    for (int i = 0; i < a->dim; i++) {
        ab += (double)a->x[i] * b->x[i];
        aa += (double)a->x[i] * a->x[i];
        bb += (double)b->x[i] * b->x[i];
    }
    PG_RETURN_FLOAT8(1 - ab / sqrt(aa * bb));
}
