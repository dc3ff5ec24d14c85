"""Whether everybody gives the same answers."""

import json

from processes import Failure

# Sets of variables that are compared for each query.
COMPARED = 25


def content(value):
    """What an answer says, whatever its shape: lists stand for `nodes` and `edges`, `a_b` for a field `b` in `a`, and null for
    an object of nothing but nulls."""
    if isinstance(value, list):
        return [content(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {}
    for name, item in value.items():
        item = content(item)
        outer, _, inner = name.partition("_")
        if inner:
            said.setdefault(outer, {})[inner] = item
        else:
            said[name] = item
    for name in ("nodes", "edges", "node"):
        if set(said) == {name}:
            return said[name]
        if name in said:
            said["list"] = said.pop(name)
    said = {name: (None if nothing(item) else item) for name, item in said.items()}
    return said


def nothing(item):
    return isinstance(item, dict) and all(value is None for value in item.values())


def difference(one, other, path="data"):
    """Where two contents differ first, in words; None where they don't."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            if name not in one or name not in other:
                return f"{path}.{name} is only in one of them"
            found = difference(one[name], other[name], f"{path}.{name}")
            if found:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{path} has {len(one)} and {len(other)} elements"
        pairs = enumerate(zip(one, other))
        return next(filter(None, (difference(a, b, f"{path}[{n}]") for n, (a, b) in pairs)), None)
    return None if one == other else f"{path}: {json.dumps(one)} and {json.dumps(other)}"


def spread(sets):
    """Some of them, from all over."""
    step = max(1, len(sets) // COMPARED)
    return sets[::step][:COMPARED]


def compare(query, reference, others, sets):
    """Raises where another's answer says something else than the reference's. Others are pairs of a name and a way to ask."""
    checked = 0
    for number, variables in spread(list(enumerate(sets))):
        expected = content(reference(variables))
        for name, ask in others:
            found = difference(expected, content(ask(number, variables)))
            if found:
                raise Failure(f"{name} answers {query} with {variables} differently from entente: {found}")
            checked += 1
    return checked
