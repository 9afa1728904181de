/*
 * What a snapshot is made of. Rows that are not in use are looked at as well;
 * they are zero.
 */
#include "config.h"
#include "remote/wire.h"

#include <string.h>

#include "remote/shape.h"

static const struct field worker_view_fields[] = {
    FIELD(worker_view, state, UNSIGNED, WORKER_BLOCKED),
    FIELD(worker_view, docs, UNSIGNED, MANY),
    FIELD(worker_view, rate, AMOUNT, MANY),
    FIELD(worker_view, batch, UNSIGNED, UINT32_MAX),
    FIELD(worker_view, requests, UNSIGNED, UINT32_MAX),
    FIELD(worker_view, errors, UNSIGNED, UINT32_MAX),
    FIELD(worker_view, p50_ms, SIGNED, MANY),
    FIELD(worker_view, p95_ms, SIGNED, MANY),
    FIELD(worker_view, state_ms, SIGNED, MANY),
    FIELD(worker_view, wait_ms, SIGNED, MANY),
    FIELD(worker_view, reason, LINE, 0),
    FIELD(worker_view, spark_len, UNSIGNED, SNAPSHOT_SPARK),
    FIELD(worker_view, spark, FLOAT, MANY),
};
SHAPE(worker_view);

static const struct field stage_view_fields[] = {
    FIELD(stage_view, rate, AMOUNT, MANY),
    FIELD(stage_view, busy_pct, DOUBLE, SHARE),
    FIELD(stage_view, limited_pct, DOUBLE, SHARE),
    FIELD(stage_view, backoff_pct, DOUBLE, SHARE),
    FIELD(stage_view, limited_by, LINE, 0),
    FIELD(stage_view, errors_per_min, AMOUNT, MANY),
    FIELD(stage_view, p50_ms, SIGNED, MANY),
    FIELD(stage_view, p95_ms, SIGNED, MANY),
    FIELD(stage_view, workers, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, wanted, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, max_workers, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, batch, UNSIGNED, UINT32_MAX),
    FIELD(stage_view, batch_limit, UNSIGNED, UINT32_MAX),
    FIELD(stage_view, requests, UNSIGNED, MANY),
    FIELD(stage_view, failed, UNSIGNED, MANY),
    FIELD(stage_view, docs, UNSIGNED, MANY),
    FIELD(stage_view, name, LINE, 0),
    FIELD(stage_view, note, LINE, 0),
    INNER(stage_view, worker, worker_view_shape),
};
SHAPE(stage_view);

static const struct field queue_view_fields[] = {
    FIELD(queue_view, count, UNSIGNED, UINT32_MAX),
    FIELD(queue_view, capacity, UNSIGNED, UINT32_MAX),
    FIELD(queue_view, bytes, UNSIGNED, FAR),
    FIELD(queue_view, limit_bytes, UNSIGNED, FAR),
    FIELD(queue_view, docs, UNSIGNED, MANY),
    FIELD(queue_view, full_pct, DOUBLE, SHARE),
};
SHAPE(queue_view);

static const struct field limit_view_fields[] = {
    FIELD(limit_view, limit, UNSIGNED, MANY),
    FIELD(limit_view, used, UNSIGNED, MANY),
};
SHAPE(limit_view);

static const struct field failure_kind_fields[] = {
    FIELD(failure_kind, key, LINE, 0),
    FIELD(failure_kind, label, LINE, 0),
    FIELD(failure_kind, stage, LINE, 0),
    FIELD(failure_kind, kind, UNSIGNED, ERROR_KIND_COUNT - 1),
    FIELD(failure_kind, code, UNSIGNED, UINT32_MAX), /* or less than 0 */
    FIELD(failure_kind, rejected, UNSIGNED, 1),
    FIELD(failure_kind, worth_retry, UNSIGNED, 1),
    FIELD(failure_kind, open, UNSIGNED, MANY),
    FIELD(failure_kind, advice, LINE, 0),
    FIELD(failure_kind, newest, LINE, 0),
};
SHAPE(failure_kind);

static const struct field failure_row_fields[] = {
    FIELD(failure_row, wall_s, SIGNED, MANY),
    FIELD(failure_row, id, LINE, 0),
    FIELD(failure_row, stage, LINE, 0),
    FIELD(failure_row, code, LINE, 0),
    FIELD(failure_row, message, LINE, 0),
    FIELD(failure_row, times, UNSIGNED, UINT32_MAX),
    FIELD(failure_row, documents, UNSIGNED, UINT32_MAX),
    FIELD(failure_row, tries, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, tries_max, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, standing, UNSIGNED, FAILURE_SKIPPED),
    FIELD(failure_row, kind, UNSIGNED, ERROR_KIND_COUNT - 1),
    FIELD(failure_row, source, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, pos, UNSIGNED, MANY),
    FIELD(failure_row, offset, UNSIGNED, FAR),
};
SHAPE(failure_row);

static const struct field document_view_fields[] = {
    FIELD(document_view, seq, UNSIGNED, MANY),
    FIELD(document_view, source, UNSIGNED, UINT16_MAX),
    FIELD(document_view, pos, UNSIGNED, MANY),
    FIELD(document_view, offset, UNSIGNED, FAR),
    FIELD(document_view, length, UNSIGNED, FAR),
    FIELD(document_view, error, LINE, 0),
    FIELD(document_view, trouble, LINE, 0),
    FIELD(document_view, cut, UNSIGNED, 1),
    FIELD(document_view, len, UNSIGNED, SNAPSHOT_DOCUMENT - 1),
    FIELD(document_view, text, PAGE, 0),
};
SHAPE(document_view);

static const struct field failure_ask_fields[] = {
    FIELD(failure_ask, first, UNSIGNED, MANY),
    FIELD(failure_ask, filter, TEXT, 0),
    FIELD(failure_ask, seek, SIGNED, MANY),
    FIELD(failure_ask, sought, TEXT, 0),
    FIELD(failure_ask, from, UNSIGNED, MANY),
};
SHAPE(failure_ask);

static const struct field snapshot_fields[] = {
    INNER(snapshot, ask, failure_ask_shape),
    FIELD(snapshot, state, UNSIGNED, RUN_FAILED),
    FIELD(snapshot, paused, UNSIGNED, STAGES_ALL),
    FIELD(snapshot, reason, LINE, 0),
    FIELD(snapshot, remedy, LINE, 0),
    FIELD(snapshot, state_ms, SIGNED, MANY),
    FIELD(snapshot, wait_for, LINE, 0),
    FIELD(snapshot, wait_ms, SIGNED, MANY),
    FIELD(snapshot, wait_next_ms, SIGNED, MANY),
    FIELD(snapshot, job, LINE, 0),
    FIELD(snapshot, corpus, LINE, 0),
    FIELD(snapshot, store, LINE, 0),
    FIELD(snapshot, embedder, LINE, 0),
    FIELD(snapshot, started_hms, LINE, 0),
    FIELD(snapshot, resumed, UNSIGNED, 1),
    FIELD(snapshot, resumed_at, UNSIGNED, MANY),
    FIELD(snapshot, now_ms, SIGNED, MANY),
    FIELD(snapshot, elapsed_ms, SIGNED, MANY),
    FIELD(snapshot, paused_ms, SIGNED, MANY),
    FIELD(snapshot, total, UNSIGNED, MANY),
    FIELD(snapshot, total_estimated, UNSIGNED, 1),
    FIELD(snapshot, done_pct, AMOUNT, 100),
    FIELD(snapshot, eta_ms, SIGNED, MANY),
    FIELD(snapshot, processed, UNSIGNED, MANY),
    FIELD(snapshot, stored, UNSIGNED, MANY),
    FIELD(snapshot, failed, UNSIGNED, MANY),
    FIELD(snapshot, rejected, UNSIGNED, MANY),
    FIELD(snapshot, skipped, UNSIGNED, MANY),
    FIELD(snapshot, superseded, UNSIGNED, MANY),
    FIELD(snapshot, waiting, UNSIGNED, MANY),
    FIELD(snapshot, duplicates, UNSIGNED, MANY),
    FIELD(snapshot, produced, UNSIGNED, MANY),
    FIELD(snapshot, embedded, UNSIGNED, MANY),
    FIELD(snapshot, upserted, UNSIGNED, MANY),
    FIELD(snapshot, spooled, UNSIGNED, MANY),
    FIELD(snapshot, in_flight, UNSIGNED, MANY),
    FIELD(snapshot, tokens, UNSIGNED, MANY),
    FIELD(snapshot, requests, UNSIGNED, MANY),
    FIELD(snapshot, batches, UNSIGNED, MANY),
    FIELD(snapshot, retries, UNSIGNED, MANY),
    FIELD(snapshot, resent, UNSIGNED, MANY),
    FIELD(snapshot, sent_bytes, UNSIGNED, FAR),
    FIELD(snapshot, received_bytes, UNSIGNED, FAR),
    FIELD(snapshot, cost_usd, AMOUNT, 1000000000000u),
    FIELD(snapshot, rate, AMOUNT, MANY),
    FIELD(snapshot, rate_avg, AMOUNT, MANY),
    FIELD(snapshot, rate_peak, AMOUNT, MANY),
    FIELD(snapshot, read_rate, AMOUNT, MANY),
    FIELD(snapshot, read_bytes, UNSIGNED, FAR),
    FIELD(snapshot, read_size, UNSIGNED, FAR),
    FIELD(snapshot, reading_done, UNSIGNED, 1),
    FIELD(snapshot, checkpoint_ms, SIGNED, MANY),
    FIELD(snapshot, recorded, UNSIGNED, MANY),
    FIELD(snapshot, checkpoint_line, UNSIGNED, MANY),
    FIELD(snapshot, checkpoint_count, UNSIGNED, MANY),
    INNER(snapshot, embed_queue, queue_view_shape),
    INNER(snapshot, upsert_queue, queue_view_shape),
    INNER(snapshot, embed, stage_view_shape),
    INNER(snapshot, upsert, stage_view_shape),
    FIELD(snapshot, bottleneck, LINE, 0),
    FIELD(snapshot, bottleneck_why, LINE, 0),
    INNER(snapshot, requests_min, limit_view_shape),
    INNER(snapshot, tokens_min, limit_view_shape),
    INNER(snapshot, concurrent, limit_view_shape),
    FIELD(snapshot, limit_now, LINE, 0),
    FIELD(snapshot, memory_pct, DOUBLE, SHARE),
    FIELD(snapshot, memory_guard_pct, DOUBLE, SHARE),
    FIELD(snapshot, memory_bytes, UNSIGNED, FAR),
    FIELD(snapshot, memory_total_bytes, UNSIGNED, FAR),
    FIELD(snapshot, rss_bytes, UNSIGNED, FAR),
    FIELD(snapshot, memory_cgroup, UNSIGNED, 1),
    FIELD(snapshot, cpu_pct, DOUBLE, SHARE),
    FIELD(snapshot, history_len, UNSIGNED, SNAPSHOT_HISTORY),
    FIELD(snapshot, history, FLOAT, MANY),
    FIELD(snapshot, kind_count, UNSIGNED, SNAPSHOT_KINDS),
    INNER(snapshot, kinds, failure_kind_shape),
    FIELD(snapshot, failures_open, UNSIGNED, MANY),
    FIELD(snapshot, retries_at_end, UNSIGNED, UINT32_MAX),
    FIELD(snapshot, failures_total, UNSIGNED, MANY),
    FIELD(snapshot, failures_seq, UNSIGNED, MANY),
    FIELD(snapshot, listed_total, UNSIGNED, MANY),
    FIELD(snapshot, listed_seq, UNSIGNED, MANY),
    FIELD(snapshot, failures_found, UNSIGNED, MANY),
    FIELD(snapshot, failure_count, UNSIGNED, SNAPSHOT_FAILURES),
    INNER(snapshot, failures, failure_row_shape),
    INNER(snapshot, document, document_view_shape),
    FIELD(snapshot, knob, SIGNED, MANY),
    FIELD(snapshot, knob_max, SIGNED, MANY),
    FIELD(snapshot, knob_start, SIGNED, MANY),
    FIELD(snapshot, request_tokens, UNSIGNED, MANY),
    FIELD(snapshot, message_seq, UNSIGNED, MANY),
    FIELD(snapshot, message, LINE, 0),
};
SHAPE(snapshot);

/* What hangs together: the rows are a window into the list, the row that was
 * sought is of the list, the length of a document is that of its text. */
static bool sums_fit(const struct snapshot *s, struct error *err)
{
    const char *wrong = NULL;

    if (s->failure_count > s->listed_total ||
        (s->failure_count > 0 &&
         s->ask.first > s->listed_total - s->failure_count))
        wrong = "failures are of no list";
    else if (s->failures_found > s->listed_seq)
        wrong = "a failure is found that is not there";
    else if (strlen(s->document.text) != s->document.len)
        wrong = "a document is not as long as it says";
    return !wrong || error_set(err, ERROR_PROTOCOL, 0,
                               "what the run sent makes no sense: %s", wrong);
}

bool wire_check_ask(const struct failure_ask *a, struct error *err)
{
    return shape_check(&failure_ask_shape, a, err);
}

bool wire_check_snapshot(const struct snapshot *s, struct error *err)
{
    return shape_check(&snapshot_shape, s, err) && sums_fit(s, err);
}

void wire_mend_snapshot(struct snapshot *s)
{
    shape_mend(&snapshot_shape, s);
}

uint64_t wire_snapshot_layout(uint64_t seed)
{
    return shape_hash(&snapshot_shape, seed);
}

bool wire_snapshot_whole(void)
{
    return shape_is_whole(&snapshot_shape);
}
