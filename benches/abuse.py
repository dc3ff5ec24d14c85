#!/usr/bin/env python3
"""What abuse costs: docs/limits.md. Brings up the release build and measures, for each of some inputs that nobody means well
by, the CPU time of the server and PostgreSQL and how much the server's memory grows."""

import argparse
import contextlib
import json
import socket
import sys
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

from data import Postgres
from processes import Failure, Server, cpu
from systems import free_port

ROOT = Path(__file__).resolve().parent.parent
TIMES = 20


def nested(opening, depth, inner, closing):
    return opening * depth + inner + closing * depth


def each(count, one):
    return " ".join(one(number) for number in range(count))


def doubling(times):
    fragments = each(times, lambda n: f"fragment A{n} on Query {{ ...A{n + 1} ...A{n + 1} }}")
    return f"{{ ...A0 }} {fragments} fragment A{times} on Query {{ __typename }}"


def words(start):
    return " ".join(f"migration{n}" for n in range(start, start + 32))


def ask(query, **variables):
    return json.dumps({"query": query, "variables": variables}).encode()


def filtered(value):
    text = "query($f: AgreementFilter) { agreements(filter: $f) { totalCount } }"
    return f'{{"query":{json.dumps(text)},"variables":{{"f":{value}}}}}'.encode()


def inputs():
    """Names and bodies."""
    yield "fragments that double 18 times", ask(doubling(18))
    yield "a fan-out of 100,000 records", ask(
        "{ regions(first: 100) { nodes { agreements(first: 100) { nodes { parties(first: 10) { nodes { slug } } } } } } }")
    yield "one field 20,000 times", ask("{ " + "__typename " * 20_000 + "}")
    yield "one field 9,000 times", ask("{ " + "__typename " * 9_000 + "}")
    yield "1,000 aliases", ask("{ " + each(1_000, lambda n: f"a{n}: __typename") + " }")
    yield "fields 5,000 deep", ask("{ regions { nodes " + nested("{ parent ", 5_000, "{ slug }", "}") + "} }")
    for depth in (1_000, 2_000, 5_000, 100_000):
        yield f"lists {depth:,} deep in an argument", ask("{ regions(filter: " + nested("[", depth, "1", "]") + ") { totalCount } }")
        yield f"objects {depth:,} deep in a default", ask("query($f: X = " + nested("{a:", depth, "1", "}") + ") { __typename }")
        yield f"objects {depth:,} deep in a variable", filtered(nested('{"not":', depth, "{}", "}"))
    yield "1,000 directives", ask("{ __typename " + "@include(if: true) " * 1_000 + "}")
    yield "4,000 errors", ask("{ " + each(4_000, lambda n: f"f{n}") + " }")
    yield "800 errors in arguments", ask("{ " + each(400, lambda n: f"a{n}: regions(x{n}: 1) {{ y }}") + " }")
    yield "a name of 90,000 letters", ask("{ " + "a" * 90_000 + " }")
    yield "9,000 escapes", ask('{ region(slug: "' + "\\u00e9" * 9_000 + '") { slug } }')
    yield "90,000 quotation marks", ask('"' * 90_000)
    yield "a forged cursor of 500,000 letters", ask(
        "query($a: String) { agreements(after: $a) { nodes { slug } } }", a="A" * 500_000)
    yield "400 fields that can't be merged", ask("{ " + each(400, lambda n: f'x: region(slug: "{n}") {{ slug }}') + " }")
    yield "1,900 fields that may be merged", ask("{ " + each(1_900, lambda n: 'x: region(slug: "a") { slug }') + " }")
    yield "the schema in circles", ask(
        '{ __type(name: "Node") { ' + nested("possibleTypes { interfaces { ", 12, "name", "} } ") + "} }")
    yield "300 times the schema", ask("{ " + each(300, lambda n: f"a{n}: __schema {{ types {{ name description }} }}") + " }")
    yield "a filter of 500 conditions", filtered(json.dumps({"or": [{"kinds": ["TREATY"]}] * 500}))
    yield "352 words", ask("{ " + each(11, lambda n: f'a{n}: agreements(first: 1, filter: {{ text: "{words(32 * n)}" }}) {{ nodes {{ slug }} }}') + " }")
    yield "a search of 33 words", ask("query($t: String!) { search(text: $t) { nodes { slug } } }", t=words(0) + " more")
    yield "a search of a pattern without end", ask("query($t: String!) { search(text: $t) { nodes { slug } } }", t="(a+)+$ (.*)*b ([a-z]+)*{1,9999} %%%___")
    yield "40,000 variables that nobody uses", ask("{ __typename }", **{f"v{n}": n for n in range(40_000)})
    yield "500,000 values", filtered('{"slugs":[' + "1," * 500_000 + "1]}")
    yield "20,000 slugs in 100 places", ask(
        "query($s: [String!]) { " + each(100, lambda n: f"a{n}: agreements(filter: {{ slugs: $s }}) {{ totalCount }}") + " }",
        s=[f"slug-{n}" for n in range(20_000)])
    yield "a text of a megabyte 2,000 times in a list", ask("query($v: ID!) { nodes(ids: [" + "$v " * 2_000 + "]) { id } }", v="x" * 1_000_000)
    yield "a default of 4,900 elements used 2,400 times", ask('query($v: ID = [' + '"" ' * 4_900 + ']) { nodes(ids: [' + "$v " * 2_400 + "]) { id } }")
    yield "4,300 undefined variables of 49 operations", json.dumps({
        "query": " ".join(f"query Q{n} {{ ...F }}" for n in range(49)) + " fragment F on Query { nodes(ids: ["
        + " ".join(f"$v{n}" for n in range(4_300)) + "]) { id } }",
        "operationName": "Q1",
    }).encode()
    yield "a body of 20 MB", b" " * (20 << 20)
    # Not refused: as much as the limits let through, to see what that is.
    yield "allowed: 320 words", ask("{ " + each(10, lambda n: f'a{n}: agreements(first: 1, filter: {{ text: "{words(32 * n)}" }}) {{ nodes {{ slug }} }}') + " }")
    yield "allowed: 500 lists with their totals", ask("{ " + each(500, lambda n: f"a{n}: agreements(first: 100) {{ totalCount nodes {{ slug }} }}") + " }")
    yield "allowed: 2,450 records (Q2)", ask((ROOT / "benches/queries/q2-list.graphql").read_text())
    yield "allowed: 44,220 records (Q3)", ask((ROOT / "benches/queries/q3-deep.graphql").read_text())


class Target:
    """The server, from outside."""

    def __init__(self, server, port, postgres):
        self.server, self.port, self.postgres = server, port, postgres

    def send(self, body, chunked=False):
        """The status and the code of the answer."""
        head = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept: application/graphql-response+json\r\nConnection: close\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            answer = b""
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if chunked:
                    connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
                    for start in range(0, len(body), 1 << 16):
                        piece = body[start:start + (1 << 16)]
                        connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    connection.sendall(b"0\r\n\r\n")
                else:
                    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
                    connection.sendall(body)
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(1 << 20):
                    answer += piece
        status = answer[9:12].decode() or "closed"
        text = answer.partition(b"\r\n\r\n")[2]
        code = text.partition(b'"code":"')[2].partition(b'"')[0].decode()
        return f"{status} {code}".strip()

    def slow(self, connections):
        """Heads that never end."""
        opened = []
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: a\r\nX-")
            opened.append(connection)
        end = time.monotonic() + 8
        for connection in opened:
            connection.settimeout(max(end - time.monotonic(), 0.1))
            with contextlib.suppress(OSError):
                while connection.recv(4096):
                    pass
            connection.close()
        return "closed"

    def memory(self):
        """What the server has in memory, in KiB."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cpu(self):
        return cpu(self.server.pid) + self.postgres.cpu()

    def measure(self, name, send, times):
        if self.server.process.poll() is not None:
            raise Failure(f"the server ended before: {name}")
        memory = self.memory()
        # The first of a kind has more to do, once: PostgreSQL plans its statements.
        told = send()
        before, start = self.cpu(), time.monotonic()
        for _ in range(times):
            send()
        spent = (self.cpu() - before) / times * 1_000
        took = (time.monotonic() - start) / times * 1_000
        grown = max(self.memory() - memory, 0) / 1_024
        line = {"input": name, "told": told, "cpu": round(spent, 1), "took": round(took, 1), "grown": round(grown, 1)}
        print(f"| {name} | {told} | {spent:.1f} | {grown:.1f} |", flush=True)
        return line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/entente")
    parser.add_argument("--agreements", type=int, default=5_000, help="how many agreements the registry has")
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench", help="where results and the data are kept")
    parser.add_argument("--only", help="inputs with these words alone")
    chosen = parser.parse_args()
    work = chosen.out.resolve() / str(chosen.agreements)
    program = str(chosen.program.resolve())
    postgres = Postgres(ROOT, program, work, chosen.agreements)
    port = free_port()
    with contextlib.ExitStack() as stack:
        stack.callback(postgres.stop)
        postgres.start()
        log = work / "abuse.log"
        # Each request is to be looked at: none is answered from memory, none stopped by its sender's address.
        settings = {"DATABASE_URL": postgres.url, "LISTEN_ADDR": f"127.0.0.1:{port}", "RATE_LIMIT": "0", "RESPONSE_CACHE": "0"}
        # Away from the checkout, as a `.env` there is somebody's.
        server = Server("entente", [program, "serve"], log, settings, cwd="/")
        stack.callback(server.stop)
        server.wait_until(lambda: "ready" in log.read_text())
        target = Target(server, port, postgres)
        for _ in range(50):
            target.send(ask("{ agreements(first: 50) { nodes { slug title } } }"))
        print("| input | told | CPU, ms | memory, MiB |\n|---|---|--:|--:|")
        results = []
        for name, body in inputs():
            if not chosen.only or chosen.only in name:
                results.append(target.measure(name, lambda: target.send(body), TIMES))
        if not chosen.only:
            results.append(target.measure("20 MB in chunks", lambda: target.send(b" " * (20 << 20), chunked=True), TIMES))
            results.append(target.measure("200 connections whose head never ends", lambda: target.slow(200), 1))
        alive = target.send(ask("{ __typename }"))
        if server.process.poll() is not None or alive != "200":
            raise Failure(f"the server is not what it was: {alive}")
    (chosen.out / "abuse.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"abuse.py: {failure}")
