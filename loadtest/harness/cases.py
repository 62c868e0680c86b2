"""The two kinds of load that more than one measurement puts on a server."""
import itertools

from . import load
from .servers import Client, Wrong
from .words import COLLECTION, DIMENSIONS

names = itertools.count(1)


def searches(server, words, connections, seconds, pids, collection=COLLECTION, header=()):
    """A case for alternate(): the questions of `words`, in turn, with a header of (name, value)."""
    url = f"{server.url}/collections/{collection}/points/query"
    arguments = [words.bodies_file, "POST", *header]
    return lambda: load.run(url, seconds, connections, "search.lua", arguments, pids)


def upserts(server, words, batch, connections, seconds, pids):
    """A case for alternate(): new points into a collection of its own, which is counted and dropped."""
    vectors = words.write_vectors()

    def one_round():
        name = f"loadtest-upsert-{next(names)}"
        url = f"{server.url}/collections/{name}/points?wait=true"
        with Client(server.address) as client:
            client.create(name, DIMENSIONS)
            try:
                one = load.run(url, seconds, connections, "upsert.lua", [vectors, batch, 1], pids)
                stored = client.count(name)
            finally:
                client.drop(name)
        acknowledged = (one.answered - one.failures) * batch
        if stored < acknowledged:
            raise Wrong(f"{acknowledged} points were acknowledged, {stored} are there")
        return one

    return one_round
