"""Curves of recall and speed as one SVG, readable on a light page and on a dark one."""
import html
import math

from .report import figure

WIDTH, HEIGHT = 340, 280  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 34, 44
RECALLS = (0.8, 0.9, 0.95, 0.99, 0.999)
LEAST, MOST = 0.8, 0.9995  # recall, from edge to edge
LEGEND = 26
STYLE = """
text{font:12px system-ui,sans-serif;fill:#333}
.title{font-weight:600;font-size:13px}
.grid{stroke:#ddd}
.axis{stroke:#888;fill:none}
polyline{fill:none;stroke-width:2}
.c0{stroke:#0b62c4;fill:#0b62c4}.c1{stroke:#5aa9e6;fill:#5aa9e6}
.c2{stroke:#d2601a;fill:#d2601a}.c3{stroke:#2f8f4e;fill:#2f8f4e}
polyline.c0,polyline.c1,polyline.c2,polyline.c3{fill:none}
@media (prefers-color-scheme:dark){
text{fill:#ddd}
.grid{stroke:#3a3a3a}
.c0{stroke:#58a6ff;fill:#58a6ff}.c1{stroke:#a5d3ff;fill:#a5d3ff}
.c2{stroke:#ff9a57;fill:#ff9a57}.c3{stroke:#57c97d;fill:#57c97d}
}
"""


def curves(panels):
    """The text of an SVG. `panels` is {title: {who: [Spot]}}; who is drawn in the same colour in each."""
    names = list(dict.fromkeys(name for panel in panels.values() for name in panel))
    width, height = WIDTH * len(panels), HEIGHT + LEGEND
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
             f'height="{height}" role="img"><title>recall@10 and answers a second</title><style>{STYLE}</style>']
    for at, (title, panel) in enumerate(panels.items()):
        parts += [f'<g transform="translate({at * WIDTH},0)">', *draw_panel(title, panel, names), "</g>"]
    return "\n".join([*parts, *draw_legend(names), "</svg>"]) + "\n"


def draw_panel(title, panel, names):
    rates = [spot.rate for spots in panel.values() for spot in shown(spots)] or [1]
    low, high = min(rates) / 1.2, max(rates) * 1.2
    yield text(WIDTH / 2, 18, title, "middle", "title")
    for recall in RECALLS:
        x = across(recall)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield text(x, HEIGHT - BOTTOM + 16, f"{recall:g}", "middle")
    for rate in ticks(low, high):
        y = down(rate, low, high)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield text(LEFT - 6, y + 4, figure(rate), "end")
    yield (f'<rect class="axis" x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
           f'height="{HEIGHT - TOP - BOTTOM}"/>')
    yield text(LEFT - 6, TOP - 8, "q/s", "end")
    yield text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 10, "recall@10", "middle")
    for name, spots in panel.items():
        yield from draw_line(spots, names.index(name), low, high)


def draw_line(spots, colour, low, high):
    places = [(across(spot.recall), down(spot.rate, low, high)) for spot in shown(spots)]
    yield f'<polyline class="c{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'
    for (x, y), spot in zip(places, shown(spots)):
        says = f"ef {spot.ef}: recall {spot.recall:.4f}, {figure(spot.rate)} a second"
        yield f'<circle class="c{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{says}</title></circle>'


def shown(spots):
    """Neither what finds too little, nor what finds no more and takes longer."""
    found = [spot for spot in sorted(spots, key=lambda one: one.ef) if spot.recall >= LEAST and spot.rate > 0]
    enough = [at for at, spot in enumerate(found) if spot.recall >= MOST]
    return found[: enough[0] + 1] if enough else found


def draw_legend(names):
    at = LEFT
    for colour, name in enumerate(names):
        yield f'<circle class="c{colour}" cx="{at}" cy="{HEIGHT + 9}" r="4"/>'
        yield text(at + 9, HEIGHT + 13, name)
        at += 30 + 7 * len(name)


def across(recall):
    """As many steps for each nine; what is better than the right edge stands on it."""
    nines = [-math.log10(1 - min(value, MOST)) for value in (LEAST, recall, MOST)]
    return LEFT + (WIDTH - LEFT - RIGHT) * (nines[1] - nines[0]) / (nines[2] - nines[0])


def down(rate, low, high):
    share = math.log(rate / low) / math.log(high / low)
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def ticks(low, high):
    """1, 2 and 5 times the powers of ten between these."""
    first = math.floor(math.log10(low))
    all_of_them = (one * 10**power for power in range(first, first + 8) for one in (1, 2, 5))
    return [rate for rate in all_of_them if low <= rate <= high]


def text(x, y, words, anchor="start", kind=None):
    names = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{names}>{html.escape(words)}</text>'
