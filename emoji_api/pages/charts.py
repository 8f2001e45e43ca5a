"""Charts of the dashboard as Vega-Lite specifications (https://vega.github.io/vega-lite/).

Colours are names of custom properties of the style sheet, such as "var(--positive)", which the script of the page
replaces by the colours of the theme.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from emoji_api.pages.formats import EN_DASH, number, percent
from emoji_api.pages.formats import days as format_days
from emoji_api.tasks import SENTIMENT
from emoji_api.watch.period import Bucket, Unit
from emoji_api.watch.rollup import shifted

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
HEIGHTS = {"sentiment": 208, "volume": 112}
MAX_TICKS = 11
AXIS_WIDTH = 40
"""Width of the labels of a vertical axis: the bars of both charts are below each other."""
DAY_FORMAT, MONTH_FORMAT = "%-d %b", "%b %Y"

Spec = dict[str, Any]


def sentiment_chart(buckets: Sequence[Bucket], unit: Unit, collected: date | None) -> Spec:
    """Return the chart of the shares of sentiments. Days after `collected` are shown as not collected."""
    scale = {"domain": SENTIMENT.labels, "range": [f"var(--{label})" for label in SENTIMENT.labels]}
    bars = {
        "data": {"values": list(_share_rows(buckets))},
        "mark": {"type": "rect", **_gap(buckets)},
        "encoding": {
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "color": {"field": "label", "type": "nominal", "scale": scale, "legend": None},
        },
    }
    return _chart("sentiment", buckets, unit, collected, bars, {"domain": [0, 1]}, {"format": ".0%", "tickCount": 4})


def volume_chart(buckets: Sequence[Bucket], unit: Unit, collected: date | None) -> Spec:
    """Return the chart of the number of posts, classified and others."""
    scale = {"domain": ["classified", "not classified"], "range": ["var(--volume)", "var(--unclassified)"]}
    bars = {
        "data": {"values": list(_volume_rows(buckets))},
        "mark": {"type": "rect", **_gap(buckets)},
        "encoding": {
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "color": {"field": "label", "type": "nominal", "scale": scale, "legend": None},
        },
    }
    highest = max((bucket.statistics["posts"] for bucket in buckets), default=0)
    axis = {"format": "~s", "tickCount": 3, "tickMinStep": 1}
    return _chart("volume", buckets, unit, collected, bars, {"domain": [0, max(highest, 1)], "nice": True}, axis)


def _chart(
    name: str,
    buckets: Sequence[Bucket],
    unit: Unit,
    collected: date | None,
    bars: Spec,
    scale: Spec,
    axis: Spec,
) -> Spec:
    """Return a chart of `bars` over time, with a band of the days that are not collected, and tooltips."""
    x = {"field": "start", "type": "temporal"}
    full_height = {"x": x, "x2": {"field": "end"}, "y": {"value": 0}, "y2": {"value": HEIGHTS[name]}}
    bars["encoding"] |= {
        "x": x | {"scale": {"type": "utc", "nice": False}, "axis": _time_axis(buckets, unit)},
        "x2": {"field": "end"},
    }
    bars["encoding"]["y"] |= {
        "scale": scale,
        "axis": {"title": None, "minExtent": AXIS_WIDTH, "maxExtent": AXIS_WIDTH, **axis},
    }
    bands: Spec = {
        "data": {"values": list(_uncollected(buckets, collected))},
        "mark": {"type": "rect", "color": "var(--raised)"},
        "encoding": full_height,
    }
    tooltips: Spec = {
        "data": {"values": list(_tooltip_rows(buckets, unit, collected))},
        "mark": {"type": "rect", "opacity": 0},
        "encoding": full_height
        | {
            "tooltip": [
                {"field": field, "title": field}
                for field in (unit, "posts", *reversed(SENTIMENT.labels), "not classified")
            ]
        },
    }
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": HEIGHTS[name],
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": [layer for layer in (bars, bands, tooltips) if layer["data"]["values"]],
    }


def _time_axis(buckets: Sequence[Bucket], unit: Unit) -> Spec:
    step = -(-len(buckets) // MAX_TICKS)
    hour = 12 if unit == "day" else 0  # below the middle of a day's bar, and below the start of a week or month
    return {
        "title": None,
        "grid": False,
        "format": MONTH_FORMAT if unit == "month" else DAY_FORMAT,
        "values": [
            {"year": day.year, "month": day.month, "date": day.day, "hours": hour, "utc": True}
            for day in (bucket.first for bucket in buckets[::step])
        ],
        "labelOverlap": True,
        "labelFlush": False,
    }


def _gap(buckets: Sequence[Bucket]) -> Spec:
    """Return the line between bars, in the colour of the background; none where bars are a few pixels wide."""
    width = 2 if len(buckets) <= 31 else 1 if len(buckets) <= 62 else 0
    return {"stroke": "var(--surface)", "strokeWidth": width}


def _share_rows(buckets: Sequence[Bucket]) -> Iterator[Spec]:
    for bucket in buckets:
        low = 0.0
        for label, entry in bucket.statistics["sentiment"].items():
            high = low + entry["share"]
            yield {**_ends(bucket), "label": label, "low": low, "high": min(high, 1.0)}
            low = high


def _volume_rows(buckets: Sequence[Bucket]) -> Iterator[Spec]:
    for bucket in buckets:
        classified, posts = bucket.statistics["classified"], bucket.statistics["posts"]
        for label, low, high in (("classified", 0, classified), ("not classified", classified, posts)):
            if high > low:
                yield {**_ends(bucket), "label": label, "low": low, "high": high}


def _tooltip_rows(buckets: Sequence[Bucket], unit: Unit, collected: date | None) -> Iterator[Spec]:
    for bucket in buckets:
        statistics = bucket.statistics
        missing = collected is None or bucket.first > collected
        sentiment = statistics["sentiment"]
        yield {
            **_ends(bucket),
            unit: format_days(bucket.first, bucket.last),
            "posts": "not collected" if missing and not statistics["posts"] else number(statistics["posts"]),
            **{label: percent(sentiment[label]["share"]) if sentiment else EN_DASH for label in SENTIMENT.labels},
            "not classified": number(statistics["posts"] - statistics["classified"]),
        }


def _uncollected(buckets: Sequence[Bucket], collected: date | None) -> Iterator[Spec]:
    """Yield the range of days after the last collection, if the buckets have any."""
    first = buckets[0].first if collected is None else max(buckets[0].first, shifted(collected, 1))
    if first <= buckets[-1].last:
        yield {"start": _moment(first), "end": _moment(shifted(buckets[-1].last, 1))}


def _ends(bucket: Bucket) -> Spec:
    return {"start": _moment(bucket.first), "end": _moment(shifted(bucket.last, 1))}


def _moment(day: date) -> int:
    """Return the start of a day (UTC) in milliseconds since 1970."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)
