"""A server behind sick_proxy.py, and searches at a fixed rate, whatever becomes of those before."""
import asyncio
import contextlib
import dataclasses
import re
import subprocess
import sys

from .process import HERE
from .servers import Wrong

PATIENCE = 20  # seconds; what has no answer then will have none
GONE = 0  # the status of no answer
STATE = re.compile(rb"^vecgate_breaker_state\{[^}]*\} (\d+)", re.M)
OPENED = re.compile(rb"^vecgate_breaker_opened_total\{[^}]*\} (\d+)", re.M)
STATES = ("closed", "open", "half-open")
LOOK_SECONDS = 0.05


class SickProxy:
    """In front of `address`; a process of its own, on the core of the load."""

    def __init__(self, address):
        self.behind = address.split(":")

    def __enter__(self):
        command = [sys.executable, HERE / "harness" / "sick_proxy.py", *self.behind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def be(self, how):
        self.process.stdin.write(how + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ok\n":
            raise Wrong(f"the proxy did not become {how}")


@dataclasses.dataclass
class Asked:
    """One search: when it was sent, since the beginning, how long it took, and what status it got."""

    at: float
    took: float
    status: int

    @property
    def is_good(self):
        return self.status == 200


@dataclasses.dataclass
class Seen:
    asked: list
    breaker: list  # (when, state, how often it had opened); empty: it has none


async def ask(address, request, clock, begin, out):
    at = clock.time()
    status = GONE
    with contextlib.suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(request)
                answer = await reader.read(-1)
                status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else GONE
                if status == 200 and b'"score"' not in answer:
                    status = GONE  # nothing was found
            finally:
                writer.transport.abort()
    out.append(Asked(at - begin, clock.time() - at, status))


async def watch_breaker(address, clock, begin, out):
    """Its states as they change, until cancelled."""
    head = f"GET /metrics HTTP/1.1\r\nHost: {':'.join(address)}\r\nConnection: close\r\n\r\n".encode()
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(head)
            page = await reader.read(-1)
            writer.close()
            state, opened = STATE.search(page), OPENED.search(page)
            now = STATES[int(state[1]) if state else 0], int(opened[1]) if opened else 0
            if b"vecgate_breaker_state" in page and (not out or out[-1][1:] != now):
                out.append((clock.time() - begin, *now))
        await asyncio.sleep(LOOK_SECONDS)


async def drive(address, path, bodies, rate, phases, proxy):
    """`phases`: (seconds, what the proxy is told)."""
    host, port = address.split(":")
    clock, asked, breaker, tasks = asyncio.get_running_loop(), [], [], []
    requests = [
        f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode() for body in bodies]
    begin = clock.time()
    watching = asyncio.create_task(watch_breaker((host, port), clock, begin, breaker))
    sent, end = 0, 0.0
    for seconds, how in phases:
        await asyncio.to_thread(proxy.be, how)
        end += seconds
        while (due := sent / rate) < end:
            await asyncio.sleep(max(0.0, begin + due - clock.time()))
            request = requests[sent % len(requests)]
            tasks.append(asyncio.create_task(ask((host, port), request, clock, begin, asked)))
            sent += 1
    await asyncio.gather(*tasks)
    watching.cancel()
    return Seen(sorted(asked, key=lambda one: one.at), breaker)


def run(address, path, bodies, rate, phases, proxy):
    return asyncio.run(drive(address, path, bodies, rate, phases, proxy))
