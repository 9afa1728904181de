/* This file loads a model folder, checks that every token has a row and a
 * weight, and adds up rows. A list of loaded models under one lock lets all
 * workers share a folder; the last one to give it back frees it. */
#include "config.h"
#include "embed/static/model2vec.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "embed/static/safetensors.h"
#include "embed/static/tokenizer_json.h"
#include "sys/mapped.h"
#include "util/floats.h"
#include "util/str.h"

enum { TOKENS_MAX = 512, DIM_MAX = 16384 };

struct model2vec {
    struct model2vec *next; /* [lock] */
    size_t users;           /* [lock] */
    char *folder;           /* [const after take], like all that follows */
    struct safetensors *file;
    struct tokenizer *tokenizer;
    struct tensor rows, weights, mapping;
    bool normalise;
    char identity[33];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct model2vec *models; /* [lock] */

/* ---- loading ---- */

static bool model2vec_refuse(const struct model2vec *m, struct error *err,
                             const char *what)
{
    return error_set(err, ERROR_CONFIG, 0, "%s/model.safetensors: %s",
                     m->folder, what);
}

static bool model2vec_path(const struct model2vec *m, const char *name,
                           char *to, size_t size, struct error *err)
{
    return (size_t)snprintf(to, size, "%s/%s", m->folder, name) < size ||
           error_set(err, ERROR_CONFIG, 0, "the folder's name is too long");
}

static bool read_config(struct model2vec *m, struct text json,
                        const char *path, struct error *err)
{
    struct json_value whole, normalise = { 0 };
    struct json_field fields[] = { { "normalize", &normalise } };
    struct json_cursor c;

    json_begin(&c, json.ptr, json.len);
    if (!json_value(&c, &whole) || !json_end(&c) ||
        !json_fields(&whole, fields, 1))
        return error_set(err, ERROR_CONFIG, 0, "%s is not a JSON object",
                         path);
    m->normalise = normalise.raw.ptr && normalise.type == JSON_TRUE;
    return true;
}

static bool read_tokenizer(struct model2vec *m, struct text json,
                           const char *path, struct error *err)
{
    m->tokenizer = tokenizer_load(json, path, err);
    return m->tokenizer != NULL;
}

/* Read a file of the folder and compute its hash. */
static bool read_part(struct model2vec *m, const char *name,
                      bool (*read)(struct model2vec *m, struct text json,
                                   const char *path, struct error *err),
                      uint64_t hash[2], struct error *err)
{
    struct mapped file = { 0 };
    char path[4096];
    bool done;

    if (!model2vec_path(m, name, path, sizeof path, err) ||
        !mapped_open(&file, path, err))
        return false;
    str_hash128(file.data, file.size, hash);
    done = read(m, (struct text){ (const char *)file.data, file.size }, path,
                err);
    mapped_close(&file);
    return done;
}

static bool model2vec_read_rows(struct model2vec *m, uint64_t hash[2],
                                struct error *err)
{
    char path[4096];
    struct text bytes;

    if (!model2vec_path(m, "model.safetensors", path, sizeof path, err))
        return false;
    m->file = safetensors_open(path, err);
    if (!m->file)
        return false;
    bytes = safetensors_bytes(m->file);
    str_hash128(bytes.ptr, bytes.len, hash);
    return (safetensors_find(m->file, "embeddings", &m->rows, err) &&
            safetensors_find(m->file, "weights", &m->weights, err) &&
            safetensors_find(m->file, "mapping", &m->mapping, err)) ||
           error_wrap(err, "%s", path);
}

static bool is_float(const struct tensor *t)
{
    return t->type != TENSOR_I64 && t->type != TENSOR_I32;
}

static bool check_mapping(const struct model2vec *m, struct error *err)
{
    int64_t row;

    for (size_t i = 0; i < m->mapping.rows; i++)
        if (!tensor_index(&m->mapping, i, &row) || row < 0 ||
            (uint64_t)row >= m->rows.rows)
            return model2vec_refuse(m, err,
                                    "its \"mapping\" leads outside of its "
                                    "\"embeddings\"");
    return true;
}

/* Check that every number of the tokenizer has a row and a weight. */
static bool check_rows(const struct model2vec *m, struct error *err)
{
    size_t need = (size_t)tokenizer_top(m->tokenizer) + 1;

    if (!m->rows.data || !is_float(&m->rows))
        return model2vec_refuse(m, err,
                                "it has no \"embeddings\" of numbers, so it is "
                                "no Model2Vec model");
    if (m->rows.cols < 1 || m->rows.cols > DIM_MAX)
        return model2vec_refuse(m, err, "its dimension is not 1 to 16384");
    if ((m->mapping.data ? m->mapping.rows : m->rows.rows) < need)
        return model2vec_refuse(m, err,
                                "it has fewer rows than tokenizer.json has "
                                "tokens: the two do not belong together");
    if (m->weights.data && (m->weights.rows < need || m->weights.cols != 1 ||
                            !is_float(&m->weights)))
        return model2vec_refuse(m, err,
                                "its \"weights\" are not one number a token");
    if (m->mapping.data && m->mapping.cols != 1)
        return model2vec_refuse(m, err,
                                "its \"mapping\" is not one number a token");
    return !m->mapping.data || check_mapping(m, err);
}

static bool model2vec_load(struct model2vec *m, struct error *err)
{
    uint64_t parts[6], hash[2];

    if (!read_part(m, "config.json", read_config, parts, err) ||
        !read_part(m, "tokenizer.json", read_tokenizer, parts + 2, err) ||
        !model2vec_read_rows(m, parts + 4, err) || !check_rows(m, err))
        return false;
    str_hash128(parts, sizeof parts, hash);
    snprintf(m->identity, sizeof m->identity, "%016" PRIx64 "%016" PRIx64,
             hash[0], hash[1]);
    return true;
}

static void model_free(struct model2vec *m)
{
    safetensors_close(m->file);
    tokenizer_free(m->tokenizer);
    free(m->folder);
    free(m);
}

static struct model2vec *model_new(const char *folder, struct error *err)
{
    struct model2vec *m = calloc(1, sizeof *m);

    if (m)
        m->folder = strdup(folder);
    if (!m || !m->folder) {
        free(m);
        error_memory(err, "for %s", folder);
        return NULL;
    }
    if (!model2vec_load(m, err)) {
        model_free(m);
        return NULL;
    }
    return m;
}

/* ---- sharing ---- */

struct model2vec *model2vec_take(const char *folder, struct error *err)
{
    struct model2vec *m;

    pthread_mutex_lock(&lock);
    for (m = models; m && strcmp(m->folder, folder) != 0; m = m->next)
        ;
    if (!m) {
        m = model_new(folder, err);
        if (m) {
            m->next = models;
            models = m;
        }
    }
    if (m)
        m->users++;
    pthread_mutex_unlock(&lock);
    return m;
}

void model2vec_give(struct model2vec *m)
{
    struct model2vec **at = &models;

    if (!m)
        return;
    pthread_mutex_lock(&lock);
    if (--m->users > 0) {
        m = NULL;
    } else {
        while (*at != m)
            at = &(*at)->next;
        *at = m->next;
    }
    pthread_mutex_unlock(&lock);
    if (m)
        model_free(m);
}

size_t model2vec_dim(const struct model2vec *m)
{
    return m->rows.cols;
}

const char *model2vec_identity(const struct model2vec *m)
{
    return m->identity;
}

/* ---- embedding ---- */

bool model2vec_room(struct token_room *room)
{
    room->limit = TOKENS_MAX;
    room->ids = calloc(TOKENS_MAX, sizeof *room->ids);
    return room->ids != NULL;
}

bool model2vec_embed(const struct model2vec *m, struct token_room *room,
                     struct text text, float *vector)
{
    size_t dim = m->rows.cols;

    memset(vector, 0, dim * sizeof *vector);
    if (!tokenizer_run(m->tokenizer, room, text,
                       TOKENS_MAX * tokenizer_median(m->tokenizer)))
        return false;
    for (size_t i = 0; i < room->count; i++) {
        int64_t row = room->ids[i];
        float weight = m->weights.data
                           ? tensor_float(&m->weights, room->ids[i])
                           : 1;

        if (m->mapping.data)
            tensor_index(&m->mapping, room->ids[i], &row);
        tensor_add_row(&m->rows, (size_t)row, weight, vector);
    }
    for (size_t i = 0; i < dim && room->count > 1; i++)
        vector[i] /= (float)room->count;
    if (m->normalise)
        float_normalise(vector, dim);
    return true;
}
