"""What became of the searches that were sent in each second, as one SVG of small panels; colours as in drawing.py."""
from .drawing import STYLE, text
from .report import figure

WIDTH, HEIGHT, LATENCY = 380, 150, 90  # of a panel's two parts
LEFT, RIGHT, TOP, BETWEEN, BOTTOM = 48, 10, 48, 22, 34
LEGEND = 26
MORE = """
.band{fill:#888;fill-opacity:.09}
.small{font-size:10px}
"""
KINDS = (("good", 0, lambda one: one.is_good), ("503", 2, lambda one: one.status == 503),
         ("late or lost", 3, lambda one: not one.is_good and one.status != 503))


def draw(seen, phases, rate):
    """`seen` is {who: Seen}, `phases` are (name, seconds)."""
    width = WIDTH * len(seen)
    height = TOP + HEIGHT + BETWEEN + LATENCY + BOTTOM + LEGEND
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
             f'height="{height}" role="img"><title>answers a second while the backend is ill</title>'
             f"<style>{STYLE}{MORE}</style>"]
    slowest = max(one.took for run in seen.values() for one in run.asked)
    for at, (who, run) in enumerate(seen.items()):
        parts += [f'<g transform="translate({at * WIDTH},0)">', *panel(who, run, phases, rate, slowest), "</g>"]
    return "\n".join([*parts, *legend(height - 9), "</svg>"]) + "\n"


def panel(who, run, phases, rate, slowest):
    total = sum(seconds for _, seconds in phases)
    top, low = TOP + HEIGHT, TOP + HEIGHT + BETWEEN + LATENCY

    def across(second):
        return LEFT + (WIDTH - LEFT - RIGHT) * second / total

    yield text(WIDTH / 2, 16, who, "middle", "title")
    yield from bands(phases, across, low)
    yield from frame(TOP, top, "searches a second", 12, {0: 0, rate: 1}, 1.15)
    yield from frame(top + BETWEEN, low, "worst latency, s", 24, {0: 0, slowest: 1}, 1.15)
    for _, colour, is_it in KINDS:
        counted = [sum(is_it(one) for one in run.asked if second <= one.at < second + 1) for second in range(total)]
        yield line(colour, [(across(i + 0.5), top - HEIGHT * n / rate / 1.15) for i, n in enumerate(counted)])
    worst = [max((one.took for one in run.asked if second <= one.at < second + 1), default=0)
             for second in range(total)]
    yield line(1, [(across(i + 0.5), low - LATENCY * took / slowest / 1.15) for i, took in enumerate(worst)])
    for second in range(0, total + 1, 10):
        yield text(across(second), low + 15, f"{second}", "middle", "small")
    yield text(WIDTH - RIGHT, low + 28, "seconds", "end", "small")


def bands(phases, across, low):
    begin = 0
    for i, (name, seconds) in enumerate(phases):
        left, right = across(begin), across(begin + seconds)
        if i % 2:
            yield f'<rect class="band" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{low - TOP}"/>'
        yield text((left + right) / 2, TOP - 6, name, "middle", "small")
        begin += seconds


def frame(top, low, says, says_at, ticks, room):
    yield f'<rect class="axis" x="{LEFT}" y="{top}" width="{WIDTH - LEFT - RIGHT}" height="{low - top}"/>'
    yield text(LEFT + 5, top + says_at, says, kind="small")
    for value, share in ticks.items():
        y = low - (low - top) * share / room
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield text(LEFT - 6, y + 4, figure(value), "end", "small")


def line(colour, places):
    return f'<polyline class="c{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'


def legend(y):
    at = LEFT
    for name, colour in [(name, colour) for name, colour, _ in KINDS] + [("worst latency", 1)]:
        yield f'<circle class="c{colour}" cx="{at}" cy="{y - 4}" r="4"/>'
        yield text(at + 9, y, name)
        at += 36 + 7 * len(name)
