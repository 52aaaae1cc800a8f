"""Schemas of tools, whatever a tool server has sent, in a form that every provider takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmstream.providers.schemas import accepted, simplest

STRING = {"type": "string"}


@pytest.mark.parametrize("schema", [None, True, [], "object", 7, {}, {"type": "object"}])
def test_what_is_no_schema_of_an_object_has_no_properties(schema: Any):
    assert accepted(schema) == {"type": "object", "properties": {}}


@pytest.mark.parametrize("word", ["oneOf", "anyOf"])
def test_alternatives_at_the_top_become_one_object(word: str):
    branches = [
        {"properties": {"id": STRING, "x": STRING}, "required": ["id", "x"]},
        {"properties": {"id": STRING, "y": STRING}, "required": ["id", "y"]},
    ]
    assert accepted({"type": "object", word: branches}) == {
        "type": "object",
        "properties": {"id": STRING, "x": STRING, "y": STRING},
        "required": ["id"],
    }


def test_parts_at_the_top_are_put_together():
    parts = [{"properties": {"x": STRING}, "required": ["x"]}, {"properties": {"y": STRING}}]
    schema = accepted({"allOf": parts, "properties": {"z": STRING}, "required": ["z"]})
    assert set(schema["properties"]) == {"x", "y", "z"}
    assert schema["required"] == ["x", "z"]


def test_references_are_put_where_they_stand():
    schema = accepted(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"place": {"$ref": "#/$defs/a~1b", "description": "where"}},
            "$defs": {"a/b": {"type": "object", "properties": {"name": STRING}}},
        }
    )
    place = {"type": "object", "properties": {"name": STRING}, "description": "where"}
    assert schema == {"type": "object", "properties": {"place": place}}


def test_a_reference_to_itself_ends():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}
    schema = accepted({"properties": {"n": {"$ref": "#/$defs/n"}}, "$defs": {"n": node}})
    assert "$ref" not in json.dumps(schema)


def test_references_that_multiply_are_bounded():
    definitions: dict[str, Any] = {
        f"d{n}": {"properties": {c: {"$ref": f"#/$defs/d{n + 1}"} for c in "abcdefgh"}}
        for n in range(12)
    }
    schema = accepted({"properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": definitions})
    assert len(json.dumps(schema)) < 200_000


def test_a_list_says_what_is_in_it():
    assert accepted({"properties": {"x": {"type": "array"}}})["properties"] == {
        "x": {"type": "array", "items": {}}
    }


def test_only_properties_that_are_there_are_required():
    assert accepted({"properties": {"x": STRING}, "required": ["x", "y"]})["required"] == ["x"]


def test_the_simplest_form_has_names_types_and_descriptions():
    schema = {
        "properties": {
            "x": {"type": ["string", "null"], "description": "d", "pattern": "^a"},
            "y": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        }
    }
    assert simplest(schema)["properties"] == {
        "x": {"type": "string", "description": "d"},
        "y": {"type": "array", "items": {"type": "integer"}},
    }


WORDS = st.sampled_from(
    [
        *("type", "properties", "items", "oneOf", "anyOf", "allOf", "required", "$ref", "$defs"),
        *("additionalProperties", "not", "enum", "a", "b"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["object", "array", "string", "#", "#/$defs/a", "#/properties/a", "a"]),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(WORDS, inside, max_size=5),
    max_leaves=40,
)


@given(VALUES)
@example({"required": [[]]})
def test_any_json_becomes_an_object_that_every_provider_takes(value: Any):
    for schema in (accepted(value), simplest(value)):
        assert schema["type"] == "object"
        assert isinstance(schema["properties"], dict)
        assert not {"oneOf", "anyOf", "allOf", "$ref", "$schema", "$defs"} & set(schema)
        assert set(schema.get("required", [])) <= set(schema["properties"])
        json.dumps(schema)
