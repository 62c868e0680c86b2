"""A gateway under the shim: recorded, or with faults in its way."""
import ctypes
import mmap
import os
import subprocess

from gateway import Gateway, free_port


class Shimmed(Gateway):
    """`journal`: what it does to its data directory is recorded there. `control`: a Faults. `lies`:
    every so many syncs one is not made."""

    def __init__(self, folder, tools, journal=None, control=None, lies=0, wal="1MiB"):
        super().__init__(folder, {"VECGATE_VECTOR_EMBEDDED_WAL_SIZE": wal})
        self.data.mkdir(parents=True, exist_ok=True)
        self.journal = journal
        self.env |= {"LD_PRELOAD": str(tools / "fault_shim.so"), "VG_SHIM_DIR": str(self.data.resolve())}
        if journal:
            self.env["VG_SHIM_JOURNAL"] = str(journal)
        if control:
            self.env["VG_SHIM_CONTROL"] = str(control.path)
        if lies:
            self.env["VG_SHIM_LIES"] = str(lies)

    def now(self):
        """The moment: how much the journal holds. What is on the disk when an answer has come was written
        down before, so that a cut at or after that moment must keep it."""
        return self.journal.stat().st_size

    def start_or_say(self):
        """Starts it; what it said if it ended instead."""
        before = len(self.log())
        self.port = free_port()
        self._spawn()
        if self._wait_until_ready():
            return None
        assert self.process.poll() is not None, f"it neither serves nor ends\n{self.log()}"
        return self.log()[before:]


WRITE, GROW, SHRINK, SYNC, CREATE, OPEN, UNLINK, RENAME, MKDIR = (1 << n for n in range(9))
EVERYTHING = (1 << 9) - 1


class Control(ctypes.Structure):
    """fault_control of shim/faults.h."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("kinds", "error", "stays", "fails_at", "calls", "failed")]
    _fields_ += [("said", ctypes.c_char * 128), ("only", ctypes.c_char * 32)]


class Faults:
    """The shim's control file."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(ctypes.sizeof(Control)))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.control = Control.from_buffer(self.map)

    def arm(self, nth, error, kinds=EVERYTHING, stays=False, only=""):
        """The nth call of these kinds from now on fails; error 0: the process is killed there. `only`: on
        files whose path ends so."""
        self.clear()
        self.control.only = only.encode()
        self.control.error, self.control.stays, self.control.kinds = error, int(stays), kinds
        self.control.fails_at = nth

    def clear(self):
        self.control.fails_at = 0
        self.control.kinds = self.control.calls = self.control.failed = 0

    def count(self, kinds=EVERYTHING):
        """Counts without failing."""
        self.clear()
        self.control.kinds = kinds

    @property
    def calls(self):
        return self.control.calls

    @property
    def failed(self):
        return self.control.failed

    @property
    def said(self):
        return self.control.said.decode(errors="replace")


class Verifier:
    """fault_verify: opens data directories without a server."""

    def __init__(self, tools):
        self.process = subprocess.Popen([tools / "fault_verify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=os.environ | {"LC_ALL": "C.UTF-8"})

    def ask(self, folder, tenant=None):
        """The line that verify.c's head shows; None when the verifier itself died of it."""
        line = os.fsencode(folder) + (b"" if tenant is None else b"\t" + tenant.encode())
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode() or None

    def close(self):
        self.process.stdin.close()
        self.process.wait()
