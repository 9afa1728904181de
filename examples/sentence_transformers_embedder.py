#!/usr/bin/env python3
"""A model of sentence-transformers as batchtop's embedder:

    batchtop corpus.jsonl --embed-workers 1 --embed \
        'exec:python3 examples/sentence_transformers_embedder.py all-MiniLM-L6-v2'

Each worker starts one; a GPU, or all cores, are busy with one already. Texts
longer than the model reads are cut by sentence-transformers, without a word.
What the model itself wants before a document or a query, its version 5 knows;
before that, give batchtop --doc-prefix and --query-prefix.
"""
import base64
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print must not look like an answer

from sentence_transformers import SentenceTransformer

model = SentenceTransformer(sys.argv[1])
for line in sys.stdin.buffer:
    asked = json.loads(line)
    encode = getattr(model, "encode_" + asked["input_type"], model.encode)
    vectors = encode(asked["texts"], show_progress_bar=False)
    rows = [base64.b64encode(v.astype("<f4").tobytes()).decode() for v in vectors]
    print(json.dumps({"embeddings": rows}), file=answers, flush=True)
