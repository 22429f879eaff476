"""What all benches measure with: one process at a time, and exports made by septet itself."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)


class Failed(Exception):
    """A measured process did not do its job."""


class Measured:
    """One process: wall and processor seconds, and the most memory that it held."""

    def __init__(self, command, environment=None):
        self.log = tempfile.TemporaryFile()
        began = time.monotonic()
        process = subprocess.Popen(command, env=os.environ | (environment or {}), stdout=self.log, stderr=self.log)
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024 if sys.platform != "darwin" else usage.ru_maxrss
        if process.returncode:
            self.log.seek(0)
            raise Failed(f"{' '.join(command)} ended with {process.returncode}\n{self.log.read().decode(errors='replace')}")

    def __str__(self):
        return f"{self.wall:7.2f} s wall  {self.cpu:7.2f} s processor  {self.memory / 1e6:7.0f} MB"


def exports(given, folder):
    """The folder of exports that is given, or one that is made."""
    if given.exports:
        return os.path.abspath(given.exports)
    target = os.path.join(folder, "exports")
    made = Measured([given.septet, "generate", "--out", target, "--customers", str(given.customers), "--lines",
                     str(given.lines), "--quiet"])
    print(f"generate  {made}")
    return target


def median(values):
    return statistics.median(values)
