"""Random programs on both sides, vecgate over REST and Qdrant's Python client in its in-process mode; and what is
said about a query whose answers differ: a smaller case, as a program that stands alone."""
import collections
import inspect
import random

import query_calls
import query_oracle
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from query_calls import BATCHES, ask, ask_all, make
from query_differences import difference
from query_oracle import Mismatch
from random_queries import Maker

QUERIES = 30  # of a collection
SHRINKS = 60
CLOSE = "a close call"


class Fault(Exception):
    """A difference between vecgate and the in-process mode that nothing excuses."""


class Pair:
    """One program on both sides: its collections, "main" and "away"."""

    def __init__(self, url, main, away):
        self.remote = QdrantClient(url=url, timeout=30, check_compatibility=False)
        self.local = QdrantClient(":memory:")
        self.main, self.away = main, away

    def __enter__(self):
        for client in (self.remote, self.local):
            for name, values in (("main", self.main), ("away", self.away)):
                client.delete_collection(name)
                make(client, name, values)
        return self

    def __exit__(self, *_):
        for name in ("main", "away"):
            self.remote.delete_collection(name)
        self.remote.close()

    def fault(self, call, body, answer=None):
        """What is wrong with vecgate's answer. None: nothing; CLOSE: rounding or a tie may be."""
        try:
            answer = ask(self.remote, "main", call, body) if answer is None else answer
            query_oracle.check(self.local, "main", call, body, answer)
        except UnexpectedResponse as why:
            return str(why)
        except Mismatch as why:
            return CLOSE if query_oracle.is_close(self.local, "main", call, body) else str(why)
        return None


# ---- a failing case, smaller, as a program ----

PROGRAM = """
MAIN = {main}
AWAY = {away}
CALL = {call!r}
ASKED = {body}
MEANT = {meant}  # the whole ranking, in the in-process mode's words

if __name__ == "__main__":
    import sys
    from qdrant_client import QdrantClient
    for client, body in ((QdrantClient(url=sys.argv[1]), ASKED), (QdrantClient(":memory:"), MEANT)):
        make(client, "main", MAIN)
        make(client, "away", AWAY)
        print(ask(client, "main", CALL, body))
"""


def program(main, away, call, body):
    """Stands alone: python FILE URL, with the oldest client that is promised."""
    texts = {"main": main, "away": away, "body": body, "meant": body if call in ("pairs", "offsets") else query_oracle.whole(body)}
    return inspect.getsource(query_calls) + PROGRAM.format(call=call, **{name: repr(one) for name, one in texts.items()})


def without_points(main, gone):
    """The collection without some points and their edits."""
    def of(edit):
        verb, *arguments = edit
        named = arguments[-1]
        kept = [one for one in named if (one["id"] if isinstance(one, dict) else one) not in gone]
        return [[verb, *arguments[:-1], kept]] if kept else []
    return main | {"points": [one for one in main["points"] if one["id"] not in gone],
                   "edits": [each for edit in main["edits"] for each in of(edit)]}


def smaller(main, body):
    """Collections and bodies with less in them: half of the points, a member less."""
    for name in ("filter", "offset", "params", "with_payload", "with_vector", "score_threshold", "with_lookup"):
        if name in body:
            yield main, {key: value for key, value in body.items() if key != name}
    for gone in range(len(body.get("prefetch", [])) if len(body.get("prefetch", [])) > 1 else 0):
        yield main, body | {"prefetch": body["prefetch"][:gone] + body["prefetch"][gone + 1:]}
    if main["edits"]:
        yield main | {"edits": []}, body
    for parts in (2, 4, 8):
        step = max(1, len(main["points"]) // parts)
        for at in range(0, len(main["points"]), step):
            gone = {one["id"] for one in main["points"][at:at + step]} - set(query_oracle.mentioned(body))
            yield without_points(main, gone), body


def fault_of(url, main, away, call, body):
    """As Pair.fault(), of collections made anew; a case that makes no sense has none."""
    try:
        with Pair(url, main, away) as pair:
            fault = pair.fault(call, body)
            return fault if fault != CLOSE else None
    except Exception:  # whatever the in-process mode has against it
        return None


def shrink(url, main, away, call, body):
    """The smallest failing case that a few tries find, and what is wrong with it."""
    fault, tries = None, 0
    before = None
    while before != (main, body):
        before = main, body
        for less, asked in smaller(main, body):
            wrong = fault_of(url, less, away, call, asked) if tries < SHRINKS and (less, asked) != before else None
            tries += 1
            if wrong:
                main, body, fault = less, asked, wrong
                break
    return main, body, fault


def say(url, fault, pair, call, body):
    main, body, less = shrink(url, pair.main, pair.away, call, body)
    return f"{call}: {fault}\nSmaller: {less}\n\n{program(main, pair.away, call, body)}"


# ---- random programs ----

class Run:
    """The queries of one chunk, and what became of them."""

    def __init__(self, url):
        self.url = url
        self.counts = collections.Counter()

    def check(self, pair, made, call, body, answer=None):
        self.counts["cases"] += 1
        known = difference(made, call, body)
        if known:
            self.counts[known] += 1
            return
        fault = pair.fault(call, body, answer)
        if fault and fault != CLOSE:
            raise Fault(say(self.url, fault, pair, call, body))
        self.counts["close" if fault else "compared"] += 1
        self.counts[call] += 1

    def check_batches(self, pair, made, queries):
        """The same questions once more, many in one request."""
        for kind in BATCHES:
            bodies = [{"with_payload": False} | body for call, body in queries if call == kind and not difference(made, call, body)]
            for body, answer in zip(bodies, ask_all(pair.remote, "main", kind, bodies) if bodies else []):
                self.check(pair, made, kind, body, answer)

    def programs(self, seed, count):
        chance = random.Random(seed)
        for _ in range(count):
            make = Maker(chance)
            main, away = make.program()
            queries = [make.query() for _ in range(QUERIES)]
            with Pair(self.url, main.values(), away.values()) as pair:
                for call, body in queries:
                    self.check(pair, main, call, body)
                self.check_batches(pair, main, queries[:QUERIES // 3])
