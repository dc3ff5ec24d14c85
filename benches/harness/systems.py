"""What is measured: entente in its variants, and the peers."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from data import query_text
from processes import Failure, Server

# Connections to the database of each process of a peer, and how many processes each peer has.
PEER_POOL = 8
PEER_PROCESSES = 2


@dataclass
class Variant:
    """A way to run entente: settings that differ from its defaults, and how it is asked."""

    name: str
    what: str
    settings: dict = field(default_factory=dict)
    conditional: bool = False


# `entente` is what the ratios are of: answers are found anew for each request, as those of the others are. `conditional=True` is
# asked by GET with the ETag of its answer.
VARIANTS = [
    Variant("entente, no caches", "entente that keeps nothing", {"DOCUMENT_CACHE": "0", "RESPONSE_CACHE": "0"}),
    Variant("entente", "entente, uncached answers", {"RESPONSE_CACHE": "0"}),
    Variant("entente, cached answers", "entente as it is shipped"),
    Variant("entente, 304", "entente as it is shipped, asked whether an answer is still true", conditional=True),
]


class System:
    """A server that answers the queries over HTTP."""

    def __init__(self, name, what, queries, path="/graphql", conditional=False):
        self.name, self.what, self.queries, self.path, self.conditional = name, what, queries, path, conditional
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def run(self, command, log, environment, cwd=None):
        self.server = Server(self.name, command, log, environment, cwd)
        self.server.wait_until(self._answers)

    def stop(self):
        self.server.stop()

    def post(self, query, variables):
        """A request, complete."""
        body = json.dumps({"query": self.queries[query], "variables": variables}, ensure_ascii=False).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def ask(self, query, variables):
        """What is answered: the data, or a failure."""
        status, _, body = self._send("POST", self.path, self.queries[query], variables)
        answer = json.loads(body)
        if status != 200 or answer.get("errors"):
            raise Failure(f"{self.name} answers {query} {variables} with {status}: {body[:600].decode()}")
        return answer["data"]

    def requests(self, query, sets):
        """The requests that load is put on with, for wrk."""
        one = self.get_unless_changed if self.conditional else self.post
        return b"".join(one(query, variables) + b"\0" for variables in sets)

    def get_unless_changed(self, query, variables):
        """A request that is answered with 304, complete."""
        asked = urlencode({"query": self.queries[query], "variables": json.dumps(variables, ensure_ascii=False)})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept": "application/json"}
        connection.request("GET", f"{self.path}?{asked}", headers=headers)
        response = connection.getresponse()
        response.read()
        tag = response.getheader("ETag")
        if response.status != 200 or not tag:
            raise Failure(f"{self.name} answers GET with {response.status} and the ETag {tag}")
        headers["If-None-Match"] = tag
        connection.request("GET", f"{self.path}?{asked}", headers=headers)
        response = connection.getresponse()
        response.read()
        if response.status != 304:
            raise Failure(f"{self.name} answers GET with its ETag with {response.status}, not 304")
        return (
            f"GET {self.path}?{asked} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: application/json\r\n"
            f"If-None-Match: {tag}\r\n\r\n"
        ).encode()

    def _send(self, method, path, query, variables):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"query": query, "variables": variables})
        connection.request(method, path, body, {"Content-Type": "application/json", "Accept": "application/json"})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()

    def _answers(self):
        try:
            status, _, _ = self._send("POST", self.path, "{ __typename }", {})
            return status == 200
        except OSError:
            return False


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def entente(root, program, variant, postgres, work, more=None):
    """Starts a variant of entente."""
    queries = {name: query_text(root, name) for name in ("q1", "q2", "q3", "q4", "q5")}
    system = System(variant.name, variant.what, queries, conditional=variant.conditional)
    settings = {
        "DATABASE_URL": postgres.url, "LISTEN_ADDR": f"127.0.0.1:{system.port}", "RUST_LOG": "warn",
        "REQUEST_TIMEOUT": "60s", "DATABASE_WAIT": "60s", "RATE_LIMIT": "2147483647", **variant.settings, **(more or {}),
    }
    # Away from the checkout, as a `.env` there is somebody's.
    system.run([program, "serve"], work / f"{variant.name}.log", settings, cwd="/")
    return system


def installed(folder):
    """Installs a peer's packages, as locked, where they are missing or others."""
    lock, mark = folder / "package-lock.json", folder / "node_modules/.installed"
    if not mark.exists() or mark.read_text() != lock.read_text():
        print(f"installing {folder.name}'s packages", flush=True)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, text=True, capture_output=True
        )
        if done.returncode:
            raise Failure(f"npm ci in {folder}: {done.stderr[-2000:]}")
        mark.write_text(lock.read_text())


def node(folder):
    """Node 22 or newer: the machine's, else the one that is among the packages."""
    own = shutil.which("node")
    if own:
        version = subprocess.run([own, "--version"], text=True, capture_output=True).stdout
        if int(re.match(r"v(\d+)", version).group(1)) >= 22:
            return own
    for packaged in (folder.parent / "postgraphile/node_modules").glob("node-linux-*/bin/node"):
        if subprocess.run([packaged, "--version"], capture_output=True).returncode == 0:
            return str(packaged)
    raise Failure("Node 22 is missing: install it, or `npm ci` in benches/peers/postgraphile, which brings it")


def peer(root, name, what, postgres, work, path):
    """Starts a peer. Both run on the same Node."""
    folder = Path(root, "benches/peers", name)
    installed(folder.parent / "postgraphile")
    installed(folder)
    own = sorted(folder.glob("queries/*.graphql"))
    queries = {path.stem.split("-")[0]: path.read_text() for path in own} or {
        name: query_text(root, name) for name in ("q1", "q2", "q3", "q4", "q5")
    }
    system = System(name, what, queries, path)
    settings = {
        "NODE_ENV": "production", "PORT": str(system.port), "DATABASE_URL": postgres.url,
        "PROCESSES": str(PEER_PROCESSES), "POOL": str(PEER_POOL), "PATH": os.environ["PATH"],
    }
    schema = folder / "database.sql"
    if schema.exists():
        postgres.query(schema.read_text())
    system.run([node(folder), "server.js"], work / f"{name}.log", settings, cwd=folder)
    return system


PEERS = {
    "postgraphile": ("PostGraphile 5", "/graphql"),
    "apollo": ("Apollo Server 5 with DataLoader", "/"),
}
