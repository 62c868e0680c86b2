#!/usr/bin/env python3
"""A way to a server that can fall ill. Says its port, then obeys a line at a time, each answered by `ok`:

    pass          as if it were not there
    slow SECONDS  what the server says comes so much later
    dead          nobody listens; what was open is reset

    sick_proxy.py HOST PORT
"""
import asyncio
import contextlib
import socket
import struct
import sys

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset


class Proxy:
    def __init__(self, host, port):
        self.to, self.delay, self.open = (host, port), 0.0, set()
        self.port, self.server = None, None

    async def listen(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", self.port or 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def carry(self, reader, writer):
        self.open.add(writer)
        try:
            there, back = await asyncio.open_connection(*self.to)
        except OSError:
            self.reset(writer)
            return
        self.open.add(back)
        with contextlib.suppress(asyncio.CancelledError):  # at the end of it all
            await asyncio.gather(self.pump(reader, back), self.pump_late(there, writer))

    async def pump(self, reader, writer):
        try:
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        self.end(writer)

    async def pump_late(self, reader, writer):
        """Each chunk is due a while after it came, so that one does not wait for another."""
        clock, late = asyncio.get_running_loop(), asyncio.Queue()

        async def write():
            while (item := await late.get()) is not None:
                due, chunk = item
                await asyncio.sleep(max(0.0, due - clock.time()))
                writer.write(chunk)

        writing = asyncio.create_task(write())
        try:
            while chunk := await reader.read(CHUNK):
                late.put_nowait((clock.time() + self.delay, chunk))
        except OSError:
            pass
        late.put_nowait(None)
        await writing
        self.end(writer)

    def end(self, writer):
        self.open.discard(writer)
        writer.close()

    def reset(self, writer):
        if (raw := writer.get_extra_info("socket")) is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.open.discard(writer)
        writer.transport.abort()

    async def obey(self, word, *rest):
        if word == "dead":
            self.server.close()
            for writer in list(self.open):
                self.reset(writer)
            return
        self.delay = float(rest[0]) if word == "slow" else 0.0
        if not self.server.is_serving():
            await self.listen()


async def main(host, port):
    proxy, lines = Proxy(host, int(port)), asyncio.StreamReader()
    await proxy.listen()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    print(proxy.port, flush=True)
    while line := (await lines.readline()).decode().split():
        await proxy.obey(*line)
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
