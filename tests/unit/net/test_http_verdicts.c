/*
 * What services really say when they refuse, in their own words, and what we
 * make of it: the kind, whom it is about, how many would pass, when to come
 * again. Sources are the services' descriptions and public reports.
 */
#include "config.h"
#include "net/http_parts.h"
#include "tests/support/verdict.h"

#include <stdio.h>
#include <stdlib.h>

static struct error refusal(const struct verdict *row)
{
    const char *headers = row->headers ? row->headers : "";
    struct http_reply r;
    struct error err;

    http_reply_init(&r);
    r.status = row->status;
    r.sent = text_of(row->sent ? row->sent : "");
    buf_puts(&r.body, row->body);
    for (const char *line = headers; *line; line += strcspn(line, "\n") + 1)
        http_take_header(&r, (struct text){ line, strcspn(line, "\n") + 1 });
    assert_false(http_status_error(&r, &err));
    http_reply_release(&r);
    return err;
}

static void expect(const struct verdict *row)
{
    struct error err = refusal(row);

    verdict_expect(row, &err);
    assert_int_equal(err.code, row->status);
}

#define EXPECT_ALL(rows)                                                       \
    for (size_t i_ = 0; i_ < sizeof(rows) / sizeof *(rows); i_++)              \
    expect(&(rows)[i_])

/* ---- sizes ---- */

static void EM_07_how_many_may_be_in_a_request_is_read_from_the_words(void **s)
{
    static const struct verdict rows[] = {
        /* OpenAI, Azure */
        { 400, "{\"error\":{\"message\":\"Invalid 'input': array too long. "
               "Expected an array with maximum length 2048, but got an array "
               "with length 5000 instead.\",\"type\":\"invalid_request_error\","
               "\"param\":\"input\",\"code\":\"array_above_max_length\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 2048 },
        { 400, "{\"error\":{\"message\":\"Too many inputs. The max number of "
               "inputs is 16.  We hope to increase the number of inputs per "
               "request soon.\",\"type\":\"invalid_request_error\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 16 },
        /* Cohere, Voyage, Gemini, Mistral */
        { 400, "{\"message\":\"invalid request: total number of texts must be "
               "at most 96 - received 104\"}",
          ERROR_SIZE, ABOUT_REQUEST, 96 },
        { 400, "{\"detail\":\"The batch size limit is 128. Your batch size is "
               "200.\"}",
          ERROR_SIZE, ABOUT_REQUEST, 128 },
        { 400, "{\"error\":{\"code\":400,\"message\":\"* BatchEmbedContentsRequ"
               "est.requests: at most 100 requests can be in one batch\","
               "\"status\":\"INVALID_ARGUMENT\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 100 },
        { 400, "{\"object\":\"error\",\"message\":\"Too many inputs in request,"
               " split into more batches.\",\"type\":\"invalid_request_prompt\""
               ",\"param\":null,\"code\":\"3210\"}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_07_or_from_those_of_a_server_or_a_gateway(void **s)
{
    static const struct verdict rows[] = {
        /* TEI, SiliconFlow, DashScope by two wordings, Zhipu, Baidu */
        { 422, "{\"error\":\"batch size 33 > maximum allowed batch size 32\","
               "\"error_type\":\"Validation\"}",
          ERROR_SIZE, ABOUT_REQUEST, 32 },
        { 413, "{\"code\":20042,\"message\":\"input batch size 100 > maximum "
               "allowed batch size 64\",\"data\":null}",
          ERROR_SIZE, ABOUT_REQUEST, 64 },
        { 400, "{\"error\":{\"message\":\"<400> InternalError.Algo.Invalid"
               "Parameter: Value error, batch size is invalid, it should not be"
               " larger than 10.: input.contents\",\"type\":\"invalid_request_"
               "error\",\"param\":null,\"code\":\"InvalidParameter\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 10 },
        { 400, "{\"code\":\"InvalidParameter\",\"message\":\"batch size is "
               "invalid, it must be between 1 and 25\"}",
          ERROR_SIZE, ABOUT_REQUEST, 25 },
        { 400, "{\"error\":{\"code\":\"1214\",\"message\":\"input\xe6\x95\xb0"
               "\xe7\xbb\x84\xe6\x9c\x80\xe5\xa4\xa7\xe4\xb8\x8d\xe5\xbe\x97"
               "\xe8\xb6\x85\xe8\xbf\x87" "64\xe6\x9d\xa1\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 64 },
        { 400, "{\"error_code\":336003,\"error_msg\":\"embeddings max texts "
               "per batch size is 16\"}",
          ERROR_SIZE, ABOUT_REQUEST, 16 },
        /* FastAPI by pydantic 2 and 1 */
        { 422, "{\"detail\":[{\"type\":\"too_long\",\"loc\":[\"body\","
               "\"input\"],\"msg\":\"List should have at most 32 items after "
               "validation, not 100\",\"input\":[\"a\",\"b\"],\"ctx\":{"
               "\"field_type\":\"List\",\"max_length\":32,\"actual_length\":"
               "100}}]}",
          ERROR_SIZE, ABOUT_REQUEST, 32 },
        { 422, "{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"ensure "
               "this value has at most 2,048 items\",\"type\":\"value_error."
               "list.max_items\",\"ctx\":{\"limit_value\":2048}}]}",
          ERROR_SIZE, ABOUT_REQUEST, 2048 },
        /* Chroma Cloud */
        { 422, "{\"error\":\"ChromaError\",\"message\":\"Quota exceeded: "
               "'Number of records' exceeded quota limit for action 'Upsert':"
               " current usage of 1001 exceeds limit of 300\"}",
          ERROR_SIZE, ABOUT_REQUEST, 300 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_07_a_number_of_tokens_or_bytes_counts_no_documents(void **s)
{
    static const struct verdict rows[] = {
        { 400, "{\"error\":{\"message\":\"Requested 314221 tokens, max 300000 "
               "tokens per request\",\"type\":\"max_tokens_per_request\","
               "\"param\":null,\"code\":\"max_tokens_per_request\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 400, "{\"detail\":\"The max allowed tokens per submitted batch is "
               "120000. Your batch has 187609 tokens after truncation.\"}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 400, "{\"object\":\"error\",\"message\":\"Too many tokens in batch. "
               "Max is 16384 got 20000\",\"code\":\"3210\"}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 413, "{\"error\":{\"code\":\"tokens_limit_reached\",\"message\":"
               "\"Request body too large for text-embedding-3-small model. "
               "Max size: 64000 tokens.\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 400, "{\"status\":{\"error\":\"Payload error: JSON payload (35000000 "
               "bytes) is larger than allowed (limit: 33554432 bytes).\"},"
               "\"time\":0.0}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 400, "{\"code\":3,\"message\":\"Request size 2MB exceeds the maximum "
               "supported size of 2097152 bytes\",\"details\":[]}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 413, "<html><head><title>413 Request Entity Too Large</title></head>"
               "</html>",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 413, "", ERROR_SIZE, ABOUT_REQUEST, 0 },
        /* One of them is at most so long: no size of requests. */
        { 400, "{\"error\":{\"message\":\"dimensions must be at most 1536\","
               "\"param\":\"dimensions\"}}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_31_a_429_that_no_waiting_mends_is_a_size(void **state)
{
    static const struct verdict rows[] = {
        { 429, "{\"error\":{\"message\":\"Request too large for text-embedding"
               "-3-small in organization org-x on tokens per min (TPM): Limit "
               "1000000, Requested 1026047. The input or output tokens must be "
               "reduced in order to run successfully.\",\"type\":\"tokens\","
               "\"param\":null,\"code\":\"rate_limit_exceeded\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 0,
          .headers = "Retry-After: 2\r\n" },
        { 429, "{\"error\":{\"message\":\"Rate limit reached: Limit 1,000, "
               "Used 0, Requested 1,001.\"}}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 429, "{\"status\":{\"error\":\"Rate limiting exceeded: Write rate "
               "limit exceeded, request larger than rate limiter capacity, "
               "please try to split your request\"},\"time\":0.0}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        /* Within the limit: only a wait. */
        { 429, "{\"error\":{\"message\":\"Request too large for gpt in "
               "organization org-x on tokens per min (TPM): Limit 50000000, "
               "Requested 114.\",\"code\":\"rate_limit_exceeded\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":{\"message\":\"Rate limit reached on tokens per min "
               "(TPM): Limit 1000000, Used 999000, Requested 9000. Please try "
               "again in 480ms.\",\"code\":\"rate_limit_exceeded\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 480 },
    };

    (void)state;
    EXPECT_ALL(rows);
}

/* ---- one document ---- */

static void EM_38_a_text_too_long_is_refused_whatever_the_status(void **s)
{
    static const struct verdict rows[] = {
        { 400, "{\"error\":{\"message\":\"This model's maximum context length "
               "is 8192 tokens, however you requested 9001 tokens (9001 in "
               "your prompt; 0 for the completion). Please reduce your "
               "prompt.\",\"type\":\"invalid_request_error\",\"code\":null}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 400, "{\"object\":\"error\",\"message\":\"This model's maximum "
               "context length is 512 tokens. However, your request has 700 "
               "input tokens. Please reduce the length of the input "
               "messages.\",\"type\":\"BadRequestError\",\"code\":400}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 400, "{\"detail\":\"Request to model 'voyage-4' failed. The example "
               "at index 0 in your batch has too many tokens and does not fit "
               "into the model's context window of 32000 tokens.\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 413, "{\"message\":\"Input validation error: `inputs` must have less "
               "than 512 tokens. Given: 700\",\"code\":413,\"type\":"
               "\"Validation\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 422, "{\"error\":\"Input validation error: `inputs` must have less "
               "than 512 tokens. Given: 700\",\"error_type\":\"Validation\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 500, "{\"error\":{\"code\":500,\"message\":\"input (700 tokens) is "
               "too large to process. increase the physical batch size "
               "(current batch size: 512)\",\"type\":\"server_error\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 500, "{\"error\":\"the input length exceeds the context length\"}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 400, "{\"error\":{\"message\":\"<400> Range of input length should "
               "be [1, 8192]\",\"code\":\"invalid_parameter_error\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 400, "{\"error\":{\"message\":\"Invalid 'input[3]': string too long."
               " Expected a string with maximum length 300, but got a string "
               "with length 400 instead.\",\"param\":\"input[3]\",\"code\":"
               "\"string_above_max_length\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 422, "{\"detail\":[{\"loc\":[\"body\",\"input\",3],\"msg\":\"ensure "
               "this value has at most 300 characters\",\"type\":\"value_"
               "error.any_str.max_length\"}]}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_38_a_text_whose_words_are_not_wanted_is_refused_alone(void **s)
{
    static const struct verdict rows[] = {
        { 400, "{\"error\":{\"message\":\"The response was filtered due to the "
               "prompt triggering Azure OpenAI's content management policy.\","
               "\"code\":\"content_filter\",\"status\":400,\"innererror\":{"
               "\"code\":\"ResponsibleAIPolicyViolation\"}}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 400, "{\"error\":{\"code\":\"data_inspection_failed\",\"message\":"
               "\"Input data may contain inappropriate content.\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
        { 403, "{\"error\":{\"message\":\"Your input was flagged by "
               "moderation\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

/* ---- the service ---- */

static void EM_33_a_refusal_of_the_service_is_told_from_one_of_a_text(void **s)
{
    static const struct verdict rows[] = {
        { 400, "{\"error\":{\"message\":\"Access denied, please make sure your "
               "account is in good standing.\",\"type\":\"Arrearage\","
               "\"param\":null,\"code\":\"Arrearage\"},\"request_id\":\"x\"}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"object\":\"error\",\"message\":\"Invalid model: mistral-x\","
               "\"type\":\"invalid_model\",\"param\":null,\"code\":\"1500\"}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"error\":{\"code\":400,\"message\":\"User location is not "
               "supported for the API use.\",\"status\":\"FAILED_PRECONDITION"
               "\"}}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"error\":{\"message\":\"Unrecognized request argument "
               "supplied: foo\",\"type\":\"invalid_request_error\"}}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"error\":{\"code\":400,\"message\":\"Invalid JSON payload "
               "received. Unknown name \\\"foo\\\" at 'requests[0]': Cannot "
               "find field.\",\"status\":\"INVALID_ARGUMENT\"}}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 422, "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\","
               "\"truncate\"],\"msg\":\"Extra inputs are not permitted\","
               "\"input\":false}]}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"object\":\"error\",\"message\":\"The model does not support "
               "Embeddings API\",\"type\":\"BadRequestError\"}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"error\":{\"message\":\"This model does not support "
               "specifying dimensions.\"}}",
          ERROR_REFUSED, ABOUT_SERVICE, 0 },
        { 400, "{\"message\":\"Bad Request\"}", ERROR_REFUSED, ABOUT_UNKNOWN,
          0 },
        { 422, "{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"field "
               "required\",\"type\":\"value_error\"}]}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        { 404, "{\"error\":\"model 'x' not found\"}", ERROR_CONFIG,
          ABOUT_SERVICE, 0 },
        { 401, "{\"error\":{\"message\":\"Incorrect API key provided\"}}",
          ERROR_AUTH, ABOUT_SERVICE, 0 },
        { 400, "[{\"error\":{\"code\":400,\"message\":\"API key not valid. "
               "Please pass a valid API key.\",\"details\":[{\"reason\":"
               "\"API_KEY_INVALID\"}]}}]",
          ERROR_AUTH, ABOUT_SERVICE, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_33_a_403_without_words_does_not_say_whose_fault_it_is(void **s)
{
    static const struct verdict rows[] = {
        { 403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloud"
               "flare</title></head><body>Sorry, you have been blocked. You "
               "do not have access to this page; authentication, API key, "
               "quota</body></html>",
          ERROR_AUTH, ABOUT_UNKNOWN, 0 },
        { 403, "{\"message\":\"Forbidden\"}", ERROR_AUTH, ABOUT_UNKNOWN, 0 },
        { 403, "Forbidden", ERROR_AUTH, ABOUT_UNKNOWN, 0 },
        { 403, "", ERROR_AUTH, ABOUT_UNKNOWN, 0 },
        { 403, "{\"error\":{\"code\":403,\"message\":\"Permission denied\","
               "\"status\":\"PERMISSION_DENIED\"}}",
          ERROR_AUTH, ABOUT_SERVICE, 0 },
        { 403, "{\"error\":{\"message\":\"Project does not have access to "
               "model text-embedding-3-small\",\"code\":\"model_not_found\"}}",
          ERROR_AUTH, ABOUT_SERVICE, 0 },
        { 403, "{\"error\":{\"message\":\"Country, region, or territory not "
               "supported\",\"code\":\"unsupported_country_region_territory\"}"
               "}",
          ERROR_AUTH, ABOUT_SERVICE, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

/* ---- rates and money ---- */

static void EM_32_a_time_below_an_hour_is_a_wait_whatever_the_words(void **s)
{
    static const struct verdict rows[] = {
        { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your "
               "current quota, please check your plan and billing details. "
               "Please retry in 1.2s.\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 1200 },
        { 429, "{\"error\":{\"message\":\"You exceeded your current quota\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0,
          .headers = "Retry-After: 30\r\n", .wait_ms = 30000 },
        { 429, "{\"error\":{\"message\":\"quota\",\"details\":[{\"@type\":"
               "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"
               "\"36s\"}]}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 36000 },
        { 429, "{\"error\":{\"message\":\"quota of requests\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0,
          .headers = "x-ratelimit-remaining-requests: 0\r\n"
                     "x-ratelimit-reset-requests: 6m0s\r\n",
          .wait_ms = 360000 },
        { 429, "{\"error\":{\"message\":\"Rate limit reached for requests per "
               "day (RPD): Limit 200, Used 200, Requested 1. Please try again "
               "in 7m12s.\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 432000 },
        { 429, "{\"statusCode\":429,\"message\":\"Rate limit is exceeded. Try "
               "again in 3 seconds.\"}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 3000 },
        { 429, "{\"error\":{\"code\":\"429\",\"message\":\"Requests have "
               "exceeded call rate limit. Please retry after 2 minutes. "
               "https://aka.ms/oai/quotaincrease\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0, .wait_ms = 120000 },
        /* An hour or more is no wait. */
        { 429, "{\"error\":{\"message\":\"You exceeded your current quota. "
               "Try again in 3 days\"}}",
          ERROR_QUOTA, ABOUT_UNKNOWN, 0, .wait_ms = 3600000 },
        /* Nothing will ever pass. */
        { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your "
               "current quota.\\n* Quota exceeded for metric: x/embed_content_"
               "free_tier_requests, limit: 0, model: m\\nPlease retry in "
               "30s.\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_32_a_quota_of_a_minute_is_a_rate_one_of_a_day_is_not(void **s)
{
    static const struct verdict rows[] = {
        { 429, "{\"error\":{\"code\":429,\"message\":\"Resource has been "
               "exhausted (e.g. check quota).\",\"status\":\"RESOURCE_"
               "EXHAUSTED\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":{\"code\":429,\"message\":\"Quota exceeded for "
               "aiplatform.googleapis.com/online_prediction_requests_per_base_"
               "model with base model: m. Please submit a quota increase "
               "request.\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":{\"message\":\"Allocated quota exceeded, please "
               "increase your quota limit.\",\"type\":\"limit_requests\","
               "\"code\":\"Throttling.AllocationQuota\"}}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":{\"message\":\"You exceeded your current quota, "
               "please check your plan and billing details.\"}}",
          ERROR_QUOTA, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":{\"message\":\"You exceeded your current quota, "
               "please check your plan and billing details.\",\"type\":"
               "\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your "
               "current quota\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"
               "[{\"violations\":[{\"quotaId\":\"EmbedContentRequestsPerDayPer"
               "ProjectPerModel-FreeTier\"}]}]}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 429, "{\"message\":\"You are using a Trial key, which is limited to "
               "1000 API calls / month.\"}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 429, "{\"code\":8,\"message\":\"Request failed. You've reached your "
               "write unit limit for the current month (2000000).\"}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 400, "{\"error\":{\"code\":\"billing_hard_limit_reached\","
               "\"message\":\"Billing hard limit has been reached\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 403, "{\"statusCode\":403,\"message\":\"Out of call volume quota. "
               "Quota will be replenished in 2.12:34:56.\"}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 403, "{\"error\":{\"message\":\"The free tier of the model has been "
               "exhausted.\",\"code\":\"AllocationQuota.FreeTierOnly\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 402, "", ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 507, "{\"status\":{\"error\":\"No space left on device\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
        { 429, "", ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"error\":\"Model is overloaded\",\"error_type\":"
               "\"overloaded\"}",
          ERROR_LIMITED, ABOUT_UNKNOWN, 0 },
        { 429, "{\"detail\":\"load balancer busy\"}", ERROR_LIMITED,
          ABOUT_UNKNOWN, 0 },
    };

    (void)s;
    EXPECT_ALL(rows);
}

/* ---- echoes ---- */

#define POISON                                                                 \
    "I get API key not valid, insufficient_quota and too many inputs; at most "\
    "96 texts. Billing hard limit: try again in 3 seconds. Permission denied, "\
    "model not found"

static void EM_30_what_a_refusal_repeats_of_a_text_decides_nothing(void **s)
{
    static const char sent[] = "{\"input\":[\"" POISON "\"]}";
    static const struct verdict rows[] = {
        /* FastAPI */
        { 422, "{\"detail\":[{\"type\":\"string_too_long\",\"loc\":[\"body\","
               "\"input\",0],\"msg\":\"String should have at most 30 "
               "characters\",\"input\":\"" POISON "\",\"ctx\":{\"x\":\"" POISON
               "\"}}]}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0, sent },
        { 400, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"no\",\"input\":{"
               "\"message\":\"" POISON "\",\"error\":\"" POISON "\"}}]}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        /* Quoted in the message. */
        { 400, "{\"error\":{\"message\":\"cannot embed '" POISON "'\"}}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        { 400, "{\"error\":{\"message\":\"cannot embed \\\"" POISON "\\\"\"}}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        { 400, "{\"error\":{\"message\":\"cannot embed `" POISON "\"}}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        /* As it is, in a message, as the message, as the whole body. */
        { 400, "{\"error\":{\"message\":\"cannot embed: " POISON "\"}}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0, sent },
        { 400, "{\"message\":\"" POISON "\"}", ERROR_REFUSED, ABOUT_UNKNOWN, 0,
          sent },
        { 422, POISON, ERROR_REFUSED, ABOUT_UNKNOWN, 0, sent },
        { 403, POISON, ERROR_AUTH, ABOUT_UNKNOWN, 0, sent },
        { 500, POISON, ERROR_SERVER, ABOUT_UNKNOWN, 0, sent },
        { 429, "{\"error\":\"busy: " POISON "\"}", ERROR_LIMITED,
          ABOUT_UNKNOWN, 0, sent, .wait_ms = -1 },
        { 400, "<html><body>" POISON "</body></html>", ERROR_REFUSED,
          ABOUT_UNKNOWN, 0 },
        /* In other lines than it was sent in. */
        { 400, "{\"message\":\"cannot take: API key not valid, too many "
               "inputs\"}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0,
          "\"API   key\\nnot valid, too\tmany\\r\\ninputs\"" },
        /* Members that are no message. */
        { 400, "{\"documents\":[\"" POISON "\"],\"id\":\"API key not valid\","
               "\"error\":{\"input\":\"" POISON "\"}}",
          ERROR_REFUSED, ABOUT_UNKNOWN, 0 },
        /* And the service's own words beside it still count. */
        { 400, "{\"error\":{\"message\":\"" POISON "\",\"code\":"
               "\"context_length_exceeded\"}}",
          ERROR_REFUSED, ABOUT_DOCUMENT, 0, sent },
        { 429, "{\"error\":{\"message\":\"" POISON "\",\"code\":"
               "\"insufficient_quota\"}}",
          ERROR_QUOTA, ABOUT_SERVICE, 0, sent },
    };

    (void)s;
    EXPECT_ALL(rows);
}

static void EM_30_a_message_packed_into_a_message_is_read(void **state)
{
    static const struct verdict rows[] = {
        { 400, "{\"error\":\"{\\\"error\\\":{\\\"message\\\":\\\"too many "
               "inputs\\\",\\\"code\\\":3}}\"}",
          ERROR_SIZE, ABOUT_REQUEST, 0 },
        { 429, "{\"message\":\"{\\\"code\\\":\\\"insufficient_quota\\\"}\"}",
          ERROR_QUOTA, ABOUT_SERVICE, 0 },
    };

    (void)state;
    EXPECT_ALL(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            EM_07_how_many_may_be_in_a_request_is_read_from_the_words),
        cmocka_unit_test(EM_07_or_from_those_of_a_server_or_a_gateway),
        cmocka_unit_test(
            EM_07_a_number_of_tokens_or_bytes_counts_no_documents),
        cmocka_unit_test(EM_31_a_429_that_no_waiting_mends_is_a_size),
        cmocka_unit_test(
            EM_38_a_text_too_long_is_refused_whatever_the_status),
        cmocka_unit_test(
            EM_38_a_text_whose_words_are_not_wanted_is_refused_alone),
        cmocka_unit_test(
            EM_33_a_refusal_of_the_service_is_told_from_one_of_a_text),
        cmocka_unit_test(
            EM_33_a_403_without_words_does_not_say_whose_fault_it_is),
        cmocka_unit_test(
            EM_32_a_time_below_an_hour_is_a_wait_whatever_the_words),
        cmocka_unit_test(
            EM_32_a_quota_of_a_minute_is_a_rate_one_of_a_day_is_not),
        cmocka_unit_test(
            EM_30_what_a_refusal_repeats_of_a_text_decides_nothing),
        cmocka_unit_test(EM_30_a_message_packed_into_a_message_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
