"""Declared values: a dataclass field holds the type, default, bounds and description of a setting or a parameter.

Everything else is derived from the declaration: the marshmallow schema that checks a document, single fields of other
schemas, and the texts of the documentation tables.
"""

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from marshmallow import Schema, ValidationError, fields, post_load, validate

FieldTypes = Mapping[type, type[fields.Field[Any]]]
"""The class of marshmallow field that reads each type of value."""

FIELD_TYPES: FieldTypes = {int: fields.Integer, float: fields.Float, bool: fields.Boolean, str: fields.String}
TYPE_NAMES = {int: "integer", float: "number", bool: "boolean", str: "string", Any: "value"}
RULE = "rule"
"""The key of a `Rule` in the metadata of a dataclass field."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The description of a declared value, and the restrictions on it.

    The bounds `ge`, `gt`, `le`, `lt` apply to numbers: the value itself, the items of a list or the values of a
    mapping. `choices` apply to strings: the value itself, the items of a list or the innermost keys of a mapping.
    `min_length` counts characters of a string or items of a list. `unique` forbids repeated items. A string must match
    the regular expression `pattern`; `form` is the same for people. The value of a `secret` is not shown in errors.
    """

    description: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    choices: Sequence[str] | None = None
    min_length: int | None = None
    unique: bool = False
    pattern: str | None = None
    form: str | None = None
    secret: bool = False
    example: Any = None

    @property
    def bounds(self) -> str:
        """The bounds in words, such as "above 0 and at most 1"; empty without bounds."""
        if self.ge is not None and self.le is not None:
            return f"between {self.ge} and {self.le}"
        limits = {"at least": self.ge, "above": self.gt, "at most": self.le, "below": self.lt}
        return " and ".join(f"{words} {limit}" for words, limit in limits.items() if limit is not None)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One declared value: name, type, default and rule. `default` is `dataclasses.MISSING` if the value is required."""

    name: str
    type: Any
    default: Any
    rule: Rule

    @property
    def allowed_values(self) -> str:
        """All restrictions in words; empty without any."""
        rule, (hint, _) = self.rule, _without_none(self.type)
        parts = [
            rule.bounds,
            f"{'keys' if get_origin(hint) is dict else 'one of'} {', '.join(rule.choices)}" if rule.choices else "",
            rule.form or "",
            "not empty" if rule.min_length == 1 else f"length at least {rule.min_length}" if rule.min_length else "",
            "no repeated items" if rule.unique else "",
        ]
        return "; ".join(part for part in parts if part)


def declare(description: str, *, default: Any = dataclasses.MISSING, **restrictions: Any) -> Any:
    """Return a dataclass field with a description and the `restrictions` of a `Rule`. It is required without a default.

    Each instance gets a copy of the default of its own.
    """
    metadata = {RULE: Rule(description=description, **restrictions)}
    if isinstance(default, list | dict):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def declared_values(declaring: type) -> Iterator[Declaration]:
    """Yield the declarations of a dataclass in order. Fields without a rule, such as sections, are skipped."""
    hints = get_type_hints(declaring)
    for field in dataclasses.fields(declaring):
        if RULE in field.metadata:
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            yield Declaration(name=field.name, type=hints[field.name], default=default, rule=field.metadata[RULE])


class DeclaredSchema(Schema):
    """A schema derived from the dataclass `declaring`; it loads an instance of that dataclass."""

    declaring: ClassVar[type]

    @post_load
    def build(self, values: dict[str, Any], **_: Any) -> Any:
        """Return the instance. A ValueError of its `__post_init__` is an error of the whole document."""
        try:
            return self.declaring(**values)
        except ValueError as error:
            raise ValidationError(str(error)) from error


def schema_of(declaring: type, types: FieldTypes = FIELD_TYPES) -> type[DeclaredSchema]:
    """Return the schema of a dataclass. It refuses unknown keys, and wrong values with a message for each."""
    hints = get_type_hints(declaring)
    by_name: dict[str, Any] = {}
    for field in dataclasses.fields(declaring):
        required = field.default is field.default_factory is dataclasses.MISSING
        by_name[field.name] = _field(hints[field.name], field.metadata.get(RULE), types, required=required)
    schema: Any = DeclaredSchema.from_dict(by_name, name=f"{declaring.__name__}Schema")
    schema.declaring = declaring
    return schema


def optional_field(declaring: type, name: str, types: FieldTypes = FIELD_TYPES) -> fields.Field[Any]:
    """Return a field for another schema: the value may be left out, and if it is given it may not be null.

    The description and an example are in its metadata.
    """
    declaration = next(value for value in declared_values(declaring) if value.name == name)
    rule, (hint, _) = declaration.rule, _without_none(declaration.type)
    example = declaration.default if rule.example is None else rule.example
    metadata = {"description": rule.description, "example": example} | ({"uniqueItems": True} if rule.unique else {})
    return _field(hint, rule, types, metadata=metadata)


def error_messages(error: ValidationError) -> dict[str, str]:
    """Return the message for each wrong value by its dotted path, such as `fit.epochs`.

    Messages have no full stop at the end. The path of the whole document is the empty string.
    """

    def flatten(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if isinstance(messages, Mapping):
            for key, nested in messages.items():
                yield from flatten(nested, path if key == "_schema" else (*path, str(key)))
        else:
            yield ".".join(path), " ".join(map(str, messages)).removesuffix(".")

    return dict(flatten(error.normalized_messages(), ()))


def type_name(hint: Any) -> str:
    """Return the type of a value in words, such as "list of integer" or "string or null"."""
    hint, nullable = _without_none(hint)
    if get_origin(hint) is list:
        name = f"list of {type_name(get_args(hint)[0])}"
    elif get_origin(hint) is dict:
        name = f"mapping of string to {type_name(get_args(hint)[1])}"
    else:
        name = TYPE_NAMES.get(hint, "mapping" if dataclasses.is_dataclass(hint) else "string")
    return f"{name} or null" if nullable else name


def nested_dataclass(hint: Any) -> type | None:
    """Return the dataclass that a type is, or that its items or values are; None if there is none."""
    hint, _ = _without_none(hint)
    if get_origin(hint) in (list, dict):
        return nested_dataclass(get_args(hint)[-1])
    return hint if isinstance(hint, type) and dataclasses.is_dataclass(hint) else None


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return the type without `| None`, and whether it had that. There are no other unions."""
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    (inner,) = (argument for argument in get_args(hint) if argument is not NoneType)
    return inner, True


def _field(hint: Any, rule: Rule | None, types: FieldTypes, **options: Any) -> fields.Field[Any]:
    """Return the marshmallow field of a type, with the validators of the rule at the place that they apply to."""
    hint, nullable = _without_none(hint)
    options |= {"allow_none": True} if nullable else {}
    rule = rule or Rule(description="")
    if get_origin(hint) is dict:
        values = get_args(hint)[1]
        innermost = get_origin(values) is not dict
        keys = fields.String(validate=_choices(rule) if innermost else [])
        inside = dataclasses.replace(rule, choices=None) if innermost else rule
        return fields.Dict(keys, _field(values, inside, types), **options)
    if get_origin(hint) is list:
        return fields.List(_field(get_args(hint)[0], _item_rule(rule), types), validate=_lengths(rule), **options)
    if nested := nested_dataclass(hint):
        return fields.Nested(schema_of(nested, types), **options)
    if hint is Any:
        return fields.Raw(**options)
    validators = _bounds(rule) if hint in (int, float) else _choices(rule) + _pattern(rule) + _lengths(rule)
    return types[hint](validate=validators if hint is not bool else [], **options)


def _item_rule(rule: Rule) -> Rule:
    """Return the part of the rule of a list that applies to its items."""
    return dataclasses.replace(rule, min_length=None, unique=False)


def _bounds(rule: Rule) -> list[validate.Validator]:
    if not rule.bounds:
        return []
    return [
        validate.Range(
            min=rule.gt if rule.ge is None else rule.ge,
            max=rule.lt if rule.le is None else rule.le,
            min_inclusive=rule.gt is None,
            max_inclusive=rule.lt is None,
            error=f"{{input}} is not {rule.bounds}.",
        )
    ]


def _choices(rule: Rule) -> list[validate.Validator]:
    return [validate.OneOf(rule.choices, error="{input!r} is none of: {choices}.")] if rule.choices else []


def _pattern(rule: Rule) -> list[validate.Validator]:
    shown = "is" if rule.secret else "{input!r} is"
    return [validate.Regexp(rule.pattern, error=f"{shown} not {rule.form}.")] if rule.pattern else []


def _lengths(rule: Rule) -> list[Any]:
    validators: list[Any] = []
    if rule.min_length:
        error = "is empty." if rule.min_length == 1 else "is shorter than {min}."
        validators.append(validate.Length(min=rule.min_length, error=error))
    return [*validators, _require_unique] if rule.unique else validators


def _require_unique(items: Iterable[Any]) -> None:
    """Raise ValidationError if an item comes more than once."""
    items = list(items)
    if repeated := sorted({str(item) for item in items if items.count(item) > 1}):
        raise ValidationError(f"has {', '.join(repeated)} more than once.")
