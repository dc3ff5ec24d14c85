#!/usr/bin/env python3
"""What growth costs: see docs/benchmarks.md. `just growth` runs it."""

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

import load
import report
import systems
from data import AGREEMENTS, Postgres, arguments
from processes import Failure
from run import QUERIES, ROOT, build

SIZES = [5_000, 50_000, 500_000]
WRITES = 7


def options():
    parser = argparse.ArgumentParser(description="Measures entente over databases of several sizes.")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=SIZES, help="numbers of agreements")
    parser.add_argument("--seconds", type=int, default=5, help="how long each run lasts")
    parser.add_argument("--program", type=Path, help="a built entente instead of target/release's")
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench", help="where results and the data are kept")
    return parser.parse_args()


def main():
    chosen = options()
    load.tools()
    program = str(Path(chosen.program or build()).resolve())
    result = {}
    for size in chosen.sizes:
        names = {agreements: name for name, agreements in AGREEMENTS.items()}
        work = chosen.out.resolve() / names.get(size, str(size))
        postgres = Postgres(ROOT, program, work, size)
        try:
            postgres.start()
            result[size] = of_size(program, postgres, work, chosen.seconds)
        finally:
            postgres.stop()
        (chosen.out / "growth.json").write_text(json.dumps(result, indent=1))
        (chosen.out / "growth.md").write_text(table(result))
    print("\n" + table(result))


def of_size(program, postgres, work, seconds):
    """One database: what is asked of it, its size, what a write takes."""
    variant = systems.Variant("entente", "uncached answers", {"RESPONSE_CACHE": "0"})
    system = systems.entente(ROOT, program, variant, postgres, work)
    found = {"queries": {}}
    try:
        sets = arguments(postgres)
        for query in QUERIES:
            requests = work / f"growth-{query}"
            requests.write_bytes(system.requests(query, sets[query]))
            load.http(system, requests, 2, postgres)
            alone = load.http(system, requests, seconds, postgres, connections=1)
            many = load.http(system, requests, seconds, postgres)
            found["queries"][query] = {"p50": alone.p50, "p99": alone.p99, "rate": many.rate}
            print(f"{postgres.agreements} {query}: {alone.p50:.2f} ms alone, {many.rate:.0f}/s", flush=True)
        found["server_mib"] = memory(system.server.pid)
    finally:
        system.stop()
    found["database_mib"] = int(postgres.query("SELECT pg_database_size(current_database())")) / 2**20
    found["write_ms"] = write(postgres)
    print(f"{postgres.agreements}: {found['database_mib']:.0f} MiB, a write {found['write_ms']:.0f} ms", flush=True)
    return found


def memory(pid):
    """The most memory that a process had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peak) / 1024


def write(postgres):
    """How long a second process takes to import one agreement that is changed each time, from its start to its end."""
    parties = postgres.rows(
        """SELECT p.slug FROM agreement_party j JOIN party p ON p.id = j.party_id
        GROUP BY p.slug ORDER BY count(*) DESC, p.slug LIMIT 2"""
    )
    regions = postgres.rows("SELECT slug FROM region WHERE kind = 'MUNICIPALITY' ORDER BY slug LIMIT 1")
    programs = postgres.rows("SELECT slug FROM program ORDER BY slug LIMIT 1")
    times = []
    for number in range(WRITES):
        agreement = {
            "slug": "growth-probe", "originalLanguage": "EN", "kind": "OTHER",
            # Another each time: a write of what is there already would change nothing. Long ago, so that no list shows it first.
            "title": [{"language": "EN", "text": f"Agreement on what a write takes, {time.time_ns()}"}],
            "signedOn": {"edtf": f"190{number}-05-17"}, "statusHistory": [{"status": "SIGNED"}],
            "parties": [{"party": party["slug"], "roles": ["SIGNATORY"]} for party in parties],
            "regions": [region["slug"] for region in regions],
            "programs": [program["slug"] for program in programs],
            "sources": [{"name": "Made up to measure a write"}],
        }
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "one.jsonl").write_text(json.dumps({"agreement": agreement}))
            started = time.monotonic()
            with contextlib.redirect_stdout(None):
                postgres.entente("import", folder)
            times.append((time.monotonic() - started) * 1000)
    # The first is also the first that the new record is written.
    return statistics.median(times[1:])


def table(result):
    """Markdown: a column per size."""
    number = report.number
    sizes = list(result)
    lines = ["| | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---|" + "--:|" * len(sizes)]

    def row(what, of):
        lines.append(f"| {what} | " + " | ".join(number(of(result[size])) for size in sizes) + " |")

    for query in QUERIES:
        row(f"{query.upper()}, ms, one connection: median", lambda it, query=query: it["queries"][query]["p50"])
    for query in QUERIES:
        row(f"{query.upper()}, ms, one connection: 99th percentile", lambda it, query=query: it["queries"][query]["p99"])
    for query in QUERIES:
        row(f"{query.upper()}, requests/s, {load.CONNECTIONS} connections", lambda it, query=query: it["queries"][query]["rate"])
    row("database, MiB", lambda it: it["database_mib"])
    row("server's memory at its highest, MiB", lambda it: it["server_mib"])
    row("a write by a second process, ms", lambda it: it["write_ms"])
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"growth: {failure}")
