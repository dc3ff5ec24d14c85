"""Processes that are started, and the CPU time that they take."""

import os
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something that the person at the terminal can mend, in words."""


def stat(pid):
    """The parent of a process, its own CPU time and that of its ended children, in seconds; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return int(fields[1]), own / TICKS, ended / TICKS


def cpu(root):
    """The CPU time in seconds of a process and all below it, with those that have ended and were waited for."""
    found = {int(name): stat(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    found = {pid: it for pid, it in found.items() if it}
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        if pid in found:
            total += found[pid][1] + found[pid][2]
        waiting += [child for child, (parent, _, _) in found.items() if parent == pid]
    return total


class Server:
    """A program that runs until it is stopped, with its output in a file."""

    def __init__(self, name, command, log, environment=None, cwd=None):
        self.name, self.log = name, log
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=cwd,
                env={**os.environ, **(environment or {})},
            )
        self.pid = self.process.pid

    def wait_until(self, ready, seconds=60):
        """Waits until `ready` gives something, and gives that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended at once; {self.log} says:\n{self.tail()}")
            result = ready()
            if result:
                return result
            time.sleep(0.05)
        self.stop()
        raise Failure(f"{self.name} was not ready after {seconds} s; {self.log} says:\n{self.tail()}")

    def tail(self):
        with open(self.log) as file:
            return "".join(file.readlines()[-12:])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
