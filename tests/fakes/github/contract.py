"""GitHub's own description of its API: every request we make and every answer the fake gives is held against it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[3]
DESCRIPTION = ROOT / ".cache" / "node" / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
PLACEHOLDER = re.compile(r"(\{[^}]+\})")
BASIC_ERROR = {"$ref": "#/components/schemas/basic-error"}
"""What GitHub says with any error that an operation does not list, like 403 for a missing right."""
SOME_TIME = "2026-03-01T12:00:00Z"
BY_FORMAT = {"uri": "https://example.invalid/", "date-time": SOME_TIME, "email": "a@example.invalid"}
BY_TYPE: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": [], "string": "", "null": None}


class Contract:
    """The description. Faults are told in words; an empty list means that all is as GitHub says."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = json_schema(description)
        resource = Resource(contents=self._description, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:github", resource)
        self._checkers: dict[str, Any] = {}
        self._routes = _routes(self._description["paths"])

    def operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any], list[Mapping[str, Any]]] | None:
        """Return the template, the operation and its parameters for a request; None for one that GitHub has not."""
        for pattern, template, item in self._routes:
            if method.lower() in item and pattern.fullmatch(path):
                found = item[method.lower()]
                parameters = [
                    self._resolved(each) for each in (*item.get("parameters", ()), *found.get("parameters", ()))
                ]
                return template, found, parameters
        return None

    def request(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """Return what is wrong with a request; a name that the description does not know is wrong."""
        found = self.operation(method, path)
        if found is None:
            return [f"{method} {path}: there is no such operation"]
        template, operation, parameters = found
        known = {each["name"]: each for each in parameters if each["in"] == "query"}
        faults = [f"query {name}: unknown" for name in query if name not in known]
        for name in query.keys() & known.keys():
            schema = known[name].get("schema", {})
            faults += self._faults(schema, _typed(query[name], self._resolved(schema).get("type")), f"query {name}")
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None and body is not None:
            faults.append("body: none is described")
        if schema is not None and (body is not None or operation["requestBody"].get("required")):
            faults += self._faults(schema, {} if body is None else body, "body")
            described = self._resolved(schema).get("properties", {})
            faults += [f"body {name}: unknown" for name in body or () if described and name not in described]
        return [f"{method} {template}: {fault}" for fault in faults]

    def answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer of the fake's; only errors may be others than the operation lists."""
        if status < 300 and not self._answers(method, path).get(str(status)):
            return [f"{method} {path} {status}: not described"]
        schema = self._answer_schema(method, path, status)
        return (
            []
            if schema is None
            else [f"{method} {path} {status}: {fault}" for fault in self._faults(schema, body, "answer")]
        )

    def filled(self, method: str, path: str, status: int, values: Any) -> Any:
        """Return an answer with everything that the description requires, and `values` over it."""
        schema = self._answer_schema(method, path, status)
        return values if schema is None else self._fill(schema, values)

    def _answer_schema(self, method: str, path: str, status: int) -> Any:
        answer = self._resolved(self._answers(method, path).get(str(status), {}))
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        return BASIC_ERROR if schema is None and status >= 300 else schema

    def _answers(self, method: str, path: str) -> Any:
        found = self.operation(method, path)
        return found[1]["responses"] if found else {}

    def _fill(self, schema: Any, values: Any) -> Any:
        """Fill one value."""
        schema = self._chosen(schema, values)
        if isinstance(values, list):
            return [self._fill(schema.get("items", {}), each) for each in values]
        if not isinstance(values, dict):
            return values
        properties = schema.get("properties", {})
        filled = {name: self._fill(properties.get(name, {}), value) for name, value in values.items()}
        for name in schema.get("required", ()):
            if name not in filled:
                filled[name] = self._smallest(properties.get(name, {}))
        return filled

    def _chosen(self, schema: Any, values: Any) -> Any:
        """Return the alternative that a value is meant for."""
        schema = self._resolved(schema)
        for word in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(word, ()):
                resolved = self._resolved(each)
                named = set(resolved.get("properties", {}))
                if not isinstance(values, dict) or set(values) <= named:
                    return self._chosen(each, values)
        return schema

    def _smallest(self, schema: Any) -> Any:
        """Return some value that fits."""
        schema = self._resolved(schema)
        kinds = schema.get("type", "object")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if (
            "null" in kinds
            or {"type": "null"} in schema.get("anyOf", ())
            or {"type": "null"} in schema.get("oneOf", ())
        ):
            return None
        for word in ("anyOf", "oneOf", "allOf"):
            if word in schema:
                return self._smallest(schema[word][0])
        if "enum" in schema:
            return schema["enum"][0]
        if kinds[0] == "object":
            return self._fill(schema, {})
        return BY_FORMAT.get(schema.get("format", ""), BY_TYPE[kinds[0]])

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            node: Any = self._description
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema

    def _faults(self, schema: Any, value: Any, where: str) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._checkers:
            absolute = json.loads(key.replace('"#/', '"urn:github#/'))
            self._checkers[key] = jsonschema.Draft202012Validator(absolute, registry=self._registry)
        return [f"{where}{each.json_path[1:]}: {each.message[:160]}" for each in self._checkers[key].iter_errors(value)]


def _routes(paths: Mapping[str, Any]) -> list[tuple[re.Pattern[str], str, Any]]:
    """Return the paths, those with fewer placeholders first: `comments/{id}` before `{number}/comments`."""
    ordered = sorted(paths, key=lambda path: path.count("{"))
    return [(re.compile(_pattern(path)), path, paths[path]) for path in ordered]


def _pattern(path: str) -> str:
    parts = PLACEHOLDER.split(path)
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts)


def _typed(value: str, kind: object) -> object:
    if kind == "integer" and value.isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value


def json_schema(description: Any) -> Any:
    """Turn OpenAPI's `nullable` into JSON Schema."""
    if isinstance(description, list):
        return [json_schema(each) for each in description]
    if not isinstance(description, dict):
        return description
    schema = {name: json_schema(value) for name, value in description.items() if name != "nullable"}
    if description.get("nullable") is True:
        if isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                schema[word] = [*schema[word], {"type": "null"}]
        if "allOf" in schema:
            schema["anyOf"] = [{"allOf": schema.pop("allOf")}, {"type": "null"}]
    return schema


@cache
def github() -> Contract:
    """Return GitHub's description, as npm's `@octokit/openapi` brings it; `make setup` fetches it."""
    if not DESCRIPTION.exists():
        raise AssertionError(f"{DESCRIPTION} is missing: run `make setup`")
    return Contract(json.loads(DESCRIPTION.read_bytes()))
