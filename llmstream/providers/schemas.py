"""The schema of a tool's parameters, in the form that every provider takes.

Tool servers send any JSON Schema, and some none; providers want an object at the top, without
alternatives or references. What a schema says of its properties stays as it is, where it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 12
_MOST = 2_000  # schemas inside one another, after their references are resolved
_DROPPED = frozenset({"$schema", "$id", "$comment", "$anchor", "$defs", "definitions"})
_INSIDE_ALL = ("properties", "patternProperties", "dependentSchemas")
_INSIDE_LIST = ("oneOf", "anyOf", "allOf", "prefixItems")
_INSIDE = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
_PLAIN = ("type", "description", "enum", "items")


def accepted(parameters: object) -> dict[str, Any]:
    """The schema as an object at the top. Where there is none, one without properties.

    References are put where they stand; one that leads to itself allows anything.
    """
    if not isinstance(parameters, Mapping):
        return {"type": "object", "properties": {}}
    found = _Resolving(parameters).schema(parameters, 0)
    schema = found if isinstance(found, dict) else {}
    for word in ("allOf", "anyOf", "oneOf"):
        if word in schema:
            schema = _merged(schema, word)
    schema["type"] = "object"
    properties = schema.get("properties")
    schema["properties"] = properties if isinstance(properties, dict) else {}
    if "required" in schema:
        required = _names(schema["required"])
        schema["required"] = [name for name in required if name in schema["properties"]]
    return schema


def simplest(parameters: object) -> dict[str, Any]:
    """Only the names of the properties, with type and description, for those who refuse more."""
    schema = accepted(parameters)
    return {
        "type": "object",
        "properties": {name: _plain(value) for name, value in schema["properties"].items()},
        "required": schema.get("required", []),
    }


def _plain(schema: object) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        return {"type": "string"}
    kept = {word: schema[word] for word in _PLAIN if word in schema}
    if not isinstance(kept.get("type"), str):
        kept["type"] = "string"
    if kept["type"] == "array":
        kept["items"] = _plain(kept.get("items"))
    else:
        kept.pop("items", None)
    return kept


def _merged(schema: dict[str, Any], word: str) -> dict[str, Any]:
    """All properties of the alternatives; required is what each of them requires."""
    written = schema.pop(word)
    listed = written if isinstance(written, list) else []
    branches = [branch for branch in listed if isinstance(branch, dict)]
    wanted = [set(_names(branch.get("required"))) for branch in branches]
    if word == "allOf":
        required = set().union(*wanted)
    else:
        required = set.intersection(*wanted) if wanted else set()
    properties: dict[str, Any] = {}
    for part in (schema, *branches):
        own = part.get("properties")
        for name, value in (own if isinstance(own, dict) else {}).items():
            properties.setdefault(name, value)
    merged = {**schema, "properties": properties}
    if required := required | set(_names(schema.get("required"))):
        merged["required"] = sorted(required)
    return merged


def _names(required: object) -> list[str]:
    names = required if isinstance(required, list) else []
    return [name for name in names if isinstance(name, str)]


class _Resolving:
    """Puts what references lead to in their place."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = _MOST

    def schema(self, schema: object, depth: int, seen: frozenset[str] = frozenset()) -> Any:
        self._left -= 1
        if not isinstance(schema, Mapping):
            return schema if isinstance(schema, bool) and depth else {}
        if depth > _DEEPEST or self._left < 0:
            return {}
        if "$ref" in schema:
            beside = {word: value for word, value in schema.items() if word != "$ref"}
            reference = str(schema["$ref"])
            if reference in seen:
                return self._inside(beside, depth, seen)
            target = self.schema(self._target(reference), depth, seen | {reference})
            return {
                **(target if isinstance(target, dict) else {}),
                **self._inside(beside, depth, seen),
            }
        return self._inside(schema, depth, seen)

    def _inside(
        self, schema: Mapping[str, Any], depth: int, seen: frozenset[str]
    ) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for word, value in schema.items():
            if word in _DROPPED:
                continue
            if word in _INSIDE_ALL and isinstance(value, Mapping):
                value = {name: self.schema(one, depth + 1, seen) for name, one in value.items()}
            elif word in _INSIDE_LIST and isinstance(value, list):
                value = [self.schema(one, depth + 1, seen) for one in value]
            elif word in _INSIDE and isinstance(value, Mapping):
                value = self.schema(value, depth + 1, seen)
            made[word] = value
        if made.get("type") == "array" and not {"items", "prefixItems"} & set(made):
            made["items"] = {}
        return made

    def _target(self, reference: str) -> object:
        """What a reference inside the same schema leads to; nothing for any other."""
        if not reference.startswith("#"):
            return {}
        found: object = self._root
        for part in reference[1:].split("/"):
            if part and isinstance(found, Mapping):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {})
        return found
