"""The database that is measured: brought up, filled once, kept; and what the queries are asked with."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from processes import Failure, Server, cpu

AGREEMENTS = {"S": 5_000, "L": 500_000}
SEED = 1

# How many sets of variables a query is asked with.
SETS = 300


class Postgres:
    """A private PostgreSQL, as `entente postgres` brings it up, with the made-up registry in it."""

    def __init__(self, root, program, folder, agreements):
        self.root, self.program, self.folder, self.agreements = root, program, folder, agreements
        self.data = folder / "data"
        self.server = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        made_by = self._generator()
        loaded = self.folder / "loaded.json"
        if loaded.exists() and json.loads(loaded.read_text()) != made_by:
            print("the generator has changed: the data are made anew", flush=True)
            loaded.unlink()
        if not loaded.exists():
            shutil.rmtree(self.data, ignore_errors=True)
        command = [self.program, "postgres", "--not-durable", "--data-dir", str(self.data)]
        log = self.folder / "entente-postgres.log"
        self.server = Server("entente postgres", command, log)
        self.url = self.server.wait_until(lambda: re.search(r"^postgresql://.*", log.read_text(), re.M)).group(0)
        self.postmaster = int((self.data / "postgres/postmaster.pid").read_text().split()[0])
        if not loaded.exists():
            self._load()
            loaded.write_text(json.dumps(made_by))
        self.entente("migrate")
        self.query("VACUUM (ANALYZE)")

    def stop(self):
        if self.server:
            self.server.stop()

    def cpu(self):
        return cpu(self.postmaster)

    def query(self, sql, variables=None, options="-c jit=off"):
        """What a statement gives, as text; `:'name'` in it stands for a variable."""
        command = ["psql", self.url, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        for name, value in (variables or {}).items():
            command += ["-v", f"{name}={value}"]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, env=environment(options))
        if done.returncode:
            raise Failure(f"psql: {done.stderr.strip()}\n{sql[:2000]}")
        return done.stdout.rstrip("\n")

    def rows(self, sql):
        """The rows of a statement, each a dictionary."""
        text = self.query(f"SELECT coalesce(json_agg(x), '[]') FROM ({sql}) x")
        return json.loads(text)

    def _generator(self):
        digest = hashlib.sha256()
        for path in sorted((self.root / "src/generate").glob("*.rs")):
            digest.update(path.read_bytes())
        return {"agreements": self.agreements, "seed": SEED, "generator": digest.hexdigest()[:16]}

    def _load(self):
        bundle = self.folder / "bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        self.entente("generate", "--agreements", str(self.agreements), "--seed", str(SEED), str(bundle))
        print("importing it", flush=True)
        self.entente("import", str(bundle))
        shutil.rmtree(bundle)

    def entente(self, *arguments):
        done = subprocess.run(
            [self.program, *arguments], text=True, capture_output=True, env=environment("", DATABASE_URL=self.url),
        )
        if done.returncode:
            raise Failure(f"entente {arguments[0]}: {done.stderr.strip()[-2000:]}")
        print("  " + done.stdout.strip().replace("\n", "\n  "), flush=True)


def environment(options, **more):
    """The environment of a tool of PostgreSQL's: without settings of the person's."""
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG") or name == "PG_BIN_DIR"}
    return {**kept, "PGOPTIONS": options, **more}


def arguments(postgres):
    """For each query the sets of variables that it is asked with: what is common and what is rare, always the same."""
    detail = postgres.rows(f"SELECT slug FROM agreement ORDER BY md5(slug) LIMIT {SETS}")
    # Regions from municipalities up to the world, as agreements have them, in one year or in five.
    filtered = postgres.rows(
        f"""SELECT r.slug AS region, a.kind, make_date(y.year, 1, 1) AS from, make_date(y.year + y.more, 12, 31) AS until
        FROM (SELECT *, extract(year FROM sort_date)::integer AS year FROM agreement
            WHERE sort_date IS NOT NULL ORDER BY md5(slug) LIMIT {SETS}) a
        JOIN LATERAL (
            SELECT s.ancestor_id FROM agreement_region j JOIN region_ancestor s ON s.region_id = j.region_id
            WHERE j.agreement_id = a.id ORDER BY md5(a.slug || s.ancestor_id) LIMIT 1
        ) s ON true
        JOIN region r ON r.id = s.ancestor_id
        CROSS JOIN LATERAL (SELECT a.year, CASE WHEN md5(a.slug) < '8' THEN 0 ELSE 4 END AS more) y
        ORDER BY md5(a.slug)"""
    )
    return {
        "q1": detail,
        "q2": [{}],
        "q3": [{}],
        "q4": filtered,
        "q5": [{"text": text} for text in texts(postgres)],
    }


def texts(postgres):
    """Search texts: words from the most frequent to the rarest, by even steps of their rank's logarithm, and pairs."""
    sample = "SELECT words FROM agreement ORDER BY md5(slug) LIMIT 5000"
    ranked = postgres.rows(
        f"""SELECT word FROM ts_stat($${sample}$$) WHERE word ~ '^[a-z]{{4,}}$' ORDER BY ndoc DESC, word"""
    )
    words = [row["word"] for row in ranked]
    picked = []
    for step in range(SETS * 2 // 3):
        rank = int(len(words) ** (step / (SETS * 2 // 3))) - 1
        while rank < len(words) - 1 and words[rank] in picked:
            rank += 1
        picked.append(words[rank])
    pairs = postgres.rows(
        f"""SELECT DISTINCT ON (md5(slug)) (regexp_match(title->>original_language, '([[:alpha:]]{{4,}} [[:alpha:]]{{4,}})'))[1] AS pair
        FROM agreement WHERE title->>original_language ~ '[[:alpha:]]{{4,}} [[:alpha:]]{{4,}}' ORDER BY md5(slug) LIMIT {SETS // 3}"""
    )
    return picked + [row["pair"] for row in pairs]


def terms(text):
    """A search text of plain words as the database takes it: see src/read/search_text.rs."""
    words = text.lower().split()
    listed = [
        {"words": word, "phrase": False, "without": False, "prefix": word is words[-1], "spelt": len(word) >= 4}
        for word in words
    ]
    return json.dumps(listed, ensure_ascii=False)


def query_text(root, name):
    """The text of a query: `q1` and so on."""
    (path,) = Path(root, "benches/queries").glob(f"{name}-*.graphql")
    return path.read_text()
