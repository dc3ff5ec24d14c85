#!/usr/bin/env python3
"""Holds what a server answers against a count made from the tables.

    check.py URL DATA_FOLDER [PARTY PARTY FIRST_YEAR LAST_YEAR]      # FRA CAN 1950 1999 where left out

URL is the GraphQL address of a server that holds the bundle, like http://127.0.0.1:8080/graphql. The total, the counts by
year and the pages of 100 put together (which agreements, in which order) must be what `count.py` finds. Ten of them are
then printed beside the rows of the tables, for somebody to read: all their dates and parties, and the dates of the parties
where there are few of them, else of the two. (The others' are compared too.) Ends with 1 where anything differs. Python's standard library is enough.
"""

import json
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

import count

LIST = """
query Agreements($one: String!, $other: String!, $from: Date!, $until: Date!, $after: String) {
  agreements(
    first: 100
    after: $after
    filter: { and: [{ party: { slugs: [$one] } }, { party: { slugs: [$other] } }], date: { from: $from, until: $until } }
    orderBy: [{ field: DATE }]
  ) {
    totalCount
    facets(by: YEAR, first: 100) { value count }
    nodes { slug sources { identifier } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

DETAIL = """
query Agreement($slug: String!, $after: String) {
  agreement(slug: $slug) {
    title(language: EN)
    kind
    status
    languages
    place(language: EN)
    signedOn { edtf asWritten }
    startsOn { edtf asWritten }
    endsOn { edtf asWritten }
    statusHistory { status on { edtf } }
    sources { name identifier license }
    parties(first: 100, after: $after) {
      totalCount
      edges {
        node { slug sources { identifier } }
        roles
        signedOn { edtf asWritten }
        ratifiedOn { edtf asWritten }
        inForceOn { edtf asWritten }
        endedOn { edtf asWritten }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

ACTS = {
    "signedOn": "StateSignature",
    "ratifiedOn": "StateRatification",
    "inForceOn": "StateForce",
    "endedOn": "StateEnd",
}


def ask(url, query, variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json, application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answers {error.code}: {error.read().decode(errors='replace')[:2000]}")
    except urllib.error.URLError as error:
        sys.exit(f"{url} does not answer: {error.reason}")
    if answer.get("errors"):
        sys.exit(f"{url} answers: {json.dumps(answer['errors'])[:2000]}")
    return answer["data"]


def pages(url, query, variables, connection):
    """All pages of a connection."""
    after = None
    while True:
        data = ask(url, query, {**variables, "after": after})
        yield data
        info = connection(data)["pageInfo"]
        if not info["hasNextPage"]:
            return
        after = info["endCursor"]


class Findings:
    def __init__(self):
        self.differences = 0

    def same(self, what, server, tables):
        if server == tables:
            print(f"the same   {what}")
        else:
            self.differences += 1
            print(f"DIFFERENT  {what}\n  server: {str(server)[:2000]}\n  tables: {str(tables)[:2000]}")


def check_list(url, folder, one, other, first, last, findings):
    expected = count.count(folder, one, other, first, last)
    variables = {
        "one": f"ggo-{one.lower()}",
        "other": f"ggo-{other.lower()}",
        "from": f"{first:04}-01-01",
        "until": f"{last:04}-12-31",
    }
    answers = [data["agreements"] for data in pages(url, LIST, variables, lambda data: data["agreements"])]
    nodes = [node for answer in answers for node in answer["nodes"]]
    facets = {facet["value"]: facet["count"] for facet in answers[0]["facets"]}
    by_year = {str(year): number for year, number in count.by_year(expected).items()}
    print(f"{len(expected)} agreements of {one} and {other}, {first} to {last}, in {len(answers)} pages")
    findings.same("totalCount of every page", {answer["totalCount"] for answer in answers}, {len(expected)})
    findings.same("counts by year", dict(sorted(facets.items())), by_year)
    findings.same("counts by year, added up", sum(facets.values()), len(expected))
    findings.same("slugs, in order", [node["slug"] for node in nodes], [agreement.slug for agreement in expected])
    identifiers = [[source["identifier"] for source in node["sources"]] for node in nodes]
    findings.same("identifiers, in order", identifiers, [[agreement.treaty] for agreement in expected])
    return expected


def written(date):
    """A date as the source writes it."""
    return (date["asWritten"] or date["edtf"]) if date else ""


def cell(text):
    return "" if text in ("9999-12-31", "0001-01-01") else text


def print_by_hand(url, folder, agreements, pair, findings):
    rows, participations = defaultdict(list), defaultdict(lambda: defaultdict(list))
    for row in count.table(Path(folder) / "agreements_ggo.csv"):
        rows[row["treatyID"]].append(row)
    for row in count.table(Path(folder) / "agreement_parties_ggo.csv"):
        if count.party_of(row["stateID"]):
            participations[row["treatyID"]][row["stateID"]].append(row)
    for agreement in agreements:
        answers = [data["agreement"] for data in pages(url, DETAIL, {"slug": agreement.slug}, lambda data: data["agreement"]["parties"])]
        answer = answers[0]
        print(f"\n== {agreement.treaty}\n  server  {answer['title']}")
        dates = ", ".join(f"{field} {written(answer[field]) or '-'}" for field in ("signedOn", "startsOn", "endsOn"))
        history = ", ".join(f"{entry['status']} {entry['on']['edtf'] if entry['on'] else ''}".strip() for entry in answer["statusHistory"])
        print(f"          {answer['kind']}, {answer['status']} ({history})")
        print(f"          {dates}, place {answer['place']}, languages {answer['languages']}")
        for row in rows[agreement.treaty]:
            print(f"  table   {row['Title']}\n          {row['TypeAgree']}")
            print("          " + ", ".join(f"{column} {row[column] or '-'}" for column in ("Begin", "Signature", "Force", "End", "Term", "Location", "Language", "Languages")))
        edges = [edge for answer in answers for edge in answer["parties"]["edges"]]
        print(f"  {answer['parties']['totalCount']} parties: signed, ratified, in force, ended; each row of the table after `|`")
        shown = pair if len(edges) > 12 else [edge["node"]["slug"] for edge in edges]
        codes = participations[agreement.treaty]
        seen, unlike = set(), []
        for edge in edges:
            spellings = [source["identifier"] for source in edge["node"]["sources"] if source["identifier"] in codes]
            seen.update(spellings)
            dates = [written(edge[act]) for act in ACTS]
            candidates = [[cell(row[column]) for column in ACTS.values()] for code in spellings for row in codes[code]]
            if dates not in candidates or edge["roles"] != ["SIGNATORY"]:
                unlike.append(edge["node"]["slug"])
            if edge["node"]["slug"] in shown:
                columns = [" ".join(date or "-" for date in row) for row in [dates, *candidates]]
                print(f"    {edge['node']['slug']:10} {' | '.join(columns)}")
        if len(shown) < len(edges):
            print("    and " + ", ".join(edge["node"]["slug"] for edge in edges if edge["node"]["slug"] not in shown))
        findings.same("parties and their dates: each as some row of its code has them", unlike, [])
        findings.same("codes of parties", sorted(seen), sorted(codes))


def main():
    arguments = sys.argv[1:]
    if len(arguments) not in (2, 6):
        sys.exit("usage: check.py URL DATA_FOLDER [PARTY PARTY FIRST_YEAR LAST_YEAR]")
    url, folder = arguments[:2]
    one, other, first, last = arguments[2:] or ["FRA", "CAN", "1950", "1999"]
    findings = Findings()
    agreements = check_list(url, folder, one, other, int(first), int(last), findings)
    # Ten that lie evenly in the list, the first and the last among them.
    pair = [f"ggo-{one.lower()}", f"ggo-{other.lower()}"]
    last_index = len(agreements) - 1
    places = sorted({last_index * n // 9 for n in range(10)}) if agreements else []
    print_by_hand(url, folder, [agreements[place] for place in places], pair, findings)
    print(f"\n{findings.differences} differences" if findings.differences else "\nno difference")
    sys.exit(1 if findings.differences else 0)


if __name__ == "__main__":
    main()
