/* This file writes the figures of a snapshot as OpenMetrics text: families of
 * one sample, families with a sample for each stage, and sets of states. A
 * figure that is not known has no sample. */
#include "config.h"
#include "host/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/file.h"

/* A figure of the whole run. Its name ends with its unit, if it has one. */
struct metric {
    const char *name, *type, *unit, *help;
    bool known;
    double value;
};

/* --- text ----------------------------------------------------------------- */

static void metrics_put_family(struct buf *b, const char *name,
                               const char *type, const char *unit,
                               const char *help)
{
    buf_printf(b, "# TYPE batchtop_%s %s\n", name, type);
    if (*unit)
        buf_printf(b, "# UNIT batchtop_%s %s\n", name, unit);
    buf_printf(b, "# HELP batchtop_%s %s\n", name, help);
}

/* ,name="value", with what the format escapes in a value */
static void metrics_put_label(struct buf *b, char before, const char *name,
                              const char *value)
{
    buf_printf(b, "%c%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"' || *value == '\n')
            buf_putc(b, '\\');
        buf_putc(b, *value == '\n' ? 'n' : *value);
    }
    buf_putc(b, '"');
}

/* name "": a sample without a second label */
static void metrics_put_sample(struct buf *b, const struct snapshot *s,
                               const struct metric *m, const char *name,
                               const char *value)
{
    buf_printf(b, "batchtop_%s%s", m->name,
               strcmp(m->type, "counter") == 0 ? "_total" : "");
    metrics_put_label(b, '{', "job", s->job);
    if (*name)
        metrics_put_label(b, ',', name, value);
    buf_printf(b, "} %.15g\n", m->value);
}

static void metrics_put(struct buf *b, const struct snapshot *s,
                        const struct metric *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!m[i].known)
            continue;
        metrics_put_family(b, m[i].name, m[i].type, m[i].unit, m[i].help);
        metrics_put_sample(b, s, &m[i], "", "");
    }
}

#define METRICS_PUT(b, s, array)                                               \
    metrics_put(b, s, array, sizeof(array) / sizeof(array)[0])

/* --- figures -------------------------------------------------------------- */

static void metrics_put_documents(struct buf *b, const struct snapshot *s)
{
    const struct metric all[] = {
        { "documents_stored", "counter", "",
          "Documents in the store, by this job.", true, (double)s->stored },
        { "documents_failed", "gauge", "",
          "Documents that a service or the store did not take.", true,
          (double)s->failed },
        { "documents_rejected", "gauge", "",
          "Records that cannot be used as they stand.", true,
          (double)s->rejected },
        { "documents_processed", "gauge", "",
          "Documents that are final in any way.", true, (double)s->processed },
        { "documents_in_flight", "gauge", "",
          "Documents between reading and the checkpoint.", true,
          (double)s->in_flight },
        { "documents_waiting", "gauge", "",
          "Documents that wait for another try.", true, (double)s->waiting },
        { "documents_expected", "gauge", "",
          "Documents of the corpus, estimated while it is read.", s->total > 0,
          (double)s->total },
        { "progress_ratio", "gauge", "ratio",
          "Share of the corpus that is done.", s->total > 0,
          s->done_pct / 100 },
        { "stored_per_second", "gauge", "",
          "Documents stored a second, mean of ten seconds.", true, s->rate },
    };

    METRICS_PUT(b, s, all);
}

static void metrics_put_times(struct buf *b, const struct snapshot *s,
                              int64_t wall_s)
{
    const struct metric all[] = {
        { "elapsed_seconds", "gauge", "seconds", "Time of this run.", true,
          (double)s->elapsed_ms / 1000 },
        { "paused_seconds", "gauge", "seconds",
          "Time of this run in which a person had paused or stopped it.", true,
          (double)s->paused_ms / 1000 },
        { "eta_seconds", "gauge", "seconds", "Time to the end, about.",
          s->eta_ms >= 0, (double)s->eta_ms / 1000 },
        { "checkpoint_age_seconds", "gauge", "seconds",
          "Time since the last commit of the checkpoint.",
          s->checkpoint_ms >= 0, (double)s->checkpoint_ms / 1000 },
        { "updated_timestamp_seconds", "gauge", "seconds",
          "When these figures were written, in seconds since 1970.", true,
          (double)wall_s },
    };

    METRICS_PUT(b, s, all);
}

static void metrics_put_costs(struct buf *b, const struct snapshot *s)
{
    const struct metric all[] = {
        { "tokens", "counter", "", "Tokens of this run.", true,
          (double)s->tokens },
        { "requests", "counter", "", "Requests of this run.", true,
          (double)s->requests },
        { "requests_retried", "counter", "",
          "Requests with a document that was sent before.", true,
          (double)s->retries },
        { "sent_bytes", "counter", "bytes", "Bytes sent by this run.", true,
          (double)s->sent_bytes },
        { "received_bytes", "counter", "bytes", "Bytes received by this run.",
          true, (double)s->received_bytes },
        { "cost_usd", "counter", "usd",
          "What the job paid by the price of a token.", s->cost_known,
          s->cost_usd },
        { "cost_projected_usd", "gauge", "usd",
          "What the job will have paid at the end, about.",
          s->cost_projected_usd > 0, s->cost_projected_usd },
        { "budget_usd", "gauge", "usd", "What the job may pay.",
          s->budget_usd > 0, s->budget_usd },
        { "memory_used_ratio", "gauge", "ratio",
          "Share of the memory of the machine or container in use.", true,
          s->memory_pct / 100 },
        { "resident_memory_bytes", "gauge", "bytes",
          "Memory that the run itself holds.", s->rss_bytes > 0,
          (double)s->rss_bytes },
    };

    METRICS_PUT(b, s, all);
}

/* --- stages --------------------------------------------------------------- */

/* A family with a sample for each of the two stages. */
static void metrics_put_pair(struct buf *b, const struct snapshot *s,
                             const struct metric pair[2])
{
    static const char *const stage[] = { "embed", "upsert" };

    if (!pair[0].known && !pair[1].known)
        return;
    metrics_put_family(b, pair[0].name, pair[0].type, pair[0].unit,
                       pair[0].help);
    for (int i = 0; i < 2; i++)
        if (pair[i].known)
            metrics_put_sample(b, s, &pair[i], "stage", stage[i]);
}

static void metrics_put_stages(struct buf *b, const struct snapshot *s)
{
    const struct stage_view *const g[] = { &s->embed, &s->upsert };
    const struct queue_view *const q[] = { &s->embed_queue, &s->upsert_queue };
    enum { FIGURES = 8 };
    struct metric all[FIGURES][2];

    for (int i = 0; i < 2; i++) {
        const struct metric of[FIGURES] = {
            { "stage_documents_per_second", "gauge", "",
              "Documents of the stage a second, mean of ten seconds.", true,
              g[i]->rate },
            { "stage_latency_p50_seconds", "gauge", "seconds",
              "Median of the last requests of the stage.", g[i]->p50_ms >= 0,
              (double)g[i]->p50_ms / 1000 },
            { "stage_latency_p95_seconds", "gauge", "seconds",
              "95th percentile of the last requests of the stage.",
              g[i]->p95_ms >= 0, (double)g[i]->p95_ms / 1000 },
            { "stage_busy_ratio", "gauge", "ratio",
              "Share of the workers' time in requests.", true,
              g[i]->busy_pct / 100 },
            { "stage_requests_wanted", "gauge", "",
              "Requests that the stage wants in flight.", true,
              g[i]->seek.width },
            { "stage_batch_documents", "gauge", "",
              "Documents that a request should have.", true, g[i]->batch },
            { "queue_batches", "gauge", "",
              "Batches in the queue before the stage.", true, q[i]->count },
            { "queue_capacity_batches", "gauge", "",
              "Batches that the queue before the stage holds.", true,
              q[i]->capacity },
        };

        for (int k = 0; k < FIGURES; k++)
            all[k][i] = of[k];
    }
    for (int k = 0; k < FIGURES; k++)
        metrics_put_pair(b, s, all[k]);
}

/* --- states --------------------------------------------------------------- */

/* One sample for each word: 1 for the one that holds. */
static void metrics_put_words(struct buf *b, const struct snapshot *s,
                              const char *name, const char *help,
                              const char *const *words, size_t n,
                              const char *now)
{
    struct metric m = { name, "stateset", "", help, true, 0 };
    char label[48];

    snprintf(label, sizeof label, "batchtop_%s", name);
    metrics_put_family(b, name, m.type, "", help);
    for (size_t i = 0; i < n; i++) {
        m.value = strcmp(words[i], now) == 0;
        metrics_put_sample(b, s, &m, label, words[i]);
    }
}

static void metrics_put_states(struct buf *b, const struct snapshot *s)
{
    static const char *const limits[] = { "READ", "EMBED", "UPSERT", "LIMIT" };
    const char *words[RUN_FAILED + 1];

    for (int i = 0; i <= RUN_FAILED; i++)
        words[i] = run_state_word((enum run_state)i);
    metrics_put_words(b, s, "state", "The state of the run.", words,
                      RUN_FAILED + 1, run_state_word(s->state));
    metrics_put_words(b, s, "bottleneck",
                      "What the run waits for most; none is 1 if unknown.",
                      limits, sizeof limits / sizeof limits[0], s->bottleneck);
}

void metrics_text(struct buf *to, const struct snapshot *s, int64_t wall_s)
{
    metrics_put_family(to, "build", "info", "", "The release that runs.");
    buf_puts(to, "batchtop_build_info");
    metrics_put_label(to, '{', "job", s->job);
    metrics_put_label(to, ',', "version", PACKAGE_VERSION);
    buf_puts(to, "} 1\n");
    metrics_put_documents(to, s);
    metrics_put_times(to, s, wall_s);
    metrics_put_costs(to, s);
    metrics_put_stages(to, s);
    metrics_put_states(to, s);
    buf_puts(to, "# EOF\n");
}

/* --- the file ------------------------------------------------------------- */

/* Empty, or of a former run: whatever else has that name is not ours to
 * replace, a corpus least of all. */
static bool metrics_is_ours(const char *path)
{
    static const char begins[] = "# TYPE batchtop_";
    char head[sizeof begins - 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof head);

    if (fd >= 0)
        close(fd);
    return n == 0 ||
           (n == (ssize_t)sizeof head && memcmp(head, begins, sizeof head) == 0);
}

bool metrics_check(const char *path, struct error *err)
{
    struct stat st;
    bool fine = stat(path, &st) != 0 || S_ISREG(st.st_mode);

    if (!fine)
        error_set(err, ERROR_CONFIG, 0, "%.180s is no regular file", path);
    else if (!metrics_is_ours(path))
        error_set(err, ERROR_CONFIG, 0,
                  "%.180s holds something else than metrics of batchtop", path);
    else if (file_writable(path, err))
        return true;
    error_wrap(err, "--metrics");
    err->kind = ERROR_CONFIG; /* it is the name that is wrong */
    return false;
}

/* Others may read it: a node exporter is another user. */
static bool metrics_put_file(const char *path, const struct buf *text,
                             struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  0644);
    bool fine;

    if (fd < 0)
        return error_errno(err, errno, "%.180s", path);
    fine = file_write_all(fd, text->data, text->len, err);
    if (close(fd) != 0 && fine)
        fine = error_errno(err, errno, "%.180s", path);
    return fine;
}

bool metrics_write(const char *path, const struct snapshot *s,
                   struct error *err)
{
    char part[PATH_MAX];
    struct buf text;
    bool fine;

    if ((size_t)snprintf(part, sizeof part, "%s.tmp", path) >= sizeof part)
        return error_errno(err, ENAMETOOLONG, "%.180s", path);
    buf_init(&text);
    metrics_text(&text, s, clock_wall_s());
    fine = text.failed ? error_memory(err, "for --metrics")
                       : metrics_put_file(part, &text, err);
    buf_release(&text);
    if (fine && rename(part, path) != 0)
        fine = error_errno(err, errno, "%.180s", path);
    if (!fine)
        unlink(part);
    return fine;
}
