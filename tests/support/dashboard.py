#!/usr/bin/env python3
"""Grafana's dashboard file without Grafana: which queries it makes, and a picture of what a Prometheus answers to them.

    dashboard.py FILE PROMETHEUS_URL MINUTES > picture.svg

The picture has the panels where the file puts them, with their legends, units and thresholds, drawn by hand: it is for
the eyes of whoever changes the file, and shows empty panels, wrong units and unreadable legends as Grafana would.
"""
import html
import json
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

CELL, GAP, TALL = 60, 8, 30  # a grid of 24 columns, in pixels
COLORS = ["#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#8ab8ff", "#96d98d", "#ffb357", "#ca95e5"]
NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
UNITS = {"s": "s", "bytes": "B", "Bps": "B/s", "reqps": "req/s", "ops": "ops/s", "none": ""}
MOST_LINES = 5  # of a legend


def load(path):
    return json.loads(pathlib.Path(path).read_text())


def panels(dashboard):
    """All that shows something, also those within closed rows."""
    for panel in dashboard["panels"]:
        yield from panel.get("panels", [])
        if panel["type"] != "row":
            yield panel


def variables(dashboard):
    return {v["name"]: v for v in dashboard["templating"]["list"]}


def expand(text, interval, values=None):
    """As Grafana does: variables of the file become `values`, or all there is; its own the interval."""
    for name in ("$__rate_interval", "$__interval", "$__range"):
        text = text.replace(name, interval)
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: (values or {}).get(found[1] or found[2], ".*"), text)


def legend(template, labels):
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), template)


# --- the picture ------------------------------------------------------------------------------------


def said(value, unit):
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s" and value >= 86400:
        return f"{value / 86400:.3g} d"
    if unit == "s" and 0 < value < 1:
        return f"{value * 1000:.3g} ms" if value >= 0.001 else f"{value * 1e6:.3g} µs"
    for size, word in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {word}{UNITS.get(unit, unit)}"
    return f"{value:.3g} {UNITS.get(unit, unit)}".strip()


def text(x, y, words, size=11, color="#d8d9da", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{html.escape(words)}</text>'


def color_of(value, steps):
    color = "#d8d9da"
    for step in steps:
        if step["value"] is None or value >= step["value"]:
            color = NAMED.get(step["color"], step["color"])
    return color


def draw_stat(panel, box, series):
    x, y, w, h = box
    defaults = panel["fieldConfig"]["defaults"]
    words = {k: v["text"] for m in defaults.get("mappings", []) for k, v in m["options"].items()}
    out = []
    for i, (name, points) in enumerate(series):
        value = points[-1][1]
        shown = words.get(f"{value:g}", said(value, defaults["unit"]))
        out.append(text(x + w / 2, y + h * (i + 1) / (len(series) + 1) + 10, shown, 22 if len(series) < 3 else 14, color_of(value, defaults["thresholds"]["steps"]), "middle"))
        if len(series) > 1 or panel["options"]["textMode"] == "value_and_name":
            out.append(text(x + w / 2, y + h * (i + 1) / (len(series) + 1) + 24, name, 10, "#8e8e8e", "middle"))
    return out


def stacked(series):
    """Each on the sum of those before it, at the times of the first of them."""
    below = {}
    for name, points in series:
        on_top = [(at, value + below.get(at, 0)) for at, value in points]
        below |= dict(on_top)
        yield name, on_top


def draw_lines(panel, box, series, span):
    x, y, w, h = box
    defaults = panel["fieldConfig"]["defaults"]
    last = [points[-1][1] for _, points in series]
    if defaults["custom"]["stacking"]["mode"] == "normal":
        series = list(stacked(series))
    left, top, wide, tall = x + 58, y + 28, w - 70, h - 60 - 12 * min(len(series), MOST_LINES)
    high = defaults.get("max") or max((v for _, points in series for _, v in points), default=0) or 1
    place = lambda at, v: (left + wide * (at - span[0]) / (span[1] - span[0]), top + tall * (1 - min(v, high) / high))
    out = []
    for share in (0, 0.5, 1):
        level = top + tall * (1 - share)
        out.append(f'<line x1="{left}" y1="{level:.1f}" x2="{left + wide}" y2="{level:.1f}" stroke="#2f2f32"/>')
        out.append(text(left - 4, level + 4, said(high * share, defaults["unit"]), 10, "#8e8e8e", "end"))
    for step in defaults.get("thresholds", {}).get("steps", [])[1:]:
        level = place(span[0], step["value"])[1]
        out.append(f'<line x1="{left}" y1="{level:.1f}" x2="{left + wide}" y2="{level:.1f}" stroke="{NAMED[step["color"]]}" stroke-dasharray="4"/>')
    for i, (name, points) in enumerate(series):
        color = COLORS[i % len(COLORS)]
        path = " ".join("{:.1f},{:.1f}".format(*place(at, v)) for at, v in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.4"/>')
        if i < MOST_LINES:
            more = f" … and {len(series) - MOST_LINES} more" if i == MOST_LINES - 1 and len(series) > MOST_LINES else ""
            out.append(f'<rect x="{left}" y="{top + tall + 13 + 12 * i:.1f}" width="10" height="3" fill="{color}"/>')
            out.append(text(left + 14, top + tall + 18 + 12 * i, f"{name}  {said(last[i], defaults['unit'])}{more}", 10))
    return out


def number(value):
    return float("nan") if value in ("NaN", "+Inf", "-Inf") else float(value)


def answers(panel, query_range, span, interval):
    series = []
    for target in panel["targets"]:
        for found in query_range(expand(target["expr"], interval), span[0], span[1], (span[1] - span[0]) / 200):
            points = [(at, number(v)) for at, v in found["values"] if number(v) == number(v)]
            if points:
                series.append((legend(target["legendFormat"], found["metric"]), points))
    return series


def draw(dashboard, query_range, span, interval):
    """An SVG. `query_range(expr, start, end, step)` as prometheus.py has it."""
    high = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in dashboard["panels"]) * TALL
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{24 * CELL}" height="{high}" font-family="DejaVu Sans, sans-serif">',
           f'<rect width="{24 * CELL}" height="{high}" fill="#111217"/>']
    for panel in dashboard["panels"]:
        g = panel["gridPos"]
        x, y, w, h = g["x"] * CELL, g["y"] * TALL, g["w"] * CELL - GAP, g["h"] * TALL - GAP
        if panel["type"] == "row":
            out.append(text(x + 8, y + 20, panel["title"], 15))
            continue
        out.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="#181b1f" stroke="#2f2f32"/>')
        out.append(text(x + 8, y + 18, panel["title"], 12))
        series = answers(panel, query_range, span, interval)
        if not series:
            out.append(text(x + w / 2, y + h / 2, "No data", 16, "#8e8e8e", "middle"))
        elif panel["type"] == "stat":
            out += draw_stat(panel, (x, y, w, h), series)
        else:
            out += draw_lines(panel, (x, y, w, h), series, span)
    return "\n".join([*out, "</svg>"])


def main(path, url, minutes):
    def query_range(expr, start, end, step):
        params = urllib.parse.urlencode({"query": expr, "start": start, "end": end, "step": step})
        with urllib.request.urlopen(f"{url}/api/v1/query_range?{params}") as answer:
            return json.load(answer)["data"]["result"]

    now = time.time()
    print(draw(load(path), query_range, (now - 60 * float(minutes), now), "5m"))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
