"""One account's picture: what was left in 14 days, its threshold, and what may be left in the next 7. SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.amount import worded
from balancewatch.core.markup import Markup, element, text
from balancewatch.core.overview import AHEAD, PAST, Standing

WIDTH, HEIGHT = 336, 112
_TOP, _BOTTOM = 18, 96
"""Where the most and the least lie."""
_LABELS_Y = 108
_LONGEST_HOLD = timedelta(hours=9)
"""An amount older than this is no neighbour of the next: nobody looked in between."""
_MARK = 4
"""Half as wide and half as high as the mark of a top-up."""
_FAR = 4
_CENT = Decimal("0.01")

Words = tuple[str, str, str]
"""Below the picture: the oldest time, now, the last time."""


def picture(standing: Standing, now: datetime, title: str, words: Words) -> Markup:
    """The picture; `title` says in words what it shows."""
    place = _Place(now, *_bounds(standing))
    now_x = place.x(now)
    attributes = {
        "class": "bw-curve",
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "role": "img",
        "aria-label": title,
    }
    return element(
        "svg",
        attributes,
        element("title", {}, text(title)),
        *_fan(standing, place),
        *_limit(standing, place),
        *(_past(run, place) for run in runs(standing.curve)),
        *_top_up(standing, place, now),
        _straight(0, _BOTTOM, WIDTH, _BOTTOM, "axis"),
        _straight(now_x, _TOP - 8, now_x, _BOTTOM, "axis"),
        _label(0, _TOP - 4, "start", worded(Decimal(place.most).quantize(_CENT), standing.unit or "")),
        _label(0, _LABELS_Y, "start", words[0]),
        _label(now_x, _LABELS_Y, "middle", words[1]),
        _label(WIDTH, _LABELS_Y, "end", words[2]),
    )


def sample(kind: str) -> Markup:
    """What a line or an area looks like, for the legend."""
    shapes = {
        "past": _straight(0, 6, 24, 6, "past"),
        "fan": element("rect", {"class": "bw-fan", "x": "1", "y": "1", "width": "22", "height": "10"}),
        "likely": _straight(0, 6, 24, 6, "likely"),
        "limit": _straight(0, 6, 24, 6, "limit"),
        "top-up": _triangle(12, 2),
    }
    attributes = {"class": "bw-sample", "viewBox": "0 0 24 12", "aria-hidden": "true"}
    return element("svg", attributes, shapes[kind])


Run = Sequence[tuple[datetime, float]]


def runs(curve: Iterable[tuple[datetime, Decimal | None]]) -> list[Run]:
    """The curve in pieces: it is broken where nothing could be read, or nobody looked."""
    found: list[list[tuple[datetime, float]]] = [[]]
    for at, amount in curve:
        last = found[-1][-1:]
        if amount is None or (last and at - last[0][0] > _LONGEST_HOLD):
            found.append([])
        if amount is not None:
            found[-1].append((at, float(amount)))
    return [run for run in found if run]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where times and amounts lie in the picture."""

    now: datetime
    least: float
    most: float

    def x(self, at: datetime) -> float:
        return min(max((at - self.now + PAST) / (PAST + AHEAD), 0.0), 1.0) * WIDTH

    def y(self, amount: float) -> float:
        share = (amount - self.least) / (self.most - self.least)
        return _BOTTOM - min(max(share, 0.0), 1.0) * (_BOTTOM - _TOP)

    def point(self, at: datetime, amount: float) -> str:
        return f"{self.x(at):.1f},{self.y(amount):.1f}"


def _bounds(standing: Standing) -> tuple[float, float]:
    """From 0, or below where it went, to the most; a threshold far above it does not flatten the rest."""
    amounts = [0.0, *(float(amount) for _, amount in standing.curve if amount is not None)]
    if standing.remaining is not None:
        amounts.append(float(standing.remaining))
    least, most = min(amounts), max(amounts)
    if standing.limit is not None and float(standing.limit) <= _FAR * most:
        most = max(most, float(standing.limit))
    return least, most if most > least else least + 1.0


def _past(run: Run, place: _Place) -> Markup:
    if len(run) == 1:
        ((at, amount),) = run
        x, y = place.x(at), place.y(amount)
        return element("circle", {"class": "bw-past-dot", "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "2"})
    return element("polyline", {"class": "bw-past", "points": " ".join(place.point(*each) for each in run)})


def _fan(standing: Standing, place: _Place) -> Iterable[Markup]:
    if len(standing.fan) > 1:
        above = [place.point(each.at, each.most) for each in standing.fan]
        below = [place.point(each.at, each.least) for each in reversed(standing.fan)]
        likely = [place.point(each.at, each.likely) for each in standing.fan]
        yield element("polygon", {"class": "bw-fan", "points": " ".join(above + below)})
        yield element("polyline", {"class": "bw-likely", "points": " ".join(likely)})


def _limit(standing: Standing, place: _Place) -> Iterable[Markup]:
    if standing.limit is not None and place.least <= float(standing.limit) <= place.most:
        y = place.y(float(standing.limit))
        yield _straight(0, y, WIDTH, y, "limit")


def _top_up(standing: Standing, place: _Place, now: datetime) -> Iterable[Markup]:
    if standing.top_up is not None and now - standing.top_up.at <= PAST:
        yield _triangle(place.x(standing.top_up.at), 0)


def _triangle(x: float, y: float) -> Markup:
    return element("path", {"class": "bw-top-up", "d": f"M{x:.1f} {y}l{_MARK} {2 * _MARK}h-{2 * _MARK}z"})


def _straight(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return element("line", {"class": f"bw-{kind}", **{name: f"{value:.1f}" for name, value in ends.items()}})


def _label(x: float, y: float, anchor: str, words: str) -> Markup:
    attributes = {"class": "bw-label", "x": f"{x:.1f}", "y": str(y), "text-anchor": anchor}
    return element("text", attributes, text(words))
