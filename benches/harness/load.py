"""Putting on load: wrk for what speaks HTTP, pgbench for statements."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from data import environment
from processes import Failure, cpu

CONNECTIONS = 32
HERE = Path(__file__).resolve().parent


@dataclass
class Measured:
    """One run. Times are in milliseconds, CPU times per request."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float


def tools():
    """Says what is missing before anything begins."""
    for program, package in [("wrk", "wrk"), ("psql", "postgresql-client"), ("pgbench", "postgresql-contrib")]:
        if not shutil.which(program):
            raise Failure(f"{program} is missing. On Debian: apt-get install {package}")


def http(system, requests, seconds, postgres, connections=CONNECTIONS):
    """Loads a server with the requests of a file."""
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency",
        "-s", str(HERE.parent / "requests.lua"), system.address, "--", str(requests),
    ]
    before = cpu(system.server.pid), postgres.cpu()
    done = subprocess.run(command, text=True, capture_output=True)
    after = cpu(system.server.pid), postgres.cpu()
    if done.returncode:
        raise Failure(f"wrk: {done.stderr or done.stdout}")
    told = json.loads(done.stdout.strip().rpartition("\n")[2])
    if told["failed"]:
        raise Failure(f"{system.name}: {told['failed']} of {told['requests']} requests failed; {system.server.log} may say why")
    count = max(told["requests"], 1)
    server, database = ((b - a) * 1000 / count for a, b in zip(before, after))
    return Measured(told["requests"] / told["seconds"], told["p50"], told["p99"], server, database)


def settle(postgres, servers):
    """Waits until what the last load left behind is done: requests whose client is gone."""
    def busy():
        return postgres.cpu() + sum(cpu(server.server.pid) for server in servers)

    for _ in range(100):
        before = busy()
        time.sleep(0.2)
        if busy() - before <= 0.02:
            return


def pgbench(script, seconds, clients, options, postgres):
    """Loads PostgreSQL with a script, on as many connections as do best."""
    for old in script.parent.glob("log.*"):
        old.unlink()
    command = [
        "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--time={seconds}", f"--file={script}",
        "--log", f"--log-prefix={script.parent / 'log'}", postgres.url,
    ]
    before = postgres.cpu()
    done = subprocess.run(command, text=True, capture_output=True, env=environment(f"-c jit=off {options}"))
    # A process that ends between two looks is in neither: the sum only grows, so the largest is right.
    after = max(postgres.cpu() for _ in range(3) if time.sleep(0.05) is None)
    if done.returncode or "failed" in done.stderr:
        raise Failure(f"pgbench {script.name}: {done.stderr[-2000:]}")
    times = []
    for log in script.parent.glob("log.*"):
        times += [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
        log.unlink()
    rate = next(float(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("tps"))
    times.sort()
    if not times:
        raise Failure(f"pgbench {script.name}: nothing was done in {seconds} s")
    return Measured(
        rate, times[len(times) // 2], times[int(len(times) * 0.99)], 0.0, (after - before) * 1000 / len(times)
    )


def best_clients(script, options, postgres):
    """On how many connections a script does most."""
    return max((2, 4, 8), key=lambda clients: pgbench(script, 1, clients, options, postgres).rate)
