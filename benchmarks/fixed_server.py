"""A server that answers every request after the same time; run as a script, it says its port and ends by itself."""

import asyncio
import contextlib

ANSWER_SECONDS = 0.010
LIFETIME = 600.0
REPLY = b'{"predictions": [0.5]}'
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(REPLY)}\r\n\r\n".encode() + REPLY


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            await asyncio.sleep(ANSWER_SECONDS)
            writer.write(ANSWER)
            await writer.drain()
    writer.close()


def _length(head: bytes) -> int:
    """Return the length of a request's body."""
    fields = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in fields if name == b"content-length"), 0)


async def serve() -> None:
    """Serve on a free port of loopback."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIFETIME):
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
