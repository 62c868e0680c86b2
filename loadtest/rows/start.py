"""From the start of the process to its first answer: with nothing stored, and to a right search answer
with everything stored."""
import contextlib
import http.client
import statistics

from harness.report import figure
from harness.servers import Client, Wrong, answers
from harness.words import COLLECTION, right

NAME = "start"
TITLE = "Start to first answer"
STARTS = 11
GOALS = {0: 50, 100_000: 1000}  # milliseconds, by points stored


def measure(bench, section):
    starts = 3 if bench.quick else STARTS
    taken = {0: timed(bench.vecgate(), answers, starts)}
    for count in bench.sizes:
        taken[count] = timed(bench.stocked(count), asks_search(bench.words(count)), starts)
    head = ["points stored", "asked for", "median ms", "fastest", "slowest", "starts"]
    section.table(head, [line(count, milliseconds) for count, milliseconds in taken.items()])
    for count in filter(taken.__contains__, GOALS):
        section.goal(f"with {count} points", statistics.median(taken[count]), most=GOALS[count], unit=" ms")
    if 100_000 not in taken:
        section.say("Not measured: 100 000 points (a quick run, or `loadtest/fetch-data.sh` brought nothing).")
    section.say("From the spawn of the process, its folder in the page cache, after a clean stop.")


def timed(gate, asks, starts):
    """Milliseconds of each start."""
    milliseconds = []
    for _ in range(starts):
        milliseconds.append(1e3 * gate.start_and_time(asks))
        gate.stop()
    return milliseconds


def line(count, milliseconds):
    asked = "a right search answer" if count else "/healthz"
    numbers = [statistics.median(milliseconds), min(milliseconds), max(milliseconds)]
    return [count, asked, *map(figure, numbers), len(milliseconds)]


def asks_search(words):
    """Asks the first question; a wrong answer ends the measurement, none yet does not."""
    truth = words.truth()[0]

    def asks(address):
        with contextlib.suppress(OSError, http.client.HTTPException), Client(address) as client:
            if not answers(address, "/readyz"):
                return False
            found = client.ask("POST", f"/collections/{COLLECTION}/points/query", words.bodies[0])
            if right(found["points"], truth) < len(found["points"]):
                raise Wrong(f"after a start the answer was {found}")
            return True
        return False

    return asks
