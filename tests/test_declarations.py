"""Schemas, fields and documentation tables derived from declarations."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from marshmallow import ValidationError, fields, validate

from emoji_api.declarations import (
    FIELD_TYPES,
    declare,
    declared_values,
    error_messages,
    nested_dataclass,
    optional_field,
    schema_of,
    type_name,
)

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Point:
    x: float = declare("horizontal", ge=0, le=1)
    y: float = declare("vertical", default=0.5, gt=0, lt=1)

    def __post_init__(self) -> None:
        if self.x == self.y:
            raise ValueError("is on the diagonal.")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    name: str = declare("name of the file", min_length=2)
    scale: float | None = declare("factor", default=None, gt=0, example=2.0)
    visible: bool = declare("shown", default=True)
    colour: str = declare("one colour", default="red", choices=("red", "blue"))
    layers: list[int] = declare("layers", default=[1], ge=1, min_length=1, unique=True)
    shares: dict[str, dict[str, float]] = declare(
        "layer -> colour -> share", default={}, gt=0, le=1, choices=("red", "blue")
    )
    code: str | None = declare("code", default=None, pattern=r"[a-z]+\Z", form="small letters", secret=True)
    origin: Point = field(default_factory=lambda: Point(x=0.0))
    points: list[Point] = declare("points", default=[])
    named: dict[str, Point] = declare("points by name", default={})


def load(**values: object) -> Drawing:
    return schema_of(Drawing)().load({"name": "sketch", **values})


def messages(**values: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        load(**values)
    return error_messages(caught.value)


def test_defaults_fill_in_for_missing_values() -> None:
    assert load() == Drawing(name="sketch")


def test_values_become_an_instance_with_nested_instances() -> None:
    drawing = load(
        scale="2", visible=False, layers=[3], shares={"top": {"red": 1}}, points=[{"x": 1}], named={"a": {"x": 0.25}}
    )
    assert drawing == Drawing(
        name="sketch",
        scale=2.0,
        visible=False,
        layers=[3],
        shares={"top": {"red": 1.0}},
        points=[Point(x=1.0)],
        named={"a": Point(x=0.25)},
    )


def test_instances_do_not_share_a_mutable_default() -> None:
    Drawing(name="one").layers.append(2)
    assert Drawing(name="other").layers == [1]


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"scale": 0}, "scale", "0.0 is not above 0"),
        ({"name": "a"}, "name", "is shorter than 2"),
        ({"name": None}, "name", "Field may not be null"),
        ({"colour": "green"}, "colour", "'green' is none of: red, blue"),
        ({"layers": []}, "layers", "is empty"),
        ({"layers": [1, 1]}, "layers", "has 1 more than once"),
        ({"layers": [1, 0]}, "layers.1", "0 is not at least 1"),
        ({"layers": 1}, "layers", "Not a valid list"),
        ({"shares": {"top": {"green": 1}}}, "shares.top.value.green.key", "'green' is none of: red, blue"),
        ({"shares": {"top": {"red": 2}}}, "shares.top.value.red.value", "2.0 is not above 0 and at most 1"),
        ({"code": "12"}, "code", "is not small letters"),
        ({"origin": {"x": 2}}, "origin.x", "2.0 is not between 0 and 1"),
        ({"origin": {}}, "origin.x", "Missing data for required field"),
        ({"points": [{"x": 0.5}]}, "points.0", "is on the diagonal"),
        ({"named": {"a": {"x": 0, "z": 1}}}, "named.a.value.z", "Unknown field"),
        ({"size": 1}, "size", "Unknown field"),
    ],
)
def test_wrong_value_is_reported_with_its_path(values: dict, path: str, message: str) -> None:
    assert messages(**values) == {path: message}


def test_all_wrong_values_are_reported() -> None:
    assert messages(scale=0, colour="green", origin={"x": 2}).keys() == {"scale", "colour", "origin.x"}


def test_field_for_another_schema_is_optional_and_not_nullable() -> None:
    derived = optional_field(Drawing, "scale", {**FIELD_TYPES, float: fields.Decimal})
    assert isinstance(derived, fields.Decimal)
    assert derived.metadata == {"description": "factor", "example": 2.0}
    assert (derived.required, derived.allow_none) == (False, False)
    (bounds,) = derived.validators
    assert isinstance(bounds, validate.Range) and (bounds.min, bounds.min_inclusive) == (0, False)


def test_example_is_the_default_unless_declared() -> None:
    assert optional_field(Drawing, "colour").metadata["example"] == "red"


def test_allowed_values_are_described_in_words() -> None:
    words = {value.name: value.allowed_values for value in declared_values(Drawing)}
    assert words == {
        "name": "length at least 2",
        "scale": "above 0",
        "visible": "",
        "colour": "one of red, blue",
        "layers": "at least 1; not empty; no repeated items",
        "shares": "above 0 and at most 1; keys red, blue",
        "code": "small letters",
        "points": "",
        "named": "",
    }


def test_types_are_described_in_words() -> None:
    assert type_name(float | None) == "number or null"
    assert type_name(list[Point]) == "list of mapping"
    assert type_name(dict[str, dict[str, int]]) == "mapping of string to mapping of string to integer"


def test_nested_dataclass_is_found_in_containers() -> None:
    assert [nested_dataclass(hint) for hint in (Point, list[Point], dict[str, Point], list[int])] == [Point] * 3 + [
        None
    ]


def test_documentation_tables_are_those_of_the_declarations() -> None:
    command = [sys.executable, "docs/write_tables.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
