/* This file tells what a run has paid, will pay and may pay. */
#include "config.h"
#include "host/plain_money.h"

#include "util/str.h"

static void plain_money_put(struct json_writer *w, const char *name, bool known,
                            double usd)
{
    if (known)
        json_put_real(w, name, usd, 6);
    else
        json_put_raw(w, name, "null");
}

void plain_money_json(struct json_writer *w, const struct snapshot *s)
{
    bool unpaid = s->cost_known && s->cost_usd <= 0 && s->tokens > 0;

    plain_money_put(w, "cost_usd", s->cost_known, s->cost_usd);
    plain_money_put(w, "cost_projected_usd",
                    s->cost_projected_usd > 0 || unpaid,
                    s->cost_projected_usd);
    plain_money_put(w, "budget_usd", s->budget_usd > 0, s->budget_usd);
}

char *plain_money_text(char *to, size_t size, const struct snapshot *s)
{
    char usd[32], budget[40] = "", end[64] = "";

    *to = '\0';
    if (s->cost_usd <= 0)
        return to;
    if (s->budget_usd > 0)
        snprintf(budget, sizeof budget, " of %s",
                 str_usd(usd, sizeof usd, s->budget_usd));
    if (s->cost_projected_usd > 0 && s->state != RUN_DONE)
        snprintf(end, sizeof end, ", about %s at the end",
                 str_usd(usd, sizeof usd, s->cost_projected_usd));
    snprintf(to, size, "  %s%s USD%s", str_usd(usd, sizeof usd, s->cost_usd),
             budget, end);
    return to;
}

void plain_money_summary(FILE *to, const struct snapshot *s)
{
    char usd[32];

    if (s->cost_usd <= 0)
        return;
    fprintf(to, "  cost      %11s   USD by the price of a token, earlier runs "
                "included\n",
            str_usd(usd, sizeof usd, s->cost_usd));
    if (s->budget_usd <= 0)
        return;
    fprintf(to, "  budget    %11s   USD%s",
            str_usd(usd, sizeof usd, s->budget_usd),
            s->budget_spent ? ", spent: that is why it stopped" : "");
    if (s->budget_spent && s->cost_projected_usd > 0)
        fprintf(to, "; all would cost about %s",
                str_usd(usd, sizeof usd, s->cost_projected_usd));
    fputc('\n', to);
}
