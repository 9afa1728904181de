/* This file prints what a run has done when it has ended: a summary in a few
 * lines, and the object of --json. */
#include "config.h"
#include "host/plain.h"

#include <string.h>

#include "engine/job/corpus_name.h"
#include "host/plain_money.h"
#include "host/plain_stages.h"
#include "options/advice.h"
#include "util/json_write.h"
#include "util/str.h"

enum { KINDS_SHOWN = 3 };

static const char *summary_outcome(enum exit_status status)
{
    switch (status) {
    case EXIT_STORED:
    case EXIT_SOME_FAILED:
        return "done";
    case EXIT_RESUMABLE:
        return "stopped";
    default:
        return "failed";
    }
}

/* The label of a kind is about one record. */
static const char *summary_label(const struct failure_kind *k)
{
    return k->open != 1 && k->cause.kind == ERROR_INPUT
               ? "records cannot be used"
               : k->label;
}

/* What is owed, of which kinds: of records that were refused as they stand
 * (rejected), or of documents that a service or the store did not take. */
static void summary_put_owed(FILE *to, const struct snapshot *s, bool rejected)
{
    uint64_t all = rejected ? s->rejected : s->failed, rest = all;
    const char *between = "   ";
    char n[32];
    int shown = 0;

    fprintf(to, "  %-9s %11s", rejected ? "rejected" : "failed",
            str_count(n, sizeof n, all));
    for (uint32_t i = 0; i < s->kind_count && shown < KINDS_SHOWN; i++) {
        const struct failure_kind *k = &s->kinds[i];

        if (k->cause.rejected != rejected)
            continue;
        fprintf(to, "%s%s %s", between, str_count(n, sizeof n, k->open),
                summary_label(k));
        rest -= k->open < rest ? k->open : rest;
        between = ", ";
        shown++;
    }
    if (rest)
        fprintf(to, "%s%s other", between, str_count(n, sizeof n, rest));
    fputc('\n', to);
}

/* Was it stopped with each record final, some of them failed? A resume would
 * send nothing. */
static bool summary_is_of_retry(const struct summary *sum)
{
    const struct snapshot *s = &sum->last;

    return sum->status == EXIT_RESUMABLE && s->resumed && s->total > 0 &&
           !s->total_estimated && s->resumed_at >= s->total &&
           s->failed + s->in_flight > 0;
}

/* A line to type, and what is said behind it. */
static void summary_put_line(FILE *to, const char *before,
                             const struct options *opt, const char *verb,
                             const char *job, const char *more)
{
    char line[ADVICE_MAX];

    fprintf(to, "  %-10s  %s", before, advice_line(line, opt, verb, job, more));
}

static bool summary_is_piped(const struct options *opt)
{
    bool piped = false;

    for (size_t i = 0; i < opt->corpus.count; i++)
        piped |= corpus_is_stream(opt->corpus.item[i]);
    return piped;
}

/* The options that read what was rejected. Only a corpus that can be read again
 * comes back by the job's name. */
static void summary_put_mend(FILE *to, const struct snapshot *s,
                             const struct options *opt)
{
    if (opt->corpus.count == 0 || summary_is_piped(opt))
        fprintf(to, "  next        the same line with %s", s->mend);
    else
        summary_put_line(to, "next", opt, "resume", s->job, s->mend);
    fputc('\n', to);
}

/* Why most records were rejected, in the words of most of them. */
static void summary_put_cause(FILE *to, const struct snapshot *s)
{
    uint32_t i = 0;

    while (i < s->kind_count && !s->kinds[i].cause.rejected)
        i++;
    if (i < s->kind_count && *s->kinds[i].common &&
        s->kinds[i].open > s->stored + s->failed)
        fprintf(to, "  reason      %s\n", s->kinds[i].common);
}

/* Without it the next line would only fail again. */
static void summary_put_first_aid(FILE *to, const struct summary *sum)
{
    bool resumable = sum->status == EXIT_RESUMABLE;

    if (*sum->first_aid)
        fprintf(to, "  %-10s  %s%s\n", resumable ? "first" : "next",
                sum->first_aid,
                resumable ? "" : "; then the same line again");
}

static void summary_put_next(FILE *to, const struct summary *sum,
                             const struct options *opt)
{
    const struct snapshot *s = &sum->last;
    bool is_retry = summary_is_of_retry(sum);
    bool resumable = sum->status == EXIT_RESUMABLE;
    bool owes = sum->status == EXIT_SOME_FAILED;

    if (*s->mend && !resumable) {
        summary_put_mend(to, s, opt);
    } else if (resumable && sum->unbegun) {
        fputs("  next        the same line again: it begins where this one "
              "did\n",
              to);
    } else if (resumable && s->budget_spent) {
        summary_put_line(to, "next", opt, is_retry ? "retry" : "resume",
                         s->job, "--budget N");
        fprintf(to, "      with N above %g USD\n", s->budget_usd);
    } else if (owes || is_retry) {
        bool retry = is_retry || s->failed > 0;

        if (retry) {
            summary_put_line(to, "next", opt, "retry", s->job, "");
            fputs(owes && !snapshot_retry_helps(s)
                      ? "      (after a change: as they stand, they are "
                        "refused again)\n"
                      : "\n",
                  to);
        }
        summary_put_line(to, retry ? "or" : "next", opt, "failures", s->job,
                         "");
        fprintf(to, " > failed.jsonl%s\n",
                retry ? "" : "      (a retry reads the same records)");
    } else if (resumable) {
        summary_put_line(to, "next", opt, "resume", s->job, "");
        fputc('\n', to);
    }
}

/* Of a short run the smoothed rate never rises above the mean. */
static void summary_put_stored(FILE *to, const struct snapshot *s)
{
    char a[48], b[48], c[48];

    fprintf(to, "  stored    %11s   avg %s docs/s",
            str_count(a, sizeof a, s->stored),
            str_short(b, sizeof b, s->rate_avg, 6));
    if (s->rate_peak > s->rate_avg)
        fprintf(to, ", peak %s", str_short(c, sizeof c, s->rate_peak, 6));
    fputc('\n', to);
}

static void summary_put_requests(FILE *to, const struct snapshot *s)
{
    char a[48], b[48], c[48];

    fprintf(to, "  requests  %11s   ", str_count(a, sizeof a, s->requests));
    if (s->embed.requests && s->upsert.requests)
        fprintf(to, "%s to the embedder and %s to the store, ",
                str_count(b, sizeof b, s->embed.requests),
                str_count(c, sizeof c, s->upsert.requests));
    if (s->retries)
        fprintf(to, "%s of them retries of %s documents, ",
                str_count(b, sizeof b, s->retries),
                str_count(c, sizeof c, s->resent));
    fprintf(to, "%s tokens\n",
            str_short(c, sizeof c, (double)s->tokens, 6));
}

void plain_summary(FILE *to, const struct summary *sum,
                   const struct options *opt)
{
    const struct snapshot *s = &sum->last;
    char a[48], b[48], c[48];

    fprintf(to, "batchtop: %s in %s", summary_outcome(sum->status),
            str_duration_whole(a, sizeof a, s->elapsed_ms));
    if (s->paused_ms >= 1000)
        fprintf(to, " (paused %s)",
                str_duration_whole(a, sizeof a, s->paused_ms));
    fputc('\n', to);
    if (sum->why.text[0] && sum->status != EXIT_RESUMABLE)
        fprintf(to, "  reason      %s\n", sum->why.text);
    else if (sum->why.text[0])
        fprintf(to, "  stopped by  %s\n", sum->why.text);
    else if (sum->status == EXIT_SOME_FAILED)
        summary_put_cause(to, s);
    if (sum->status == EXIT_STORED && sum->recorded == 0)
        fprintf(to, "  corpus      has no record: there was nothing to store%s\n",
                summary_is_piped(opt)
                    ? " (did the program before the pipe fail?)" : "");
    if (*s->unread)
        fprintf(to, "  unread      %s\n", s->unread);
    summary_put_stored(to, s);
    summary_put_owed(to, s, false);
    if (s->rejected)
        summary_put_owed(to, s, true);
    if (s->duplicates)
        fprintf(to, "  duplicates%11s   of an id that was under way: the store "
                    "keeps the last record\n",
                str_count(a, sizeof a, s->duplicates));
    if (s->superseded + s->skipped)
        fprintf(to, "  set aside %11s   %s superseded by a later record, %s "
                    "skipped by hand\n",
                str_count(a, sizeof a, s->superseded + s->skipped),
                str_count(b, sizeof b, s->superseded),
                str_count(c, sizeof c, s->skipped));
    if (s->spooled)
        fprintf(to, "  spool     %11s   vectors that an earlier run had paid "
                    "for\n",
                str_count(a, sizeof a, s->spooled));
    summary_put_requests(to, s);
    plain_stages_summary(to, s);
    plain_money_summary(to, s);
    if (*sum->archived)
        fprintf(to, "  checkpoint  %s, finished\n", sum->archived);
    else if (sum->unbegun)
        fputs("  checkpoint  none: nothing was sent\n", to);
    else
        fprintf(to, "  checkpoint  %s/%s.ledger, %s records final\n",
                opt->checkpoint_dir, s->job,
                str_count(a, sizeof a, sum->recorded));
    summary_put_first_aid(to, sum);
    summary_put_next(to, sum, opt);
}

void plain_json_brief(FILE *to, const char *job, enum exit_status status,
                      const char *why)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_text(&w, "job", *job ? job : NULL);
    json_put_i64(&w, "status", status);
    json_put_text(&w, "outcome", summary_outcome(status));
    /* No 0: nobody should take it for the count of a job, which may have stored
     * some or none. */
    if (status != EXIT_STORED)
        json_put_text(&w, "stored", "none");
    json_put_text(&w, status == EXIT_STORED ? "note" : "error", why);
    json_end_line(&w, to);
}

static void summary_put_documents(struct json_writer *w,
                                  const struct snapshot *s)
{
    json_put_u64(w, "produced", s->produced);
    json_put_u64(w, "embedded", s->embedded);
    json_put_u64(w, "spooled", s->spooled);
    json_put_u64(w, "upserted", s->upserted);
    json_put_u64(w, "processed", s->processed);
    json_put_u64(w, "stored", s->stored);
    json_put_u64(w, "failed", s->failed);
    json_put_u64(w, "rejected", s->rejected);
    json_put_u64(w, "skipped", s->skipped);
    json_put_u64(w, "superseded", s->superseded);
    json_put_u64(w, "duplicates", s->duplicates);
    json_put_u64(w, "in_flight", s->in_flight);
}

static void summary_put_costs(struct json_writer *w, const struct snapshot *s)
{
    json_put_u64(w, "batches", s->batches);
    json_put_u64(w, "requests", s->requests);
    json_put_u64(w, "retries", s->retries);
    json_put_u64(w, "resent", s->resent);
    json_put_u64(w, "tokens", s->tokens);
    json_put_u64(w, "sent_bytes", s->sent_bytes);
    json_put_u64(w, "received_bytes", s->received_bytes);
    json_put_u64(w, "checkpoints", s->checkpoint_count);
    json_put_real(w, "elapsed_s", (double)s->elapsed_ms / 1000, 3);
    json_put_real(w, "paused_s", (double)s->paused_ms / 1000, 3);
    json_put_real(w, "docs_per_s", s->rate_avg, 1);
    plain_money_json(w, s);
}

void plain_json(FILE *to, const struct summary *sum, const char *note)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_text(&w, "job", sum->last.job);
    json_put_i64(&w, "status", sum->status);
    json_put_text(&w, "outcome", summary_outcome(sum->status));
    json_put_bool(&w, "resumed", sum->last.resumed);
    summary_put_documents(&w, &sum->last);
    summary_put_costs(&w, &sum->last);
    plain_stages_json(&w, &sum->last);
    if (sum->why.text[0])
        json_put_text(&w, "error", sum->why.text);
    if (note)
        json_put_text(&w, "note", note);
    json_end_line(&w, to);
}
