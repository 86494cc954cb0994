"""A picture of a benchmark: horizontal bars as SVG, readable on light and on dark.

Written by hand, for a picture of ten bars needs no library. Its own style follows the reader's
colour scheme, also where it is shown as an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from xml.sax.saxutils import escape

from bench.contenders import COMMUNIQUE, Run
from bench.report import Report

WIDTH = 760
_MARGIN, _NAMES, _FIGURES = 24, 200, 90  # left and right; left of the bars; right of them
_ROW, _BAR = 30, 18
_NOTE = 115  # characters in a line of the conditions

_STYLE = """\
  .ground { fill: #ffffff } text { font: 14px system-ui, sans-serif; fill: #1d2430 }
  .title { font-weight: 600; font-size: 16px } .note { font-size: 11px; fill: #566070 }
  .bar { fill: #9aa5b4 } .ours { fill: #b8330b } .strong { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14181f } text { fill: #e6e9ee } .note { fill: #a3adbb }
    .bar { fill: #5d6979 } .ours { fill: #ff8a5c }
  }"""

Bar = tuple[str, float, str, bool]  # name, value, value as shown, whether it is ours


def draw(report: Report) -> str:
    """The SVG document."""
    lines: list[str] = []
    y = _MARGIN
    for title, bars in _charts(report):
        y += 18
        lines.append(f'<text class="title" x="{_MARGIN}" y="{y}">{escape(title)}</text>')
        y += 14
        longest = max(value for _, value, _, _ in bars)
        for bar in bars:
            lines += _bar(bar, y, longest)
            y += _ROW
        y += 12
    for line in wrap(str(report.conditions), _NOTE):
        y += 15
        lines.append(f'<text class="note" x="{_MARGIN}" y="{y}">{escape(line)}</text>')
    height = y + _MARGIN
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
            f'<title id="title">{escape(_told(report))}</title>',
            f"<style>\n{_STYLE}\n</style>",
            f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _charts(report: Report) -> Iterator[tuple[str, list[Bar]]]:
    if report.near:
        yield "Messages per second, on loopback (more is better)", _rates(report.near)
        yield (
            "CPU per message, in µs (less is better)",
            [_named(one, one.cpu_per_message) for one in report.near],
        )
    if report.far:
        yield (
            f"Messages per second, {report.far_milliseconds:g} ms away (more is better)",
            _rates(report.far),
        )
    if report.scale:
        yield (
            "Peak memory in MB, by recipients (less is better)",
            [
                (f"{sum(one.states.values()):,}", mb, f"{mb:.0f}", True)
                for one in report.scale
                for mb in (one.peak_memory / 2**20,)
            ],
        )


def _rates(runs: Sequence[Run]) -> list[Bar]:
    return [_named(one, one.rate) for one in runs]


def _named(one: Run, value: float) -> Bar:
    return one.contender, value, f"{value:,.0f}", one.contender == COMMUNIQUE


def _bar(bar: Bar, y: int, longest: float) -> list[str]:
    name, value, shown, ours = bar
    left = _MARGIN + _NAMES
    width = max(2.0, (WIDTH - _MARGIN - _FIGURES - left) * value / longest)
    text, weight = y + _BAR - 4, ' class="strong"' if ours else ""
    place = f'x="{left}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"'
    return [
        f'<text x="{left - 10}" y="{text}" text-anchor="end"{weight}>{escape(name)}</text>',
        f'<rect class="{"ours" if ours else "bar"}" {place}/>',
        f'<text x="{left + width + 8:.1f}" y="{text}"{weight}>{shown}</text>',
    ]


def _told(report: Report) -> str:
    """The picture in words, for whoever does not see it."""
    return "; ".join(
        f"{title}: " + ", ".join(f"{name} {shown}" for name, _, shown, _ in bars)
        for title, bars in _charts(report)
    )
