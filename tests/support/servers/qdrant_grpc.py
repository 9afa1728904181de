# A Qdrant over gRPC for the tests, made of the stubs that the official client
# carries: they decode what we send, so they judge it. Beside it the little of
# REST that shows the same points, and tells what it was sent.
#
#   qdrant_grpc.py HOME [name=value..]     "port GRPC REST" when it is up
#
# HOME holds qdrant-client, grpcio and protobuf. Of the values:
#   key=K           answers UNAUTHENTICATED without it
#   limit=BYTES     of a message; a larger one is refused by grpc itself
#   fail=CODE,N     the first N upserts are refused with this status
#   say=WORDS       in those words
#   retry=S         with this retry-after
#   acknowledge=1   upserts are acknowledged, not completed
#   strict=N        more points in a request are refused as strict mode does
#   age=MS          a connection is told to go (GOAWAY) when it is as old
#   tls=KEY,CERT    gRPC with TLS, the names of two files
#   port=N rest=N   the ports; any, unless given
import json
import math
import os
import struct
import sys
import threading
import types
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

home = sys.argv[1]
options = dict(word.split("=", 1) for word in sys.argv[2:])
sys.path.insert(0, home)
# The package itself wants numpy and more: its stubs do not.
package = types.ModuleType("qdrant_client")
package.__path__ = [os.path.join(home, "qdrant_client")]
sys.modules["qdrant_client"] = package

import grpc  # noqa: E402
from qdrant_client import grpc as q  # noqa: E402

lock = threading.Lock()
collections = {}
seen = {"requests": 0, "bytes": 0, "points": 0, "largest": 0}
fails = int(options.get("fail", "0,0").split(",")[1])


class Collection:
    def __init__(self, size, distance, named=False):
        self.size, self.distance, self.named = size, distance, named
        self.points, self.metadata = {}, {}


# ---- values ----

def plain(value):
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    if kind == "struct_value":
        return {k: plain(v) for k, v in value.struct_value.fields.items()}
    if kind == "list_value":
        return [plain(v) for v in value.list_value.values]
    return getattr(value, kind)


def value_of(x):
    if x is None:
        return q.Value(null_value=0)
    if isinstance(x, bool):
        return q.Value(bool_value=x)
    if isinstance(x, int):
        return q.Value(integer_value=x)
    if isinstance(x, float):
        return q.Value(double_value=x)
    if isinstance(x, str):
        return q.Value(string_value=x)
    if isinstance(x, list):
        return q.Value(list_value=q.ListValue(values=map(value_of, x)))
    fields = {k: value_of(v) for k, v in x.items()}
    return q.Value(struct_value=q.Struct(fields=fields))


def id_of(point_id):
    kind = point_id.WhichOneof("point_id_options")
    return getattr(point_id, kind) if kind else None


# ---- the service ----

def demand(context):
    key = options.get("key")
    if key and dict(context.invocation_metadata()).get("api-key") != key:
        context.abort(grpc.StatusCode.UNAUTHENTICATED,
                      "Must provide an API key or an Authorization bearer "
                      "token")


def collection_of(name, context):
    demand(context)
    if name not in collections:
        context.abort(grpc.StatusCode.NOT_FOUND,
                      "Not found: Collection `%s` doesn't exist!" % name)
    return collections[name]


def vector_of(point):
    vectors = point.vectors
    if vectors.WhichOneof("vectors_options") != "vector":
        return None
    vector = vectors.vector
    if vector.WhichOneof("vector") == "dense":
        return list(vector.dense.data)
    return list(vector.data)


def check(point, c, context):
    bad = grpc.StatusCode.INVALID_ARGUMENT
    if id_of(point.id) is None:
        context.abort(bad, "Expected at least one point id")
    vector = vector_of(point)
    if vector is None:
        context.abort(bad, "Wrong input: Not existing vector name error")
    if len(vector) != c.size:
        context.abort(bad, "Wrong input: Vector dimension error: expected "
                      "dim: %d, got %d" % (c.size, len(vector)))
    return vector


class Points(q.PointsServicer):
    def Upsert(self, r, context):
        global fails
        c = collection_of(r.collection_name, context)
        with lock:
            refuse, fails = fails > 0, max(0, fails - 1)
        if refuse:
            if "retry" in options:
                context.set_trailing_metadata(
                    (("retry-after", options["retry"]),))
            code = int(options["fail"].split(",")[0])
            code = [x for x in grpc.StatusCode if x.value[0] == code][0]
            context.abort(code, options.get("say", "not now"))
        if len(r.points) > int(options.get("strict", 1 << 30)):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT,
                          "Bad request: Upsert limit exceeded %d > %s for "
                          "upsert. Help: Reduce the number of points in the "
                          "request" % (len(r.points), options["strict"]))
        fresh = {}
        for point in r.points:
            fresh[id_of(point.id)] = (
                check(point, c, context),
                {k: plain(v) for k, v in point.payload.items()})
        with lock:
            c.points.update(fresh)
            seen["requests"] += 1
            seen["points"] += len(r.points)
            seen["bytes"] += r.ByteSize()
            seen["largest"] = max(seen["largest"], r.ByteSize())
        if not r.wait or "acknowledge" in options:
            status = q.UpdateStatus.Acknowledged
        else:
            status = q.UpdateStatus.Completed
        return q.PointsOperationResponse(
            result=q.UpdateResult(operation_id=1, status=status), time=0.001)

    def Count(self, r, context):
        c = collection_of(r.collection_name, context)
        return q.CountResponse(result=q.CountResult(count=len(c.points)))

    def Get(self, r, context):
        c = collection_of(r.collection_name, context)
        if not r.with_payload.HasField("enable") or r.with_payload.enable:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a payload?")
        found = []
        for i in r.ids:
            if id_of(i) not in c.points:
                continue
            point = q.RetrievedPoint(id=i)
            if r.with_vectors.enable:
                point.vectors.vector.dense.data.extend(c.points[id_of(i)][0])
            found.append(point)
        return q.GetResponse(result=found)

    def Query(self, r, context):
        c = collection_of(r.collection_name, context)
        want = list(r.query.nearest.dense.data)
        if len(want) != c.size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT,
                          "Wrong input: Vector dimension error")

        def score(v):
            length = math.sqrt(sum(x * x for x in v))
            return sum(a * b for a, b in zip(v, want)) / (
                length * math.sqrt(sum(x * x for x in want)))
        best = sorted(((score(v), i, p) for i, (v, p) in c.points.items()),
                      key=lambda hit: -hit[0])[:r.limit]
        return q.QueryResponse(result=[
            q.ScoredPoint(id=q.PointId(uuid=i), score=s, version=1,
                          payload={k: value_of(v) for k, v in p.items()})
            for s, i, p in best])


class Collections(q.CollectionsServicer):
    def Get(self, r, context):
        c = collection_of(r.collection_name, context)
        params = q.VectorParams(size=c.size, distance=c.distance)
        if c.named:
            vectors = q.VectorsConfig(params_map=q.VectorParamsMap(
                map={"named": params}))
        else:
            vectors = q.VectorsConfig(params=params)
        return q.GetCollectionInfoResponse(result=q.CollectionInfo(
            status=1, points_count=len(c.points), config=q.CollectionConfig(
                params=q.CollectionParams(vectors_config=vectors),
                metadata={k: value_of(v) for k, v in c.metadata.items()})))

    def Create(self, r, context):
        demand(context)
        if r.collection_name in collections:
            context.abort(grpc.StatusCode.ALREADY_EXISTS,
                          "Wrong input: Collection `%s` already exists!" %
                          r.collection_name)
        params = r.vectors_config.params
        collections[r.collection_name] = Collection(params.size,
                                                    params.distance)
        return q.CollectionOperationResponse(result=True)

    def Update(self, r, context):
        c = collection_of(r.collection_name, context)
        c.metadata.update({k: plain(v) for k, v in r.metadata.items()})
        return q.CollectionOperationResponse(result=True)


class Health(q.QdrantServicer):
    def HealthCheck(self, r, context):
        return q.HealthCheckReply(title="qdrant - vector search engine",
                                  version="1.19.0")


# ---- what REST shows ----

def typed(x):
    """A value with its kind, so that 1 is not 1.0."""
    if isinstance(x, dict):
        return {k: typed(v) for k, v in x.items()}
    if isinstance(x, list):
        return [typed(v) for v in x]
    return repr(x)


def dump(c):
    """All points, a vector as its float32."""
    return {i: [struct.pack("<%df" % len(v), *v).hex(), typed(p)]
            for i, (v, p) in c.points.items()}


class Rest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def tell(self, what, status=200):
        body = json.dumps(what, sort_keys=True).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/":
            self.tell({"title": "qdrant - vector search engine",
                       "version": "1.19.0"})
            return
        if self.path == "/seen":
            with lock:
                self.tell(seen)
            return
        part = self.path.split("/")
        if part[1] == "dump":
            self.tell(dump(collections[part[2]]))
            return
        c = collections.get(part[2]) if len(part) > 2 else None
        if c is None:
            self.tell({"status": {"error": "Not found"}}, 404)
        else:
            names = {1: "Cosine", 2: "Euclid", 3: "Dot", 4: "Manhattan"}
            vectors = {"size": c.size, "distance": names[c.distance]}
            self.tell({"result": {
                "points_count": len(c.points),
                "config": {"params": {"vectors": vectors},
                           "metadata": c.metadata}}})

    def read(self):
        n = int(self.headers.get("content-length", 0))
        return json.loads(self.rfile.read(n) or b"{}")

    def do_PUT(self):
        asked, part = self.read(), self.path.split("?")[0].split("/")
        c = collections.get(part[2])
        if len(part) == 3:
            v = asked["vectors"]
            kind = q.Distance.Value(v["distance"])
            collections[part[2]] = Collection(v["size"], kind)
            self.tell({"result": True})
            return
        with lock:
            for p in asked["points"]:
                c.points[p["id"]] = (p["vector"], p["payload"])
            seen["json"] = seen.get("json", 0) + len(asked["points"])
        self.tell({"result": {"operation_id": 1, "status": "completed"}})

    def do_PATCH(self):
        asked, part = self.read(), self.path.split("/")
        collections[part[2]].metadata.update(asked["metadata"])
        self.tell({"result": True})

    def do_POST(self):
        self.read()
        c = collections[self.path.split("/")[2]]
        self.tell({"result": {"count": len(c.points)}})

    def log_message(self, *args):
        pass


def main():
    limit = int(options.get("limit", 64 << 20))
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[
        ("grpc.max_receive_message_length", limit),
        ("grpc.max_connection_age_ms", int(options.get("age", 3600000))),
        ("grpc.max_connection_age_grace_ms", 5000),
        ("grpc.so_reuseport", 0)])
    q.add_PointsServicer_to_server(Points(), server)
    q.add_CollectionsServicer_to_server(Collections(), server)
    q.add_QdrantServicer_to_server(Health(), server)
    at = "127.0.0.1:%s" % options.get("port", 0)
    if "tls" in options:
        pair = [open(name, "rb").read() for name in options["tls"].split(",")]
        port = server.add_secure_port(
            at, grpc.ssl_server_credentials([tuple(pair)]))
    else:
        port = server.add_insecure_port(at)
    server.start()
    rest = ThreadingHTTPServer(("127.0.0.1", int(options.get("rest", 0))),
                               Rest)
    print("port", port, rest.server_port, flush=True)
    rest.serve_forever()


main()
