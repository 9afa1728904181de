/* batchtop size: say how many records fit into a request, and why. */
#include "config.h"
#include "host/cmd.h"

#include "core/sizing.h"
#include "util/json_write.h"

static void put_json(const struct sizing_input *in, const struct sizing *s)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_u64(&w, "dim", in->dim);
    json_put_u64(&w, "metadata_bytes", in->metadata_bytes);
    json_put_u64(&w, "planning", s->planning);
    json_put_u64(&w, "binary", s->binary);
    json_put_u64(&w, "measured", s->measured);
    json_end_line(&w, stdout);
}

static void size_put_row(const char *name, double budget, double record,
                         uint64_t n, const char *how)
{
    printf("  %-9s %9.0f bytes / %7.0f bytes a record = %5llu   %s\n", name,
           budget, record, (unsigned long long)n, how);
}

static void size_put_text(const struct sizing_input *in, const struct sizing *s)
{
    printf("dimension %llu, %llu bytes of metadata, requests up to %.2f MB, "
           "safety %.2f, at most %llu records\n\n",
           (unsigned long long)in->dim,
           (unsigned long long)in->metadata_bytes, in->max_mb, in->safety,
           (unsigned long long)in->cap);
    size_put_row("planning", s->planning_budget, s->planning_record,
                 s->planning, "6 bytes a float + 150");
    size_put_row("binary", s->binary_budget, s->binary_record, s->binary,
                 "4 bytes a float, the published table");
    size_put_row("measured", s->measured_budget, s->measured_record,
                 s->measured, "JSON as it is sent");
    printf("\nA float takes %.2f bytes of JSON at this dimension. A run counts "
           "the bytes it\nreally sends; only that steers it.\n",
           s->measured_float);
}

int cmd_size(struct options *opt)
{
    struct sizing_input in = { .dim = opt->dim,
                               .metadata_bytes = opt->metadata_bytes,
                               .max_mb = opt->max_request_mb,
                               .safety = opt->safety,
                               .cap = opt->cap };
    struct sizing s;
    struct error err;

    if (opt->dim == 0) {
        error_set(&err, ERROR_CONFIG, 0,
                  "size wants --dim N: batchtop size --dim 1536 "
                  "--metadata-bytes 2000");
        return cmd_error(&err);
    }
    sizing_compute(&in, &s);
    if (opt->json)
        put_json(&in, &s);
    else
        size_put_text(&in, &s);
    return EXIT_STORED;
}
