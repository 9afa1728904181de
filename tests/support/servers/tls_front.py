# TLS in front of a server that speaks none, HTTP/2 and HTTP/1.1 by ALPN.
#
#   tls_front.py KEY CERT PORT     "port N" when it is up
import asyncio
import ssl
import sys

key, cert, behind = sys.argv[1:]


async def pass_on(reader, writer):
    try:
        while True:
            data = await reader.read(65536)
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def take(reader, writer):
    try:
        there, to = await asyncio.open_connection("127.0.0.1", int(behind))
    except OSError:
        writer.close()
        return
    await asyncio.gather(pass_on(reader, to), pass_on(there, writer))


async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    print("port %d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
