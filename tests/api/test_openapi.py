"""docs/openapi.yaml is true: every documented route answers as it says, and there is no other."""
import os
import re

import jsonschema
import pytest
import yaml

from gateway import ROOT
from jobrows import drop_job, put_job
from native import PROBLEM, Native, segment

DOCUMENT = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
METHODS = ("get", "put", "post", "delete", "patch")
JSON = "application/json"
JOB = os.urandom(12).hex()


def resolve(node):
    while isinstance(node, dict) and "$ref" in node:
        found = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


OPERATIONS = [
    pytest.param(method.upper(), path, id=item[method]["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method in METHODS
    if method in item
]


def operation(method, path):
    return DOCUMENT["paths"][path][method.lower()]


def body_of(method, path):
    """The schema and the example of a request's body; (None, None) when it takes none."""
    body = operation(method, path).get("requestBody")
    if body is None:
        return None, None
    content = body["content"][JSON]
    example = content.get("example", resolve(content["schema"]).get("example"))
    assert example is not None, f"{method} {path} has no example"
    return content["schema"], example


def check(schema, value):
    root = {"components": DOCUMENT["components"], "allOf": [schema]}
    jsonschema.validate(value, root, jsonschema.Draft202012Validator)


def is_valid(schema, value):
    try:
        check(schema, value)
    except jsonschema.ValidationError:
        return False
    return True


def undocumented(schema, value, place=""):
    """Members that the schema does not name, wherever it names members at all."""
    schema = resolve(schema)
    for one in schema.get("oneOf", []):
        if is_valid(one, value):
            yield from undocumented(one, value, place)
    if isinstance(value, list):
        for i, element in enumerate(value):
            yield from undocumented(schema.get("items", {}), element, f"{place}[{i}]")
    if isinstance(value, dict) and "properties" in schema:
        for key, member in value.items():
            if key not in schema["properties"]:
                yield f"{place}.{key}"
            else:
                yield from undocumented(schema["properties"][key], member, f"{place}.{key}")


def check_answer(method, path, answer):
    """By the schema of its status, or of `default`."""
    responses = operation(method, path)["responses"]
    response = resolve(responses.get(str(answer.status), responses["default"]))
    content = response.get("content")
    if content is None:
        assert answer.body == b"" and "content-type" not in answer.headers
        return
    assert answer.headers["content-type"] in content
    schema = content[answer.headers["content-type"]].get("schema")
    if schema is not None:
        check(schema, answer.json)
        assert list(undocumented(schema, answer.json)) == []
    for name in response.get("headers", {}):
        assert name in answer.headers


def target(path, name, point=1, key="word"):
    path = path.replace("{collection}", segment(name)).replace("{id}", segment(point)).replace("{tenant}", segment(name))
    return path.replace("{key}", segment(key)).replace("{job}", JOB)


def made_for(method, path, words):
    """The example's body, with the names of this test's own collection and of what it makes."""
    example = body_of(method, path)[1]
    if operation(method, path)["operationId"] == "createCollection":
        return example | {"name": words + "-two"}
    if operation(method, path)["operationId"] == "changeAliases":
        return {"actions": [{"create": {"alias": words + "-too", "collection": words}}]}
    return example


@pytest.fixture(autouse=True)
def a_job(gateway):
    """One that waits, for the paths of one job."""
    drop_job(gateway, JOB)
    put_job(gateway, id=JOB)


@pytest.fixture
def api(gateway):
    return Native(gateway)


@pytest.fixture
def words(api, fresh_name):
    """The collection of the examples, under a fresh name, with the example's points in it. Its
    aliases go with it."""
    create, upsert = "/v1/collections", "/v1/collections/{collection}/points"
    api.good("POST", create, body_of("POST", create)[1] | {"name": fresh_name}, 201)
    api.good("PUT", target(upsert, fresh_name), body_of("PUT", upsert)[1])
    yield fresh_name
    api.call("DELETE", f"/v1/collections/{fresh_name}")


# --- the document --------------------------------------------------------------------------------


def test_every_reference_leads_somewhere_and_every_schema_is_one():
    for ref in set(re.findall(r'\$ref: "([^"]+)"', (ROOT / "docs" / "openapi.yaml").read_text())):
        assert resolve({"$ref": ref}), ref
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        if "example" in schema:
            check(schema, schema["example"])


def test_it_is_what_the_gateway_serves(api):
    assert api.call("GET", "/openapi.yaml").body == (ROOT / "docs" / "openapi.yaml").read_bytes()


# --- every documented route ----------------------------------------------------------------------


@pytest.mark.parametrize("method,path", OPERATIONS)
def test_a_documented_route_does_what_it_says(api, words, method, path):
    schema, example = body_of(method, path)
    if example is not None:
        check(schema, example)
    answer = api.call(method, target(path, words), made_for(method, path, words))
    assert 200 <= answer.status < 300, answer
    assert str(answer.status) in operation(method, path)["responses"], "its status is documented"
    check_answer(method, path, answer)
    api.call("DELETE", f"/v1/collections/{words}-two")


@pytest.mark.parametrize("method,path", OPERATIONS)
def test_a_parameter_that_is_not_documented_is_refused(api, words, method, path):
    answer = api.call(method, target(path, words) + "?nope=1", body_of(method, path)[1])
    assert answer.status == 400 and answer.headers["content-type"] == PROBLEM
    check_answer(method, path, answer)


@pytest.mark.parametrize("method,path", OPERATIONS)
def test_the_documented_timeout_is_taken_where_it_is_documented(api, words, method, path):
    documented = any(resolve(p)["name"] == "timeout" for p in DOCUMENT["paths"][path].get("parameters", []))
    answer = api.call(method, target(path, words) + "?timeout=20", made_for(method, path, words))
    assert (200 <= answer.status < 300) == documented, answer
    api.call("DELETE", f"/v1/collections/{words}-two")


@pytest.mark.parametrize("method,path", [o for o in OPERATIONS if body_of(*o.values)[0]])
def test_a_field_that_is_not_documented_is_refused(api, words, method, path):
    schema, example = body_of(method, path)
    assert not is_valid(schema, example | {"nope": 1}), "the schema says so too"
    answer = api.call(method, target(path, words), example | {"nope": 1})
    assert answer.status == 400 and answer.json["field"] == "nope"
    check_answer(method, path, answer)


@pytest.mark.parametrize("method,path", [o for o in OPERATIONS if body_of(*o.values)[0]])
def test_every_documented_field_is_known(api, words, method, path):
    """Given as null, which counts as not given: what is needed is missed, what is not is taken."""
    schema = resolve(body_of(method, path)[0])
    for name in schema["properties"]:
        answer = api.call(method, target(path, words), body_of(method, path)[1] | {name: None})
        if answer.status >= 400:
            assert "unknown field" not in answer.json["detail"], answer
            check_answer(method, path, answer)


@pytest.mark.parametrize("method,path", [o for o in OPERATIONS if "{collection}" in o.values[1]])
def test_an_unknown_collection_is_answered_as_documented(api, fresh_name, method, path):
    answer = api.call(method, target(path, fresh_name), body_of(method, path)[1])
    assert answer.status == 404
    check_answer(method, path, answer)


def test_bodies_documented_as_not_required_are_not(api, words):
    for param in OPERATIONS:
        method, path = param.values
        body = operation(method, path).get("requestBody")
        if body is not None and "{collection}" in path:
            answer = api.call(method, target(path, words))
            assert (answer.status == 400) == body["required"], answer


# --- and no other --------------------------------------------------------------------------------


def listed_routes():
    """The native API's rows of docs/routes.md, which is written by the binary."""
    text = (ROOT / "docs" / "routes.md").read_text()
    section = text.split("## Native API")[1].split("\n## ")[0]
    return set(re.findall(r"^\| (\w+) \| `([^`]+)` \|", section, re.MULTILINE))


def test_no_route_is_left_out():
    assert {param.values for param in OPERATIONS} == listed_routes()


def documented_methods(place):
    """Of every pattern that the place fits: `points/get` is also a point whose id is `get`."""
    patterns = {path: re.sub(r"{\w+}", "[^/]+", path) for path in DOCUMENT["paths"]}
    fitting = [DOCUMENT["paths"][path] for path, pattern in patterns.items() if re.fullmatch(pattern, place)]
    return {method.upper() for item in fitting for method in METHODS if method in item}


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_no_method_is_left_out(api, words, path):
    place = target(path, words)
    answer = api.call("PROPFIND", place)
    assert answer.status == 405, answer
    allowed = {method.strip() for method in answer.headers["allow"].split(",")}
    assert allowed - {"HEAD", "OPTIONS"} == documented_methods(place)
    check(DOCUMENT["components"]["schemas"]["Problem"], answer.json)
