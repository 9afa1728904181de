#!/usr/bin/env python3
"""A store of one's own for batchtop, here the files of a folder:

    batchtop corpus.jsonl --store 'exec:python3 examples/exec_store.py FOLDER'

A file per record, named by the hash of its id: what is sent again replaces.
"""
import hashlib
import json
import os
import sys

os.makedirs(sys.argv[1], exist_ok=True)
for line in sys.stdin.buffer:
    results = []
    for record in json.loads(line)["records"]:
        name = hashlib.sha256(str(record["id"]).encode()).hexdigest()
        path = os.path.join(sys.argv[1], name)
        part = f"{path}.{os.getpid()}.part"
        with open(part, "w") as file:
            json.dump(record, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        results.append(True)
    print(json.dumps({"results": results}), flush=True)
