"""What charts are put together from: encodings and marks, as Vega-Lite knows them.

Nothing foreign ever stands in a specification but as a value of its data or of a scale's domain: field names and
expressions are ours. Colours are CSS variables, so that another theme, or paper, needs no new drawing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trainstop.report.page.figures import CANDIDATE, CHAMPION

Layer = dict[str, Any]
Encoding = dict[str, Any]
Looks = dict[str, Encoding] | None
"""Encodings of colour, shape and dashes; None tells the models apart."""
HEIGHT = 220
INK, MUTED, LINE = "var(--ink)", "var(--muted)", "var(--line)"
MODELS = [CANDIDATE, CHAMPION]
RING: Layer = {"stroke": INK, "strokeWidth": 2.5, "fill": "transparent"}


def spec(values: Sequence[dict[str, Any]], layers: Sequence[Layer], *, height: int = HEIGHT) -> dict[str, Any]:
    """Return a specification: layers over the same values, as wide as the page allows.

    Args:
        values: the data; a mark that can be stepped to has a field `n`.
        layers: marks with their encodings.
        height: in pixels.

    """
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [{"name": "picked", "value": -1}],
        "data": {"values": list(values)},
        "layer": list(layers),
    }


def number(name: str, title: str, **scale: Any) -> Encoding:
    """Return the encoding of a number on an axis."""
    return {
        "field": name,
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False, **scale},
        "axis": {"tickCount": 6, "labelOverlap": True},
    }


def share(name: str, title: str) -> Encoding:
    """Return the encoding of a share, 0 to 1."""
    return number(name, title, domain=[0, 1])


def names(name: str, title: str | None, order: Sequence[str], **axis: Any) -> Encoding:
    """Return the encoding of names, in their order."""
    return {
        "field": name,
        "type": "nominal",
        "title": title,
        "sort": None,
        "scale": {"domain": list(order)},
        "axis": {"labelOverlap": False, "ticks": False, "domain": False, **axis},
    }


def category(name: str, domain: Sequence[str], looks: Sequence[Any], **legend: Any) -> Encoding:
    """Return the encoding of a category by colours, shapes or dashes."""
    return {
        "field": name,
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(domain), "range": list(looks)},
        "legend": {"orient": "top", **legend},
    }


def marks(name: str, looks: Mapping[str, tuple[str, str]], values: Sequence[dict[str, Any]]) -> dict[str, Encoding]:
    """Return colour and shape of each category that the data has, in the order of `looks`.

    Args:
        name: the field.
        looks: colour and shape of every category.
        values: the data.

    """
    present = {each[name] for each in values}
    seen = {each: look for each, look in looks.items() if each in present}
    return {
        "color": category(name, list(seen), [look[0] for look in seen.values()]),
        "shape": category(name, list(seen), [look[1] for look in seen.values()]),
    }


def by_model(symbol: str = "stroke") -> dict[str, Encoding]:
    """Return colour and dashes that tell candidate and champion apart, the one without the other too.

    Layers of one chart have to ask for the same legend, or each gets its own.
    """
    legend = {"symbolType": symbol, "symbolSize": 300, "symbolStrokeWidth": 3} if symbol == "stroke" else {}
    return {
        "color": category("of", MODELS, ["var(--candidate)", "var(--champion)"], **legend),
        "strokeDash": category("of", MODELS, [[1, 0], [6, 3]], **legend),
    }


def line(x: Encoding, y: Encoding, *, interpolate: str = "linear", width: float = 2, looks: Looks = None) -> Layer:
    """Return a line through the data, in the data's order; by model unless told otherwise."""
    return {
        "mark": {"type": "line", "interpolate": interpolate, "strokeWidth": width},
        "encoding": {"x": x, "y": y, "order": {"field": "n"}, **(looks or by_model())},
    }


def dots(x: Encoding, y: Encoding, *, size: int = 70, looks: Looks = None) -> Layer:
    """Return a dot for each row of the data; by model unless told otherwise."""
    return {
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 1},
        "encoding": {"x": x, "y": y, **(looks or {"color": by_model()["color"]})},
    }


def bars(x: Encoding, y: Encoding, *, along: str, looks: Looks = None) -> Layer:
    """Return a bar from `low` to `high` for each row that has an interval, along `x` or `y`."""
    ends = {"x": x, "y": y}
    ends[along] = {**ends[along], "field": "low"}
    return {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {**ends, f"{along}2": {"field": "high"}, **(looks or {"color": by_model()["color"]})},
    }


def text(x: Encoding, y: Encoding, name: str, **mark: Any) -> Layer:
    """Return a text for each row of the data."""
    return {
        "mark": {"type": "text", "fill": INK, **mark},
        "encoding": {"x": x, "y": y, "text": {"field": name, "type": "nominal"}},
    }


def guide(points: Sequence[dict[str, Any]], **encoding: Encoding) -> Layer:
    """Return a dotted line through points of its own."""
    return {
        "data": {"values": list(points)},
        "mark": {"type": "line", "stroke": MUTED, "strokeDash": [2, 4]},
        "encoding": encoding,
    }


def upright(at: float, x: Encoding, dash: Sequence[int]) -> Layer:
    """Return an upright line at a number."""
    return {
        "data": {"values": [{x["field"]: at}]},
        "mark": {"type": "rule", "stroke": MUTED, "strokeDash": list(dash)},
        "encoding": {"x": x},
    }


def cells(x: Encoding, y: Encoding, *, colour: str, otherwise: str, test: str, most: float) -> Layer:
    """Return a cell for each row of the data, shaded by `shade`.

    Args:
        x: the column.
        y: the row.
        colour: of cells for which `test` holds.
        otherwise: of all others.
        test: an expression of ours.
        most: the shade that is darkest.

    """
    shade = {"field": "shade", "type": "quantitative", "scale": {"domain": [0, most], "range": [0, 0.55]}}
    return {
        "mark": {"type": "rect", "stroke": LINE},
        "encoding": {
            "x": x,
            "y": y,
            "fill": {"condition": {"test": test, "value": colour}, "value": otherwise},
            "fillOpacity": {**shade, "legend": None},
        },
    }


def picked(x: Encoding, y: Encoding, kind: str = "point") -> Layer:
    """Return the layer that rings the mark a reader stepped to."""
    return {
        "transform": [{"filter": "datum.n === picked"}],
        "mark": {"type": kind, **RING, **({"size": 240} if kind == "point" else {})},
        "encoding": {"x": x, "y": y},
    }
