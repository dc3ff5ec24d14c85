#!/usr/bin/env python3
"""Counts the agreements between two parties in the GGO tables, without the converter, the import or the server.

    count.py DATA_FOLDER FRA CAN 1950 1999

prints how many there are whose date falls, or can fall, in these years (both inclusive), how many by year, and each with
its date, in the order that the registry gives them. The rules are those of README.md; Python's standard library is enough.
"""

import calendar
import csv
import datetime
import re
import sys
from collections import Counter, namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent

Agreement = namedtuple("Agreement", "treaty slug written earliest latest")


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def days(text):
    """The first and the last day that one date can mean."""
    text = text.rstrip("?~%")
    year, month, day = (text.split("-") + [None, None])[:3]
    if "X" in year:
        return datetime.date(int(year.replace("X", "0")), 1, 1), datetime.date(int(year.replace("X", "9")), 12, 31)
    year = int(year)
    if month is None or not month.isdigit() or not 1 <= int(month) <= 12:
        return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    month = int(month)
    length = calendar.monthrange(year, month)[1]
    if day is None or not day.isdigit() or not 1 <= int(day) <= length:
        return datetime.date(year, month, 1), datetime.date(year, month, length)
    return (datetime.date(year, month, int(day)),) * 2


def bounds(text):
    """The first and the last day of a cell, `None` where it gives no date."""
    if text in ("", "9999-12-31", "0001-01-01"):
        return None
    reversed_day = re.fullmatch(r"00(\d\d)-(\d\d)(\d{4})", text)
    if reversed_day:
        day, month, year = reversed_day.groups()
        text = f"{year}-{month}-{day}"
    ends = [days(end) for end in re.split(r"\.\.|/", text.rstrip("-"))]
    return ends[0][0], ends[-1][1]


def date_of(row):
    """Signed, or else starting: in force, or else beginning. (The tables have no day of adoption or announcement.)"""
    for column in ("Signature", "Force", "Begin"):
        found = bounds(row[column])
        if found:
            return row[column], found
    return None


def party_of(code, decided={row["code"]: row["party"] for row in table(HERE / "codes.csv")}):
    """The party that a code names; empty where nobody can say."""
    return decided.get(code, code)


def treaties_of(folder, party):
    """The treaties that a party takes part in, under any of its codes."""
    rows = table(Path(folder) / "agreement_parties_ggo.csv")
    return {row["treatyID"] for row in rows if party_of(row["stateID"]) == party}


def count(folder, one, other, first, last):
    """The agreements of two parties that are dated, or can be dated, from the year `first` to the year `last`."""
    between = treaties_of(folder, one) & treaties_of(folder, other)
    seen, found = set(), []
    for row in table(Path(folder) / "agreements_ggo.csv"):
        treaty = row["treatyID"]
        if treaty in seen:
            # Only the first row of a treaty counts.
            continue
        seen.add(treaty)
        dated = date_of(row)
        if treaty not in between or dated is None:
            continue
        written, (earliest, latest) = dated
        if latest >= datetime.date(first, 1, 1) and earliest <= datetime.date(last, 12, 31):
            slug = "ggo-" + re.sub("[^a-z0-9]+", "-", treaty.lower()).strip("-")
            found.append(Agreement(treaty, slug, written, earliest, latest))
    return sorted(found, key=lambda agreement: (agreement.earliest, agreement.slug))


def by_year(agreements):
    """How many of them are of each year: that of the first day that they can be of."""
    return dict(sorted(Counter(agreement.earliest.year for agreement in agreements).items()))


def main():
    if len(sys.argv) != 6:
        sys.exit("usage: count.py DATA_FOLDER PARTY PARTY FIRST_YEAR LAST_YEAR")
    folder, one, other, first, last = sys.argv[1:]
    agreements = count(folder, one, other, int(first), int(last))
    print(f"{len(agreements)} agreements of {one} and {other}, {first} to {last}")
    for year, number in by_year(agreements).items():
        print(f"{year}  {number}")
    for agreement in agreements:
        print(f"{agreement.written:12}  {agreement.treaty}")


if __name__ == "__main__":
    main()
