"""One run of the benchmarks: how long, where, and what its measurements share."""
import functools
import itertools
import pathlib
import shutil
import time

from . import filling, graph, points, words
from .servers import Vecgate

FILLINGS, FILLING_SECONDS = 3, 60  # so many of each set of points, and no more after so long


class Bench:
    """What a measurement is given."""

    def __init__(self, folder, rounds, seconds, quick):
        self.folder = pathlib.Path(folder)
        self.rounds = rounds
        self.seconds = seconds  # of one round of wrk; part() of it where there are many cases
        self.quick = quick
        self.only_printed = quick
        self.requests = 0  # of `endurance`
        self.fresh = itertools.count(1)
        self.sets = {}
        self.stocks = {}
        self.filled_with = {}
        self.from_c = {}

    @property
    def sizes(self):
        """The collections that are searched: one of the tree, one that fetch-data.sh brings."""
        large = [20_000 if self.quick else 100_000]
        return [2000, *large] if words.LARGE.exists() else [2000]

    def part(self, fraction):
        """Whole seconds, as wrk wants them, for a measurement of many cases."""
        return max(1, round(self.seconds * fraction))

    def words(self, count):
        if count not in self.sets:
            self.sets[count] = words.Words(self.folder, count)
        return self.sets[count]

    @functools.cached_property
    def indexed(self):
        """The sets of points that have an index."""
        counts = [20_000] if self.quick else [100_000, 341_479]
        sets = [points.of_words(self.folder, count) for count in counts if words.LARGE.exists()]
        return sets + [points.of_clusters(self.folder, 3000 if self.quick else 50_000)]

    def fresh_folder(self):
        return self.folder / f"{next(self.fresh)}"

    def vecgate(self, env=None):
        """A vecgate with nothing stored; not started."""
        return Vecgate(self.fresh_folder(), env)

    def stocked(self, count):
        """A vecgate that holds `count` words since an earlier start; not started."""
        if count not in self.stocks:
            folder = self.fresh_folder()
            with Vecgate(folder) as gate:
                self.words(count).store(gate.address)
            self.stocks[count] = folder
        return Vecgate(self.stocks[count])

    def filled(self, a_set):
        """A vecgate, not started, that holds a set of points in its index since an earlier start, and how
        each filling of one went."""
        if str(a_set) not in self.filled_with:
            end, folder, fillings = time.monotonic() + FILLING_SECONDS, None, []
            while not fillings or (len(fillings) < FILLINGS and time.monotonic() < end and not self.quick):
                if folder:
                    shutil.rmtree(folder)
                folder = self.fresh_folder()
                with Vecgate(folder) as gate:
                    fillings.append(filling.fill(gate, a_set, words.COLLECTION))
            self.filled_with[str(a_set)] = folder, fillings
        folder, fillings = self.filled_with[str(a_set)]
        return Vecgate(folder), fillings

    def called_from_c(self, a_set):
        """What is measured of the index without a server, and of its peer; None: it was not built."""
        if str(a_set) not in self.from_c:
            self.from_c[str(a_set)] = graph.measure(a_set)
        return self.from_c[str(a_set)]
