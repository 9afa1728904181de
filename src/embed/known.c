/* This file has the table. We match a row's pattern with the name of a model in
 * lower case, without what is before the last slash and behind the colon; the
 * first row that matches wins. */
#include "config.h"
#include "embed/known.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

/* What several families were trained with, to the letter. */
#define REPRESENT "Represent this sentence for searching relevant passages: "
#define REPRESENT_ZH "为这个句子生成表示以用于检索相关文章："
#define CODE "Represent this query for searching relevant code: "
#define INSTRUCT                                                               \
    "Instruct: Given a web search query, retrieve relevant passages that "     \
    "answer the query\nQuery:"
#define PASSAGE "{\"input_type\":\"passage\"}"
#define QUERY "{\"input_type\":\"query\"}"

#define HF "https://huggingface.co/"
#define NIM                                                                    \
    "https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/"        \
    "reference.html"

/* If several patterns match a name, the first counts. */
static const struct known_model models[] = {
    { .pattern = "*-passage", .passage = true,
      .source = NIM " and https://console.upstage.ai/docs/capabilities/embed" },
    { .pattern = "gemini-embedding-2*", .provider = "gemini",
      .doc_prefix = "title: none | text: ",
      .query_prefix = "task: search result | query: ", .cut = KNOWN_CUT_FINE,
      .source = "https://ai.google.dev/gemini-api/docs/embeddings" },

    { .pattern = "*nv-embedqa*", .provider = "openai", .doc_extra = PASSAGE,
      .query_extra = QUERY, .source = NIM },
    { .pattern = "nv-embed-qa*", .provider = "openai", .doc_extra = PASSAGE,
      .query_extra = QUERY, .source = NIM },
    { .pattern = "nv-embedcode*", .provider = "openai", .doc_extra = PASSAGE,
      .query_extra = QUERY, .source = NIM },
    { .pattern = "*nemoretriever*embed*", .provider = "openai",
      .doc_extra = PASSAGE, .query_extra = QUERY, .source = NIM },
    { .pattern = "*nemotron*embed*", .provider = "openai",
      .doc_extra = PASSAGE, .query_extra = QUERY, .source = NIM },

    { .pattern = "*nomic-embed-code*", .query_prefix = CODE,
      .source = HF "nomic-ai/nomic-embed-code" },
    { .pattern = "*coderankembed*", .query_prefix = CODE,
      .source = HF "nomic-ai/CodeRankEmbed" },
    { .pattern = "*nomic-embed-text-v1", .doc_prefix = "search_document: ",
      .query_prefix = "search_query: ", .cut = KNOWN_CUT_LOSES,
      .source = HF "nomic-ai/nomic-embed-text-v1" },
    { .pattern = "*nomic-embed-text*", .doc_prefix = "search_document: ",
      .query_prefix = "search_query: ", .cut = KNOWN_CUT_FINE,
      .source = HF "nomic-ai/nomic-embed-text-v1.5" },
    { .pattern = "*modernbert-embed*", .doc_prefix = "search_document: ",
      .query_prefix = "search_query: ", .cut = KNOWN_CUT_FINE,
      .source = HF "nomic-ai/modernbert-embed-base" },

    { .pattern = "*e5-*-instruct*", .query_prefix = INSTRUCT " ",
      .cut = KNOWN_CUT_LOSES,
      .source = HF "intfloat/multilingual-e5-large-instruct" },
    { .pattern = "*e5-small*", .doc_prefix = "passage: ",
      .query_prefix = "query: ", .cut = KNOWN_CUT_LOSES,
      .source = HF "intfloat/multilingual-e5-small" },
    { .pattern = "*e5-base*", .doc_prefix = "passage: ",
      .query_prefix = "query: ", .cut = KNOWN_CUT_LOSES,
      .source = HF "intfloat/e5-base-v2" },
    { .pattern = "*e5-large*", .doc_prefix = "passage: ",
      .query_prefix = "query: ", .cut = KNOWN_CUT_LOSES,
      .source = HF "intfloat/e5-large-v2" },

    { .pattern = "bge-m3*", .cut = KNOWN_CUT_LOSES,
      .source = HF "BAAI/bge-m3" },
    { .pattern = "bge-*-en*", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_LOSES, .source = HF "BAAI/bge-large-en-v1.5" },
    { .pattern = "bge-*-zh*", .query_prefix = REPRESENT_ZH,
      .cut = KNOWN_CUT_LOSES, .source = HF "BAAI/bge-large-zh-v1.5" },
    { .pattern = "bge-large", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_LOSES, .source = "https://ollama.com/library/bge-large" },

    { .pattern = "*mxbai-embed-de-*", .doc_prefix = "passage: ",
      .query_prefix = "query: ", .cut = KNOWN_CUT_FINE,
      .source = HF "mixedbread-ai/deepset-mxbai-embed-de-large-v1" },
    { .pattern = "mxbai-embed-large*", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_FINE,
      .source = HF "mixedbread-ai/mxbai-embed-large-v1" },
    { .pattern = "mxbai-embed-2d-large*", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_FINE,
      .source = HF "mixedbread-ai/mxbai-embed-2d-large-v1" },

    { .pattern = "*arctic-embed2*", .query_prefix = "query: ",
      .cut = KNOWN_CUT_FINE,
      .source = "https://ollama.com/library/snowflake-arctic-embed2" },
    { .pattern = "*arctic-embed-?-v2*", .query_prefix = "query: ",
      .cut = KNOWN_CUT_FINE,
      .source = HF "Snowflake/snowflake-arctic-embed-l-v2.0" },
    { .pattern = "*arctic-embed-m-v1.5*", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_FINE,
      .source = HF "Snowflake/snowflake-arctic-embed-m-v1.5" },
    { .pattern = "*arctic-embed*", .query_prefix = REPRESENT,
      .cut = KNOWN_CUT_LOSES,
      .source = HF "Snowflake/snowflake-arctic-embed-l" },

    { .pattern = "*embeddinggemma*", .doc_prefix = "title: none | text: ",
      .query_prefix = "task: search result | query: ", .cut = KNOWN_CUT_FINE,
      .source = "https://ai.google.dev/gemma/docs/embeddinggemma/model_card" },
    { .pattern = "*qwen3-embedding*", .query_prefix = INSTRUCT,
      .cut = KNOWN_CUT_FINE, .source = HF "Qwen/Qwen3-Embedding-0.6B" },
    { .pattern = "*gte-qwen2-*instruct*", .query_prefix = INSTRUCT " ",
      .source = HF "Alibaba-NLP/gte-Qwen2-7B-instruct" },

    { .pattern = "all-minilm*", .cut = KNOWN_CUT_LOSES,
      .source = HF "sentence-transformers/all-MiniLM-L6-v2" },
    { .pattern = "all-mpnet-base*", .cut = KNOWN_CUT_LOSES,
      .source = HF "sentence-transformers/all-mpnet-base-v2" },
    { .pattern = "text-embedding-ada-002*", .cut = KNOWN_CUT_LOSES,
      .source = "https://platform.openai.com/docs/guides/embeddings" },
    { .pattern = "text-embedding-3-*", .cut = KNOWN_CUT_FINE,
      .source = "https://platform.openai.com/docs/guides/embeddings" },
    { .pattern = NULL },
};

/* The model's name without its vendor ("intfloat/"), its tag (":latest") and
 * capitals, as far as fits. */
static void known_name(const char *model, char *to, size_t size)
{
    const char *slash = strrchr(model, '/');
    const char *name = slash ? slash + 1 : model;
    size_t len = strcspn(name, ":"), n = 0;

    for (; n < len && n + 1 < size; n++)
        to[n] = (char)tolower((unsigned char)name[n]);
    to[n] = '\0';
}

const struct known_model *known_find(const char *provider, bool tells,
                                     const char *model)
{
    char name[128];

    known_name(model, name, sizeof name);
    for (const struct known_model *m = models; m->pattern; m++)
        if ((m->provider ? strcmp(m->provider, provider) == 0 : !tells) &&
            fnmatch(m->pattern, name, 0) == 0)
            return m;
    return NULL;
}

const struct known_model *known_at(size_t i)
{
    return models[i].pattern ? &models[i] : NULL;
}
