#!/usr/bin/env python3
"""The benchmark: see docs/benchmarks.md. `just bench` runs it."""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

import compare
import load
import plot
import report
import statements
import systems
from data import AGREEMENTS, Postgres, arguments
from processes import Failure

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ["q1", "q2", "q3", "q4", "q5"]
SYSTEMS = ["entente", "limit", "flat", *systems.PEERS]


def options():
    parser = argparse.ArgumentParser(description="Measures entente against hand-written statements and its peers.")
    parser.add_argument("--size", choices=AGREEMENTS, default="S", help="how many agreements: S is 5,000, L is 500,000")
    parser.add_argument("--agreements", type=int, help="another number of agreements instead")
    parser.add_argument("--seconds", type=int, default=8, help="how long each run lasts")
    parser.add_argument("--runs", type=int, default=5, help="how often everything is measured, in turn")
    parser.add_argument("--only", type=names(QUERIES), default=QUERIES, help="some queries alone: q2,q4")
    parser.add_argument("--systems", type=names(SYSTEMS), default=SYSTEMS, help=f"some alone, of {','.join(SYSTEMS)}")
    parser.add_argument("--program", type=Path, help="a built entente instead of target/release's")
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench", help="where results and the data are kept")
    return parser.parse_args()


def names(known):
    def parse(text):
        chosen = text.lower().split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return chosen

    return parse


def main():
    chosen = options()
    load.tools()
    program = chosen.program or build()
    name = str(chosen.agreements or chosen.size)
    work = chosen.out.resolve() / name
    postgres = Postgres(ROOT, str(Path(program).resolve()), work, chosen.agreements or AGREEMENTS[chosen.size])
    with contextlib.ExitStack() as stack:
        stack.callback(postgres.stop)
        postgres.start()
        bench = Bench(chosen, postgres, str(Path(program).resolve()), work, stack)
        bench.prepare()
        bench.compare()
        bench.explain()
        bench.measure()
        result = {
            "size": name, "seconds": chosen.seconds, "runs": chosen.runs, "connections": load.CONNECTIONS,
            "machine": report.machine(postgres), "commit": commit(), "compared": bench.compared,
            "results": report.summary(bench.measured),
        }
    result["ratios"] = report.ratios(result["results"])
    (chosen.out / f"result-{name}.json").write_text(json.dumps(result, indent=1))
    (chosen.out / f"result-{name}.svg").write_text(plot.svg(result["results"], f"Requests a second, {name}"))
    (chosen.out / f"result-{name}.md").write_text(report.table(result["results"]))
    print("\n" + report.table(result["results"]))
    print(f"{chosen.out}/result-{name}.json, .md and .svg; plans in {work}/explain")


def build():
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    return ROOT / "target/release/entente"


def commit():
    told = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True, capture_output=True)
    return told.stdout.strip()


class Bench:
    """One benchmark: what is measured, with what, and what came out."""

    def __init__(self, chosen, postgres, program, work, stack):
        self.chosen, self.postgres, self.program, self.work, self.stack = chosen, postgres, program, work, stack
        self.servers, self.scripts, self.captured = [], {}, {}
        self.measured = {query: {} for query in chosen.only}
        self.compared = 0

    def prepare(self):
        """Starts the servers, and writes what load is put on with."""
        sets = self.sets = arguments(self.postgres)
        self.limit_sets = statements.limit_sets(sets, self.postgres)
        (self.work / "arguments.json").write_text(json.dumps(sets, ensure_ascii=False, indent=1))
        wanted = self.chosen.systems
        if "flat" in wanted:
            self.capture()
        if "entente" in wanted:
            for variant in systems.VARIANTS:
                self.serve(systems.entente(ROOT, self.program, variant, self.postgres, self.work))
        for name, (what, path) in systems.PEERS.items():
            if name in wanted:
                self.serve(systems.peer(ROOT, name, what, self.postgres, self.work, path))
        self.limits = [one for one in statements.limit(ROOT) if one.query in self.chosen.only and "limit" in wanted]
        for one in self.limits:
            self.script(f"limit:{one.name}", one.query, one.script(self.limit_sets[one.query]), one.options)
        for query, requests in self.captured.items():
            text = statements.flat_script(requests)
            self.script("flat rows", query, text, "")
            self.script("flat rows, generic plans", query, text, "-c plan_cache_mode=force_generic_plan")

    def serve(self, system):
        self.stack.callback(system.stop)
        self.servers.append(system)

    def script(self, name, query, text, more):
        folder = self.work / "scripts"
        folder.mkdir(exist_ok=True)
        path = folder / f"{query}-{re.sub('[^a-z0-9]+', '-', name)}.sql"
        path.write_text(text)
        self.scripts.setdefault(query, {})[name] = (path, more)

    def capture(self):
        """Takes the statements of entente's plans from PostgreSQL's log."""
        database = self.postgres.query("SELECT current_database()")
        self.postgres.query(f"ALTER DATABASE {database} SET log_min_duration_statement = 0")
        try:
            variant = systems.Variant("entente-logged", "for its statements", {"RESPONSE_CACHE": "0"})
            logged = systems.entente(ROOT, self.program, variant, self.postgres, self.work, {"DATABASE_POOL_SIZE": "1"})
        finally:
            self.postgres.query(f"ALTER DATABASE {database} RESET log_min_duration_statement")
        try:
            for query in self.chosen.only:
                sets = self.sets[query]
                sets = sets[:: max(1, len(sets) // statements.FLAT_SETS)]
                self.captured[query] = statements.capture(
                    self.postgres, lambda variables, query=query: logged.ask(query, variables), sets
                )
        finally:
            logged.stop()

    def compare(self):
        """Stops where somebody's answers say something else than entente's."""
        reference = next((system for system in self.servers if system.name == "entente"), None)
        if reference is None:
            print("entente is not among the systems, so answers are not compared")
            return
        for query in self.chosen.only:
            others = [
                (system.name, lambda _, variables, system=system: system.ask(query, variables))
                for system in self.servers if system is not reference
            ]
            others += [
                (one.name, lambda number, _, one=one: json.loads(self.postgres.query(one.sql, self.limit_sets[query][number], one.options)))
                for one in self.limits if one.query == query
            ]
            self.compared += compare.compare(query, lambda variables: reference.ask(query, variables), others, self.sets[query])
        print(f"{self.compared} answers are the same as entente's", flush=True)

    def explain(self):
        """Writes down how PostgreSQL runs the statements, for the first set of variables."""
        folder = self.work / "explain"
        folder.mkdir(exist_ok=True)
        for one in self.limits:
            (folder / f"{one.name}.txt").write_text(statements.explained(self.postgres, one, self.limit_sets[one.query][0]))
        for query, requests in self.captured.items():
            (folder / f"{query}-entente.txt").write_text(statements.explained_flat(self.postgres, requests[0]))

    def measure(self):
        """Everything in turn, as often as asked for; every second time the other way round."""
        smoke = self.chosen.seconds == 1
        clients = {
            (query, name): 4 if smoke else load.best_clients(path, more, self.postgres)
            for query, scripts in self.scripts.items() for name, (path, more) in scripts.items()
        }
        warm = set()
        for run in range(self.chosen.runs):
            for query in self.chosen.only:
                turns = [(system.name, self.http(system, query)) for system in self.servers]
                for name, (path, more) in self.scripts.get(query, {}).items():
                    turns.append((name, self.pgbench(path, more, clients[query, name])))
                for name, put_load in turns if run % 2 == 0 else reversed(turns):
                    if (query, name) not in warm:
                        warm.add((query, name))
                        put_load(1)
                    load.settle(self.postgres, self.servers)
                    measured = put_load(self.chosen.seconds)
                    self.measured[query].setdefault(name, []).append(measured)
                    print(f"run {run + 1} {query} {name:24} {measured.rate:10.1f}/s  p99 {measured.p99:8.2f} ms", flush=True)

    def http(self, system, query):
        requests = self.work / "requests" / f"{system.name}-{query}"
        requests.parent.mkdir(exist_ok=True)
        requests.write_bytes(system.requests(query, self.sets[query]))
        return lambda seconds: load.http(system, requests, seconds, self.postgres)

    def pgbench(self, path, more, clients):
        return lambda seconds: load.pgbench(path, seconds, clients, more, self.postgres)


if __name__ == "__main__":
    started = time.monotonic()
    try:
        main()
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    print(f"{time.monotonic() - started:.0f} s")
