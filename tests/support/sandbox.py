#!/usr/bin/env python3
"""Runs a program under the filters of system calls that systemd would make of a unit:

    sandbox.py UNIT COMMAND [ARGUMENT...]

SystemCallFilter by systemd's own sets of names, MemoryDenyWriteExecute, RestrictAddressFamilies; what is not allowed
fails with EPERM, as the unit says. The kernel's own filter does it, made by libseccomp, which systemd brings along.
"""
import ctypes
import errno
import os
import re
import socket
import subprocess
import sys

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
EQUAL, MASKED_EQUAL = 4, 7
PROT_WRITE, PROT_EXEC = 2, 4
FAMILIES = range(1, 46)  # AF_UNIX to AF_MCTP


class Compare(ctypes.Structure):
    """An argument of the call, how it is compared, and with what."""

    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int), ("one", ctypes.c_uint64), ("two", ctypes.c_uint64)]


class Filter:
    """What is done with calls that no rule names; then rules, then load()."""

    def __init__(self, default):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(default)))

    def add(self, action, name, *comparisons):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # of another kind of machine
            return
        rows = (Compare * len(comparisons))(*comparisons)
        status = self.library.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), rows)
        if status != 0:
            sys.exit(f"sandbox.py: no rule for {name}: {os.strerror(-status)}")

    def load(self):
        status = self.library.seccomp_load(self.context)
        if status != 0:
            sys.exit(f"sandbox.py: the filter cannot be loaded: {os.strerror(-status)}")


def values(unit, name):
    return re.findall(rf"^{name}=(.*)$", unit, re.M)


def members(word):
    """The calls of a set, and of the sets in it; another word is one."""
    if not word.startswith("@"):
        return {word}
    said = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    found = re.findall(r"^    ([@\w-]+)$", said.stdout, re.M)
    return set().union(*map(members, found))


def allowed(unit):
    """A list that begins with what is allowed allows @default, too; a ~ takes away what stands behind it."""
    names = members("@default")
    for line in values(unit, "SystemCallFilter"):
        words = set().union(*map(members, line.removeprefix("~").split()))
        names = names - words if line.startswith("~") else names | words
    return names


def confine(unit):
    calls, memory, sockets = Filter(REFUSE), Filter(ALLOW), Filter(ALLOW)
    for name in allowed(unit):
        calls.add(ALLOW, name)
    if values(unit, "MemoryDenyWriteExecute") == ["yes"]:
        memory.add(REFUSE, "mmap", Compare(2, MASKED_EQUAL, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC))
        for name in ("mprotect", "pkey_mprotect"):
            memory.add(REFUSE, name, Compare(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC))
    known = {getattr(socket, word) for line in values(unit, "RestrictAddressFamilies") for word in line.split()}
    for family in set(FAMILIES) - known:
        sockets.add(REFUSE, "socket", Compare(0, EQUAL, family, 0))
    for one in (memory, sockets, calls):  # the last may forbid what loads another
        one.load()


def main(path, *command):
    with open(path) as unit:
        confine(unit.read())
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
