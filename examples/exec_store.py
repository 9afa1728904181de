#!/usr/bin/env python3
"""A store of one's own for batchtop, here the files of a folder:

    batchtop corpus.jsonl --store 'exec:python3 examples/exec_store.py FOLDER'

A file per record, named by the hash of its id: what is sent again replaces.
"lookup" is for `batchtop verify`, "search" for `batchtop search`: a store may
do without.
"""
import hashlib
import heapq
import json
import math
import os
import sys

folder = sys.argv[1]


def path_of(id):
    return os.path.join(folder, hashlib.sha256(str(id).encode()).hexdigest())


def store(record):
    part = f"{path_of(record['id'])}.{os.getpid()}.part"
    with open(part, "w") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path_of(record["id"]))
    return True


def hits(query):
    for entry in os.scandir(folder):
        if not entry.name.endswith(".part"):
            with open(entry.path) as file:
                r = json.load(file)
            dot = sum(a * b for a, b in zip(query, r["vector"]))
            length = math.hypot(*query) * math.hypot(*r["vector"])
            yield {"id": r["id"], "score": dot / length, "text": r["text"]}


os.makedirs(folder, exist_ok=True)
for line in sys.stdin.buffer:
    ask = json.loads(line)
    if "lookup" in ask:
        answer = {"present": [os.path.exists(path_of(i)) for i in ask["lookup"]]}
    elif "search" in ask:
        answer = {"hits": heapq.nlargest(ask["k"], hits(ask["search"]),
                                         key=lambda hit: hit["score"])}
    else:
        answer = {"results": [store(record) for record in ask["records"]]}
    print(json.dumps(answer), flush=True)
