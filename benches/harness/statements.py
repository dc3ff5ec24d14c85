"""Statements that pgbench runs: the limit's, and the flat ones of entente's own plans."""

import json
import re
from pathlib import Path

from data import terms

# How many requests' statements are taken for the flat rows, from all over.
FLAT_SETS = 100

# A statement of a plan in PostgreSQL's log, as it was executed, and behind it the values that it was executed with.
EXECUTED = re.compile(r"LOG: .*?(?:execute \S+|statement): (.*)")
PARAMETERS = re.compile(r"DETAIL:  parameters: (.*)")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")


class Statement:
    """A way to write a query's answer in one statement."""

    def __init__(self, path):
        self.name = path.stem
        self.query = path.stem.split("-")[0]
        text = path.read_text()
        options = re.search(r"^-- options: (.*)", text, re.M)
        self.options = options.group(1) if options else ""
        self.sql = "\n".join(line for line in text.splitlines() if not line.startswith("--"))

    def script(self, sets):
        """A script for pgbench that asks with one of these sets of variables after the other, by chance."""
        sql = re.sub(r":'(\w+)'", lambda found: choice([value[found.group(1)] for value in sets]), self.sql)
        return f"\\set i random(1, {len(sets)})\n{sql};\n"


def limit(root):
    """All the statements of `benches/limit/`."""
    return [Statement(path) for path in sorted(Path(root, "benches/limit").glob("*.sql"))]


def limit_sets(sets, postgres):
    """The variables of the statements: for a search, also what its text comes to."""
    resolved = []
    for text in (value["text"] for value in sets["q5"]):
        query = postgres.query("SELECT query FROM search_query(:'terms'::jsonb)", {"terms": terms(text)})
        resolved.append({"terms": terms(text), "query": query})
    return {**sets, "q5": resolved}


def quoted(value):
    """A value as a constant of SQL; without colons, behind which pgbench looks for variables."""
    text = str(value).replace("'", "''")
    if ":" not in text:
        return f"'{text}'"
    return "E'" + text.replace("\\", "\\\\").replace(":", "\\x3a") + "'"


def choice(values):
    """The i-th of these values. They are constants of the statement, so that it is the same statement for all of them."""
    return f"((ARRAY[{','.join(map(quoted, values))}])[:i])"


def capture(postgres, ask, sets):
    """The statements that entente runs for each of these sets of variables, each with its values: from PostgreSQL's log.

    `ask` has a server that was started within `logged` answer one request.
    """
    log = postgres.data / "postgres.log"
    requests = []
    for variables in sets:
        start = log.stat().st_size
        ask(variables)
        with open(log, encoding="utf-8") as file:
            file.seek(start)
            ran = list(read_log(file.read()))
        # The end of the transaction may come after the answer.
        requests.append([(text, values) for text, values in ran if text.startswith(("SELECT", "WITH")) and '"data_version"' not in text])
    return requests


def read_log(text):
    """The statements of a piece of the log, with their values in their order."""
    current = None
    for line in text.splitlines():
        executed, parameters = EXECUTED.search(line), PARAMETERS.search(line)
        if executed:
            if current:
                yield current
            current = (executed.group(1), [])
        elif parameters and current and not current[1]:
            values = [value for _, value in PARAMETER.findall(parameters.group(1))]
            current = (current[0], [None if value == "NULL" else value[1:-1].replace("''", "'") for value in values])
        elif "LOG:" in line and current:
            yield current
            current = None
    if current:
        yield current


def flat_script(requests):
    """All statements of a request in one pipeline; where a request has none of a level, that level gets no owners."""
    texts = []
    for request in requests:
        place = 0
        for text, _ in request:
            if text in texts[place:]:
                place = texts.index(text, place) + 1
            else:
                texts.insert(place, text)
                place += 1
    lines = [f"\\set i random(1, {len(requests)})", "\\startpipeline", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
    for number, text in enumerate(texts):
        values = []
        for request in requests:
            found = [its for its_text, its in request if its_text == text]
            # The same statement twice in a request stands twice in `texts`.
            values.append(found[min(texts[:number].count(text), len(found) - 1)] if found else None)
        count = max((len(value) for value in values if value is not None), default=0)
        for place in range(count, 0, -1):
            column = [value[place - 1] if value is not None else "{}" for value in values]
            text = re.sub(rf"\${place}(?!\d)", lambda _, column=column: choice(column), text)
        lines.append(text.replace("\n", " ") + ";")
    lines += ["ROLLBACK;", "\\endpipeline"]
    return "\n".join(lines) + "\n"


def explained(postgres, statement, variables):
    """How PostgreSQL runs a statement with these variables."""
    plan = postgres.query(f"EXPLAIN (ANALYZE, BUFFERS, SETTINGS) {statement.sql}", variables, f"-c jit=off {statement.options}")
    return f"-- {statement.name} with {json.dumps(variables, ensure_ascii=False)}\n{plan}\n"


def explained_flat(postgres, request):
    """The same for the statements of one request of entente's."""
    plans = []
    for text, values in request:
        for place in range(len(values), 0, -1):
            text = re.sub(rf"\${place}(?!\d)", lambda _, value=values[place - 1]: quoted(value), text)
        plan = postgres.query(f"EXPLAIN (ANALYZE, BUFFERS, SETTINGS) {text}")
        shown = text if len(text) < 1500 else text[:1500] + " …"
        plans.append(f"-- {shown}\n{plan}\n")
    return "\n".join(plans)
