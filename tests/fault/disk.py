"""What a disk may hold after the power was cut: from a journal of the shim, at any of its records.

The model is the one that SQLite assumes of a disk (its "Atomic Commit In SQLite"), stricter than ext4:

- What was written is there for certain once a sync of that file, begun afterwards, has returned.
- Each sector of 512 bytes of what was not synced is as it was at some moment since, each at its own: old,
  new, or between; so writes are torn, lost, and reach the disk in any order. Bytes of a sector that were
  not being written stay (SQLite's "powersafe overwrite").
- A file's length is that of some moment since its last sync. Where it grew and the data did not come, there
  is nothing, or anything.
- A name that was made, changed or removed is so for certain once its directory was synced; before that
  each is done or not by itself. Syncing a new file does not keep its name (ext4 would).
- What is only mapped, SQLite's -shm, is gone.
"""
import os
import pathlib
import struct
from collections import defaultdict
from dataclasses import dataclass, field, replace

SECTOR = 512
HEAD = struct.Struct("=IIQQ")
CREATE, WRITE, TRUNCATE, SYNC, SYNC_DIR, RENAME, UNLINK, MKDIR = range(1, 9)
A_DIRECTORY = -1


@dataclass
class Record:
    at: int  # the moment: where it begins in the journal
    end: int
    kind: int
    inode: int
    value: int  # a WRITE's place, a TRUNCATE's size, what a SYNC is good for
    data: bytes

    @property
    def path(self):
        return os.fsdecode(self.data)


def read_journal(path):
    """Its records; one that was being written when the process died is left out."""
    text = pathlib.Path(path).read_bytes()
    at, records = 0, []
    while at + HEAD.size <= len(text):
        kind, size, inode, value = HEAD.unpack_from(text, at)
        end = at + HEAD.size + size
        if end > len(text):
            break
        records.append(Record(at, end, kind, inode, value, text[at + HEAD.size:end]))
        at = end
    return records


@dataclass
class File:
    """One file's bytes: what is on the disk for certain, and what was done since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list = field(default_factory=list)  # WRITE and TRUNCATE records, in order

    def sync(self, since):
        for record in self.pending:
            if record.at < since:
                apply(self.synced, record)
        self.pending = [r for r in self.pending if r.at >= since]

    def after_power_loss(self, keep):
        """`keep` chooses, for a sector, how many of the `n` changes it got since have come to it."""
        sizes = [len(self.synced)]
        touched = defaultdict(list)  # sector: its changes
        for record in self.pending:
            if record.kind == TRUNCATE:
                sectors = range(record.value // SECTOR, (max(sizes) + SECTOR - 1) // SECTOR)
                sizes.append(record.value)
            else:
                end = record.value + len(record.data)
                sectors = range(record.value // SECTOR, (end + SECTOR - 1) // SECTOR)
                sizes.append(max(sizes[-1], end))
            for sector in sectors:
                touched[sector].append(record)
        size = sizes[keep.moment(len(sizes) - 1)]
        content = bytearray(self.synced[:size].ljust(size, b"\0"))
        for sector, records in touched.items():
            if sector * SECTOR < size:
                self.fill(content, sector, records, keep)
        return content

    def fill(self, content, sector, records, keep):
        begin, end = sector * SECTOR, min((sector + 1) * SECTOR, len(content))
        kept = keep.of_sector(records)
        old = bytearray(self.synced[begin:end].ljust(end - begin, b"\0"))
        if kept == 0 and begin >= len(self.synced):
            old = keep.nothing(end - begin)
        for record in records[:kept]:
            apply_to_part(old, begin, record)
        content[begin:end] = old


def apply(content, record):
    if record.kind == TRUNCATE:
        del content[record.value:]
        content.extend(bytes(record.value - len(content)))
        return
    if len(content) < record.value:
        content.extend(bytes(record.value - len(content)))
    content[record.value:record.value + len(record.data)] = record.data


def apply_to_part(part, begin, record):
    """The same for the bytes from `begin` on, whose number stays."""
    if record.kind == TRUNCATE:
        cut = max(0, record.value - begin)
        if cut < len(part):
            part[cut:] = bytes(len(part) - cut)
        return
    low, high = max(begin, record.value), min(begin + len(part), record.value + len(record.data))
    if low < high:
        part[low - begin:high - begin] = record.data[low - record.value:high - record.value]


class Keep:
    """How kind the disk is: one of several ways to lose what was not synced."""

    WAYS = ("nothing", "everything", "prefix", "sectors", "mostly old", "mostly new", "writes")

    def __init__(self, random):
        self.random = random
        self.way = random.choice(self.WAYS)
        self.kept = {}
        self.until = random.random()

    def moment(self, last):
        """Which of the moments 0 (synced) … last (now) counts, for lengths."""
        if self.way == "nothing":
            return 0
        if self.way == "everything":
            return last
        return self.random.choice((0, last, self.random.randint(0, last)))

    def takes(self, record):
        """One choice for the whole of a write."""
        if record.at not in self.kept:
            self.kept[record.at] = self.random.random() < 0.5
        return self.kept[record.at]

    def of_sector(self, records):
        n = len(records)
        if self.way == "nothing":
            return 0
        if self.way == "everything":
            return n
        if self.way == "prefix":  # the disk stopped at one moment, tearing what it was at
            whole = int(self.until * n)
            return min(n, whole + self.random.randint(0, 1))
        if self.way == "writes":
            return max((i + 1 for i, record in enumerate(records) if self.takes(record)), default=0)
        odds = {"sectors": 0.5, "mostly old": 0.1, "mostly new": 0.9}[self.way]
        return self.random.randint(1, n) if self.random.random() < odds else 0

    def nothing(self, size):
        """What is where a file grew and no data came."""
        return bytearray(size) if self.random.random() < 0.5 else bytearray(self.random.randbytes(size))

    def takes_name(self):
        return {"nothing": False, "everything": True}.get(self.way, self.random.random() < 0.5)


class Disk:
    """Plays a journal forward; at any moment, what a power loss would leave."""

    def __init__(self, records, folder=None):
        """`folder`: what is on the disk before the first record."""
        self.records = records
        self.next = 0
        self.names = {}  # path: inode number or A_DIRECTORY, for certain
        self.pending = []  # records that change names, in order
        self.files = {}  # inode number: File, the one that has the number now
        self.lost = {}  # record.at of a CREATE: its File, as numbers are given again
        if folder:
            self.begin_with(folder)

    def begin_with(self, folder):
        for path in sorted(pathlib.Path(folder).rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_dir():
                self.names[name] = A_DIRECTORY
            else:
                self.names[name] = self.files[path.stat().st_ino] = File(bytearray(path.read_bytes()))

    def play(self, cut):
        """Up to the moment `cut`: records that end by then have taken effect."""
        while self.next < len(self.records) and self.records[self.next].end <= cut:
            self.take(self.records[self.next])
            self.next += 1

    def take(self, record):
        if record.kind == CREATE:
            self.files[record.inode] = self.lost[record.at] = File()
            self.pending.append(record)
        elif record.kind in (WRITE, TRUNCATE):
            self.files[record.inode].pending.append(record)
        elif record.kind == SYNC:
            self.files[record.inode].sync(record.value)
        elif record.kind == SYNC_DIR:
            self.sync_names(record)
        else:
            self.pending.append(record)

    def sync_names(self, sync):
        kept = [r for r in self.pending if r.at < sync.value and directory_of(r) == sync.path]
        self.pending = [r for r in self.pending if r not in kept]
        for record in kept:
            self.name(self.names, record)
            if record.kind == RENAME:
                self.follow(record)

    def follow(self, rename):
        """What was done in a directory before it got its new name is still to come, and there."""
        old, new = rename.path.split("\0")
        self.pending = [replace(r, data=os.fsencode(new + r.path[len(old):]))
                        if r.at < rename.at and r.path.startswith(old + "/") else r for r in self.pending]

    def name(self, names, record):
        if record.kind == CREATE:
            names[record.path] = self.lost[record.at]
        elif record.kind == MKDIR:
            names[record.path] = A_DIRECTORY
        elif record.kind == UNLINK:
            names.pop(record.path, None)
        else:
            move(names, *record.path.split("\0"))

    def write(self, folder, keep):
        """Makes the directory that the machine finds when it comes up again."""
        names = dict(self.names)
        stays = {}  # a directory's new name: the old one, which it has if its renaming is lost
        for record in self.pending:
            record = replace(record, data=os.fsencode(as_it_stays(stays, record.path)))
            if keep.takes_name():
                self.name(names, record)
            elif record.kind == RENAME:
                old, new = record.path.split("\0")
                stays[new] = old
        folder.mkdir()
        for path in sorted(names):
            target = folder / path
            if path.endswith("-shm") or not target.parent.exists():
                continue
            if names[path] is A_DIRECTORY:
                target.mkdir(0o700)
            else:
                target.write_bytes(names[path].after_power_loss(keep))


def move(names, old, new):
    """A file, or a directory with all that is in it."""
    for name in [n for n in names if n == old or n.startswith(old + "/")]:
        names[new + name[len(old):]] = names.pop(name)


def as_it_stays(stays, path):
    """What is changed in a directory is changed in it, by whichever name it is found later."""
    for new, old in reversed(stays.items()):
        if path.startswith(new + "/"):
            path = old + path[len(new):]
    return path


def directory_of(record):
    return os.path.dirname(record.path.split("\0")[0])


class Everything:
    """A disk that loses nothing."""

    way = "everything"

    def moment(self, last):
        return last

    def of_sector(self, records):
        return len(records)

    def takes_name(self):
        return True


class Nothing:
    """A disk that has what was synced, and that only."""

    way = "nothing"

    def moment(self, last):
        return 0

    def of_sector(self, records):
        return 0

    def nothing(self, size):
        return bytearray(size)

    def takes_name(self):
        return False


def must_be_complete(records, data, folder):
    disk = Disk(records)
    disk.play(records[-1].end)
    disk.write(folder, Everything())
    kept = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    files = [p for p in data.rglob("*") if p.is_file() and not p.name.endswith("-shm")]
    there = {str(p.relative_to(data)): p.read_bytes() for p in files}
    assert kept.keys() == there.keys(), "the shim has missed a name"
    differ = [name for name in there if kept[name] != there[name]]
    assert not differ, f"the shim has missed a change of {differ}"
