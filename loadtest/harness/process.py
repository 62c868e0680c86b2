"""Processes from outside: on which core they run, what CPU time and memory they took; from /proc. And the
helpers of loadtest/*.c, compiled where they are needed."""
import contextlib
import os
import pathlib
import resource
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parents[1]

TICKS = os.sysconf("SC_CLK_TCK")

# Servers have one core, load and harness another; on a machine of one core they share it.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[min(1, len(CORES) - 1)]


@contextlib.contextmanager
def on_core(*cores):
    """What starts within runs on that core, or those, with all its threads and children."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_files(count):
    """Raises the limit of open files, for us and what we start, and answers how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def family(pid):
    """The process and all that it started, supervisor and workers alike. What has ended is left out."""
    pids = [pid]
    for parent in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as children:
                    pids += map(int, children.read().split())
    return pids


def cpu_seconds(pid):
    """utime + stime of the family, in steps of a tick (10 ms), those who have ended and were waited for
    among them: PostgreSQL has a process for each connection."""
    ticks = 0
    for member in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{member}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()  # the name before it may hold blanks
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def memory(pid, names=("Pss", "Private_Dirty")):
    """These rows of smaps_rollup, each summed over the family, in bytes."""
    sums = [0] * len(names)
    for member in family(pid):
        with open(f"/proc/{member}/smaps_rollup") as rollup:
            rows = dict(line.split(":") for line in rollup.readlines()[1:])
        sums = [so_far + int(rows[name].split()[0]) * 1024 for so_far, name in zip(sums, names)]
    return tuple(sums)


class Others:
    """What other programs take of the machine while something is measured."""

    def __init__(self):
        self.before = self._seconds()

    def cores(self):
        """How many cores they kept busy, on average, since this was made. What was started since must
        have ended, else it counts as another's."""
        busy, own, clock = (now - was for now, was in zip(self._seconds(), self.before))
        return max(0.0, busy - own) / clock

    @staticmethod
    def _seconds():
        with open("/proc/stat") as stat:
            user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return (
            (user + nice + system + irq + softirq + steal) / TICKS,
            sum(each.ru_utime + each.ru_stime for each in own),
            time.monotonic(),
        )


def compiled(source, folder, libraries=("-lm",)):
    """A program of loadtest/, compiled for this machine alone."""
    program = pathlib.Path(folder) / pathlib.Path(source).stem
    flags = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O3", "-march=native", "-Wall", "-Wextra"]
    subprocess.run(["cc", *flags, "-o", program, HERE / source, *libraries], check=True)
    return program
