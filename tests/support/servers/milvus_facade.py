"""The part of Milvus' REST interface, version 2, that batchtop uses, in front of
a server that is older: python3 milvus_facade.py PORT MILVUS_PORT

It shows what Milvus itself makes of schemas, filters, ids, limits and dynamic
fields; not how it reads JSON, nor the codes of later versions.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pymilvus import (Collection, CollectionSchema, DataType, FieldSchema,
                      MilvusException, connections, utility)

TYPES = {"VarChar": DataType.VARCHAR, "FloatVector": DataType.FLOAT_VECTOR,
         "Int64": DataType.INT64, "JSON": DataType.JSON}
NAMES = {value: name for name, value in TYPES.items()}


def describe_field(field):
    return {"name": field.name, "type": NAMES.get(field.dtype),
            "primaryKey": field.is_primary, "autoId": field.auto_id,
            "params": [{"key": key, "value": str(value)}
                       for key, value in field.params.items()]}


def describe(ask):
    name = ask["collectionName"]
    if not utility.has_collection(name):
        return {"code": 100, "message": "can't find collection " + name}
    there = Collection(name)
    indexes = [{"fieldName": index.field_name, "indexName": index.index_name,
                "metricType": index.params.get("metric_type")}
               for index in there.indexes]
    return {"code": 0, "data": {
        "autoId": there.schema.auto_id,
        "enableDynamicField": there.schema.enable_dynamic_field,
        "fields": [describe_field(field) for field in there.schema.fields],
        "indexes": indexes}}


def make_field(field):
    limits = {key: int(value)
              for key, value in field.get("elementTypeParams", {}).items()}
    return FieldSchema(field["fieldName"], TYPES[field["dataType"]],
                       is_primary=field.get("isPrimary", False), **limits)


def create(ask):
    fields = [make_field(field) for field in ask["schema"]["fields"]]
    made = Collection(ask["collectionName"],
                      CollectionSchema(fields, enable_dynamic_field=True))
    for index in ask["indexParams"]:
        made.create_index(index["fieldName"],
                          {"metric_type": index["metricType"],
                           "index_type": "AUTOINDEX", "params": {}})
    made.load()
    return {"code": 0, "data": {}}


def upsert(ask):
    done = Collection(ask["collectionName"]).upsert(ask["data"])
    return {"code": 0, "data": {"upsertCount": done.upsert_count}}


def query(ask):
    limit = {"limit": ask["limit"]} if "limit" in ask else {}
    rows = Collection(ask["collectionName"]).query(
        ask.get("filter", ""), output_fields=ask.get("outputFields"), **limit)
    return {"code": 0, "data": rows}


def search(ask):
    fields = ask.get("outputFields", [])
    found = Collection(ask["collectionName"]).search(
        ask["data"], ask["annsField"], {"metric_type": "COSINE"},
        ask["limit"], output_fields=fields)
    return {"code": 0, "data": [
        {"id": hit.id, "distance": hit.distance,
         **{name: hit.entity.get(name) for name in fields}}
        for hit in found[0]]}


ROUTES = {"collections/describe": describe, "collections/create": create,
          "entities/upsert": upsert, "entities/query": query,
          "entities/search": search}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            answer = ROUTES[self.path.split("/v2/vectordb/")[-1]](ask)
        except MilvusException as error:
            answer = {"code": error.code, "message": error.message}
        except Exception as error:
            answer = {"code": 1801,
                      "message": "%s: %s" % (type(error).__name__, error)}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


connections.connect("default", uri="http://127.0.0.1:" + sys.argv[2])
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
