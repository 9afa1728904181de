"""The gRPC interfaces of Weaviate, Pinecone and Milvus in front of fakeapi:
python3 grpc_facade.py STORE FOLDER URL, where FOLDER has the packages that
real_servers.sh fetches and URL is fakeapi's. Prints "port N".

The services' own stubs, out of their official clients, read every request; a
field that they do not know is refused. What a request says goes on to fakeapi
as JSON, so faults, keys, limits and the check of vectors are fakeapi's.
"""
import base64
import importlib
import json
import struct
import sys
import types
import urllib.error
import urllib.request
from concurrent import futures

STORE, FOLDER, URL = sys.argv[1:4]
sys.path.insert(0, FOLDER)


def stubs(path):
    """A module of a package, without what the package itself imports."""
    parts = path.split(".")[:-1]
    for i in range(len(parts)):
        name = ".".join(parts[:i + 1])
        if name not in sys.modules:
            bare = types.ModuleType(name)
            bare.__path__ = ["%s/%s" % (FOLDER, name.replace(".", "/"))]
            sys.modules[name] = bare
    return importlib.import_module(path)


import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: E402

CODES = {400: grpc.StatusCode.INVALID_ARGUMENT,
         401: grpc.StatusCode.UNAUTHENTICATED,
         403: grpc.StatusCode.PERMISSION_DENIED,
         404: grpc.StatusCode.NOT_FOUND,
         413: grpc.StatusCode.RESOURCE_EXHAUSTED,
         429: grpc.StatusCode.RESOURCE_EXHAUSTED,
         500: grpc.StatusCode.UNAVAILABLE}


class Refused(Exception):
    def __init__(self, status, words):
        super().__init__(words)
        self.status, self.words = status, words


def words_of(body):
    try:
        said = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    if isinstance(said.get("error"), list):
        return said["error"][0]["message"]
    return str(said.get("message", said))


def ask(path, body, headers):
    """fakeapi's answer to a POST (a GET without a body)."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {
        "Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise Refused(error.code, words_of(error.read())) from error
    except OSError as error:
        raise Refused(500, str(error)) from error


def known(message):
    """Refuse what the stubs have no name for."""
    if len(UnknownFieldSet(message)):
        raise Refused(400, "%s has unknown fields" % message.DESCRIPTOR.name)
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type:
                for inner in value.values():
                    known(inner)
        elif hasattr(value, "DESCRIPTOR"):
            known(value)
        else:
            for inner in value:
                known(inner)


def floats(data):
    if len(data) % 4:
        raise Refused(400, "a vector of %d bytes" % len(data))
    return list(struct.unpack("<%df" % (len(data) // 4), data))


# ---- Weaviate ----

def object_properties(of):
    """What Weaviate's server makes of the typed properties."""
    said = json_format.MessageToDict(of.non_ref_properties)
    for one in of.number_array_properties:
        said[one.prop_name] = list(struct.unpack(
            "<%dd" % (len(one.values_bytes) // 8), one.values_bytes))
    for lists in (of.text_array_properties, of.boolean_array_properties):
        for one in lists:
            said[one.prop_name] = list(one.values)
    for one in of.object_properties:
        said[one.prop_name] = object_properties(one.value)
    for one in of.object_array_properties:
        said[one.prop_name] = [object_properties(v) for v in one.values]
    for name in of.empty_list_props:
        said[name] = []
    return said


def weaviate(stubs):
    batch = stubs("weaviate.proto.v1.v6300.v1.batch_pb2")

    def upsert(request, metadata):
        objects = [{"class": o.collection, "id": o.uuid, "tenant": o.tenant,
                    "properties": object_properties(o.properties),
                    "vector": floats(o.vectors[0].vector_bytes if o.vectors
                                     else o.vector_bytes)}
                   for o in request.objects]
        key = metadata.get("authorization")
        headers = {"Authorization": key} if key else {}
        results = ask("/v1/batch/objects", {"objects": objects}, headers)
        reply = batch.BatchObjectsReply(took=0.1)
        for i, one in enumerate(results):
            for error in one["result"].get("errors", {}).get("error", []):
                reply.errors.add(index=i, error=error["message"])
        return reply

    return "weaviate.v1.Weaviate", {
        "BatchObjects": (batch.BatchObjectsRequest, upsert)}


# ---- Pinecone ----

def pinecone(stubs):
    data = stubs("pinecone.core.grpc.protos.db_data_2025_04_pb2")

    def upsert(request, metadata):
        vectors = [{"id": v.id, "values": list(v.values),
                    "metadata": json_format.MessageToDict(v.metadata)}
                   for v in request.vectors]
        done = ask("/vectors/upsert", {"vectors": vectors,
                                       "namespace": request.namespace},
                   {"Api-Key": metadata.get("api-key", "")})
        return data.UpsertResponse(upserted_count=done["upsertedCount"])

    return "VectorService", {"Upsert": (data.UpsertRequest, upsert)}


# ---- Milvus ----

def column(field):
    """The values of a column, one for each row."""
    if field.WhichOneof("field") == "vectors":
        dim, flat = field.vectors.dim, field.vectors.float_vector.data
        return [list(flat[i:i + dim]) for i in range(0, len(flat), dim)]
    scalars = field.scalars
    return list(getattr(scalars, scalars.WhichOneof("data")).data)


def row(fields, i):
    said = {}
    for field, values in fields:
        if field.is_dynamic:
            said.update(json.loads(values[i]))
        else:
            said[field.field_name] = values[i]
    return said


TYPES = {"VarChar": 21, "FloatVector": 101}


def milvus(stubs):
    messages = stubs("pymilvus.grpc_gen.milvus_pb2")
    schema = stubs("pymilvus.grpc_gen.schema_pb2")
    common = stubs("pymilvus.grpc_gen.common_pb2")

    def post(what, body, metadata):
        token = base64.b64decode(metadata.get("authorization", "")).decode()
        answer = ask("/v2/vectordb/" + what, body,
                     {"Authorization": "Bearer " + token})
        return answer, common.Status(code=answer["code"],
                                     reason=answer.get("message", ""))

    def describe(request, metadata):
        answer, status = post("collections/describe",
                              {"collectionName": request.collection_name},
                              metadata)
        reply = messages.DescribeCollectionResponse(status=status)
        for field in answer.get("data", {}).get("fields", []):
            one = reply.schema.fields.add(
                name=field["name"], data_type=TYPES[field["type"]],
                is_primary_key=field["primaryKey"])
            for p in field["params"]:
                one.type_params.add(key=p["key"], value=p["value"])
        reply.schema.enable_dynamic_field = True
        return reply

    def indexes(request, metadata):
        answer, status = post("collections/describe",
                              {"collectionName": request.collection_name},
                              metadata)
        reply = messages.DescribeIndexResponse(status=status)
        for index in answer.get("data", {}).get("indexes", []):
            one = reply.index_descriptions.add(field_name=index["fieldName"])
            one.params.add(key="metric_type", value=index["metricType"])
        return reply

    def create(request, metadata):
        made = schema.CollectionSchema.FromString(request.schema)
        known(made)
        dim = [p.value for field in made.fields for p in field.type_params
               if p.key == "dim"]
        return post("collections/create", {"collectionName": made.name,
                                           "dim": int(dim[0])}, metadata)[1]

    def fine(request, metadata):
        return common.Status()

    def upsert(request, metadata):
        fields = [(f, column(f)) for f in request.fields_data]
        for field, values in fields:
            if len(values) != request.num_rows:
                raise Refused(400, "%d rows of %s, not %d" % (
                    len(values), field.field_name, request.num_rows))
        rows = [row(fields, i) for i in range(request.num_rows)]
        answer, status = post("entities/upsert", {
            "collectionName": request.collection_name, "data": rows}, metadata)
        return messages.MutationResult(
            status=status,
            upsert_cnt=answer.get("data", {}).get("upsertCount", 0))

    def query(request, metadata):
        answer, status = post("entities/query", {
            "collectionName": request.collection_name,
            "filter": request.expr}, metadata)
        reply = messages.QueryResults(status=status)
        if request.output_fields[0] == "count(*)":
            one = reply.fields_data.add(field_name="count(*)", type=5)
            one.scalars.long_data.data.append(
                int(answer["data"][0]["count(*)"]))
        else:
            one = reply.fields_data.add(field_name="id", type=21)
            one.scalars.string_data.data.extend(
                found["id"] for found in answer["data"])
        return reply

    def search(request, metadata):
        group = common.PlaceholderGroup.FromString(request.placeholder_group)
        known(group)
        answer, status = post("entities/search", {
            "collectionName": request.collection_name,
            "data": [floats(group.placeholders[0].values[0])]}, metadata)
        reply = messages.SearchResults(status=status)
        found = reply.results
        found.num_queries = 1
        for hit in answer.get("data", []):
            found.scores.append(hit["distance"])
            found.ids.str_id.data.append(hit["id"])
        text = found.fields_data.add(field_name="text", type=21)
        text.scalars.string_data.data.extend(
            hit["text"] for hit in answer.get("data", []))
        return reply

    return "milvus.proto.milvus.MilvusService", {
        "DescribeCollection": (messages.DescribeCollectionRequest, describe),
        "DescribeIndex": (messages.DescribeIndexRequest, indexes),
        "CreateCollection": (messages.CreateCollectionRequest, create),
        "CreateIndex": (messages.CreateIndexRequest, fine),
        "LoadCollection": (messages.LoadCollectionRequest, fine),
        "Upsert": (messages.UpsertRequest, upsert),
        "Query": (messages.QueryRequest, query),
        "Search": (messages.SearchRequest, search)}


# ---- the server ----

def method(kind, answer):
    def call(request, context):
        try:
            known(request)
            return answer(request, dict(context.invocation_metadata()))
        except Refused as no:
            words = no.words
            if no.status == 413:
                words = "grpc: received message larger than max"
            context.abort(CODES.get(no.status, grpc.StatusCode.INTERNAL),
                          words)

    return grpc.unary_unary_rpc_method_handler(
        call, request_deserializer=kind.FromString,
        response_serializer=lambda reply: reply.SerializeToString())


def main():
    name, methods = {"weaviate": weaviate, "pinecone": pinecone,
                     "milvus": milvus}[STORE](stubs)
    server = grpc.server(futures.ThreadPoolExecutor(16), options=[
        ("grpc.max_receive_message_length", 104858000)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
        name, {word: method(*row) for word, row in methods.items()})])
    print("port %d" % server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()


main()
