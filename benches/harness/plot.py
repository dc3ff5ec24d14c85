"""The plot for the documents: bars of requests per second, as multiples of entente's, on a logarithmic scale."""

import math
from html import escape

from report import WHAT, fastest, number

WIDTH, LEFT, BAR, GAP = 760, 190, 16, 30
FROM, TO = 0.01, 10.0
COLOURS = {"entente": "#0b6e4f", "limit": "#8a8f98", "flat rows": "#c9ccd1", "postgraphile": "#c06014", "apollo": "#7a3e9d"}


def place(ratio):
    """Where a ratio stands, from left to right."""
    span = math.log(TO / FROM)
    return LEFT + (WIDTH - LEFT - 90) * min(1, max(0, math.log(ratio / FROM) / span))


def svg(results, title):
    rows, height = [], 50
    for query, result in results.items():
        ours = result.get("entente")
        if not ours:
            continue
        limit = fastest(result)
        bars = {name: it for name, it in result.items() if not name.startswith("limit:")}
        if limit:
            bars["limit"] = result[limit]
        rows.append(f'<text x="10" y="{height + 12}" class="q">{query.upper()}: {escape(WHAT[query])}</text>')
        height += 22
        for name, it in sorted(bars.items(), key=lambda item: -item[1]["rate"]):
            end = place(it["rate"] / ours["rate"])
            colour = COLOURS.get(name, "#4c9f70")
            rows.append(
                f'<text x="{LEFT - 8}" y="{height + 12}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="{LEFT}" y="{height}" width="{end - LEFT:.1f}" height="{BAR - 2}" fill="{colour}"/>'
                f'<text x="{end + 6:.1f}" y="{height + 12}">{number(it["rate"])}/s</text>'
            )
            height += BAR
        height += GAP - 12
    grid = "".join(
        f'<line x1="{place(at):.1f}" y1="40" x2="{place(at):.1f}" y2="{height}" stroke="#ddd"/>'
        f'<text x="{place(at):.1f}" y="36" text-anchor="middle" class="s">×{at:g}</text>'
        for at in (0.01, 0.1, 1, 10)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 10}" role="img" aria-label="{escape(title)}">'
        "<style>text{font:12px sans-serif;fill:#222}.q{font-weight:bold}.s{fill:#777;font-size:11px}</style>"
        f'<rect width="{WIDTH}" height="{height + 10}" fill="#fff"/><text x="10" y="18" class="q">{escape(title)}</text>'
        f"{grid}{''.join(rows)}</svg>\n"
    )
