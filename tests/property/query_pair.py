"""One program on both sides, vecgate over REST and Qdrant's Python client in its in-process mode; and what is said
about a query whose answers differ: a smaller case, as a program that stands alone."""
import inspect

import query_calls
import query_oracle
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from query_calls import ask, make
from query_oracle import Mismatch

SHRINKS = 60
CLOSE = "a close call"


class Pair:
    """One program on both sides: its collections, "main" and "away"."""

    def __init__(self, url, main, away):
        self.remote = QdrantClient(url=url, timeout=30, check_compatibility=False)
        self.local = QdrantClient(":memory:")
        self.main, self.away = main, away

    def __enter__(self):
        for client in (self.remote, self.local):
            make(client, "main", self.main)
            make(client, "away", self.away)
        return self

    def __exit__(self, *_):
        for name in ("main", "away"):
            self.remote.delete_collection(name)
        self.remote.close()

    def fault(self, call, body, answer=None):
        """What is wrong with vecgate's answer. None: nothing; CLOSE: rounding or a tie may be."""
        try:
            query_oracle.check(self.local, "main", call, body, answer or ask(self.remote, "main", call, body))
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
    pair.__exit__()
    main, body, less = shrink(url, pair.main, pair.away, call, body)
    return f"{call}: {fault}\nSmaller: {less}\n\n{program(main, pair.away, call, body)}"
