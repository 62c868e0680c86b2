"""A service manager's side of sd_notify(3): a datagram socket, and what came to it in order."""
import select
import socket
import time

SECONDS = 60


class Manager:
    """`name`: a path, or @ and a name in the abstract namespace."""

    def __init__(self, name):
        self.name = str(name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:] if self.name.startswith("@") else self.name)
        self.heard = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def env(self):
        return {"NOTIFY_SOCKET": self.name}

    def next(self, *, quiet=("WATCHDOG",)):
        """The next message as a dict; those that begin with a word of `quiet` are kept in `heard` only."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if select.select([self.socket], [], [], 0.1)[0]:
                message = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
                self.heard.append(message)
                if next(iter(message)) not in quiet:
                    return message
        raise AssertionError(f"nothing was said; before: {self.heard}")

    def silent(self):
        """Nothing but signs of life is waiting."""
        while select.select([self.socket], [], [], 0)[0]:
            message = self.socket.recv(4096).decode()
            if not message.startswith("WATCHDOG"):
                return False
        return True
