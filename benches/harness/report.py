"""What came out: a table, and the same as JSON."""

import os
import platform
import statistics
from pathlib import Path

WHAT = {
    "q1": "one agreement with everything",
    "q2": "list of 50 agreements with 4 relations each",
    "q3": "regions, agreements, parties, agreements, programmes",
    "q4": "filtered list with its total",
    "q5": "text search",
}


def summary(measured):
    """The medians over runs, per query and system."""
    fields = ("rate", "p50", "p99", "server_cpu", "postgres_cpu")
    return {
        query: {
            system: {
                **{name: statistics.median(getattr(run, name) for run in runs) for name in fields},
                "runs": [round(run.rate, 1) for run in runs],
            }
            for system, runs in systems.items()
        }
        for query, systems in measured.items()
    }


def fastest(result):
    """The limit: the fastest of the statements of a query."""
    limits = [name for name in result if name.startswith("limit:")]
    return max(limits, key=lambda name: result[name]["rate"], default=None)


def table(results):
    """Markdown: a row per system, under a heading per query."""
    lines = []
    for query, result in results.items():
        limit = fastest(result)
        ours = result.get("entente")
        lines += [
            f"**{query.upper()}: {WHAT[query]}**", "",
            "| | requests/s | p50 ms | p99 ms | CPU server ms | CPU PostgreSQL ms | of entente |",
            "|---|--:|--:|--:|--:|--:|--:|",
        ]
        for name, it in sorted(result.items(), key=lambda item: (item[0].startswith("limit:") and item[0] != limit, item[0] != "entente")):
            ratio = f"{it['rate'] / ours['rate']:.2f}" if ours else ""
            shown = f"**{name}**" if name in ("entente", limit) else name
            server = "" if name.startswith(("limit:", "flat")) else number(it["server_cpu"])
            lines.append(
                f"| {shown} | {number(it['rate'])} | {number(it['p50'])} | {number(it['p99'])} | {server} "
                f"| {number(it['postgres_cpu'])} | {ratio} |"
            )
        told = kept(result)
        if told:
            lines += ["", "; ".join(f"{what}: {ratio:.2f}" for what, ratio in told.items()) + "."]
        lines.append("")
    return "\n".join(lines)


def kept(result):
    """What answers that are kept gain."""
    def ratio(name, of):
        if name in result and of in result and result[of]["rate"]:
            return round(result[name]["rate"] / result[of]["rate"], 3)
        return None

    found = {
        "cached by uncached": ratio("entente, cached answers", "entente"),
        "304 by cached": ratio("entente, 304", "entente, cached answers"),
    }
    return {what: it for what, it in found.items() if it is not None}


def ratios(results):
    """How entente does against the others, per query."""
    found = {}
    for query, result in results.items():
        ours, limit = result.get("entente"), fastest(result)
        if not ours:
            continue
        others = {name: it for name, it in result.items() if name != "entente" and not name.startswith("limit:")}
        found[query] = {
            **({"limit": round(result[limit]["rate"] / ours["rate"], 3), "limit statement": limit[6:]} if limit else {}),
            **{name: round(ours["rate"] / it["rate"], 3) for name, it in others.items() if it["rate"]},
            **kept(result),
        }
    return found


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine(postgres):
    """Where it was measured."""
    cpu = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in cpu.splitlines() if line.startswith("model name")), platform.machine())
    return {
        "processor": model, "cores": os.cpu_count(), "system": platform.platform(),
        "postgresql": postgres.query("SHOW server_version"), "load before": round(os.getloadavg()[0], 2),
    }
