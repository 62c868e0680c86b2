"""One run of the benchmarks: how long, where, and what its measurements share."""
import itertools
import pathlib

from . import words
from .servers import Vecgate


class Bench:
    """What a measurement is given."""

    def __init__(self, folder, rounds, seconds, quick):
        self.folder = pathlib.Path(folder)
        self.rounds = rounds
        self.seconds = seconds  # of one round of wrk; part() of it where there are many cases
        self.quick = quick
        self.fresh = itertools.count(1)
        self.sets = {}
        self.stocks = {}

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
