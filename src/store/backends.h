/* The stores there are: each file ends with one of these. */
#ifndef BATCHTOP_STORE_BACKENDS_H
#define BATCHTOP_STORE_BACKENDS_H

#include "store/store.h"

extern const struct store_ops store_chroma, store_elasticsearch, store_exec,
    store_jsonl, store_milvus, store_opensearch, store_pinecone,
    store_postgres, store_qdrant, store_sqlite, store_weaviate;

#endif
