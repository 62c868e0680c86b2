"""Where Qdrant's Python client in its in-process mode (1.14.3) answers otherwise than FACTS 7: the one
list, by name. What an entry's `meets` finds in a condition and a payload is not compared with the
client; each has its proof, a least case and what FACTS answers.
"""
import re
from dataclasses import dataclass
from typing import Any, Callable

from qdrant_client.local.datetime_utils import parse as client_date
from qdrant_client.local.json_path_parser import JsonPathItemType, parse_json_path

# The forms that FACTS 7 lists; days that no month has are in both, and nobody takes them.
LISTED_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?| \d\d:\d\d)?", re.I)


# ---- the values of a path, as FACTS 7 has them ----

def steps(key, cache={}):
    if key not in cache:
        cache[key] = parse_json_path(key)
    return cache[key]


def follow(data, path):
    if not path:
        yield data
        return
    step, rest = path[0], path[1:]
    if step.item_type == JsonPathItemType.KEY:
        if isinstance(data, dict) and step.key in data:
            yield from follow(data[step.key], rest)
    elif isinstance(data, list):
        if step.item_type == JsonPathItemType.WILDCARD_INDEX:
            for one in data:
                yield from follow(one, rest)
        elif step.index < len(data):
            yield from follow(data[step.index], rest)


def values(payload, key):
    return list(follow(payload, steps(key)))


def elements(payload, key):
    found = []
    for value in values(payload, key):
        found.extend(value if isinstance(value, list) else [value])
    return found


def objects(payload, key):
    return [one for one in values(payload, key if key.endswith("[]") else key + "[]") if isinstance(one, dict)]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# ---- the differences: each looks at one condition and one payload (or nested object) ----

def operands(condition):
    match = condition.get("match", {})
    return [match["value"]] if "value" in match else match.get("any", match.get("except", []))


def equal_by_python(condition, payload):
    return "match" in condition and any(
        type(value) is not type(other) and value == other
        for value in elements(payload, condition["key"]) for other in operands(condition))


def null_excepted(condition, payload):
    return "except" in condition.get("match", {}) and None in elements(payload, condition["key"])


def brackets_last(condition, payload):
    tests = ("match", "range", "geo_radius", "geo_bounding_box", "geo_polygon")
    return (any(test in condition for test in tests) and condition["key"].endswith("]")
            and any(isinstance(value, list) for value in values(payload, condition["key"])))


def text_of_no_text(condition, payload):
    return "text" in condition.get("match", {}) and any(
        not isinstance(value, str) and value is not None for value in elements(payload, condition["key"]))


def is_date_range(condition):
    return any(isinstance(bound, str) for bound in condition.get("range", {}).values())


def bool_in_range(condition, payload):
    return "range" in condition and any(isinstance(value, bool) for value in elements(payload, condition["key"]))


def integer_beyond_float(condition, payload):
    return "range" in condition and any(
        isinstance(value, int) and int(float(value)) != value for value in elements(payload, condition["key"]))


def date_form(condition, payload):
    return is_date_range(condition) and any(
        (client_date(value) is None) == bool(LISTED_DATE.fullmatch(value))
        for value in elements(payload, condition["key"]) if isinstance(value, str))


def box_edge(condition, payload):
    box = condition.get("geo_bounding_box")
    return box is not None and any(
        place.get(axis) == box[corner][axis]
        for place in elements(payload, condition["key"]) if isinstance(place, dict)
        for corner in ("top_left", "bottom_right") for axis in ("lon", "lat"))


def no_place(condition, payload):
    return any(test.startswith("geo_") for test in condition) and any(
        not (is_number(place["lon"]) and abs(place["lon"]) <= 180 and is_number(place["lat"]) and abs(place["lat"]) <= 90)
        for place in elements(payload, condition["key"]) if isinstance(place, dict) and "lon" in place and "lat" in place)


def object_counted(condition, payload):
    return "values_count" in condition and any(
        isinstance(value, dict) and len(value) != 1 for value in values(payload, condition["key"]))


def bounds_by_themselves(condition, payload):
    return len(condition.get("values_count", {})) > 1 and len(values(payload, condition["key"])) > 1


def state_of_field(condition, payload):
    return "key" in condition and ("is_null" in condition or "is_empty" in condition)


def nested_without_array(condition, payload):
    nested = condition.get("nested")
    if not nested:
        return False
    theirs = elements(payload, nested["key"]) if not nested["key"].endswith("[]") else values(payload, nested["key"])
    return theirs != objects(payload, nested["key"])


def clause_empty(condition, payload):
    return condition.get("should") == [] or (
        condition.get("min_should", {}).get("conditions") == [])


def id_in_another_form(condition, payload):
    return any(isinstance(one, str) and one != one.lower() for one in condition.get("has_id", []))


def phrase_unknown(condition, payload):
    return "phrase" in condition.get("match", {})


@dataclass
class Difference:
    name: str
    facts: str  # the clause of FACTS 7
    meets: Callable[[dict, Any], bool]
    payload: dict
    filter: dict
    answer: bool  # by FACTS; the client says the opposite, or fails


def of(key, **test):
    return {"must": [{"key": key, **test}]}


DIFFERENCES = [
    Difference("a stored float equals an integer", "a stored float never equals (1.0 ≠ 1)", equal_by_python,
               {"a": 1.0}, of("a", match={"value": 1}), False),
    Difference("true equals 1", "equality of str, int or bool", equal_by_python,
               {"a": True}, of("a", match={"value": 1}), False),
    Difference("null is a value that is not excepted", "except: null element does not count", null_excepted,
               {"a": None}, of("a", match={"except": ["x"]}), False),
    Difference("a path that ends in brackets is not expanded", "a path ending on an array is expanded one level",
               brackets_last, {"a": [["x"]]}, of("a[]", match={"value": "x"}), True),
    Difference("a text is looked for in an object's names", "a wrong-typed value is a non-match", text_of_no_text,
               {"a": {"x": 1}}, of("a", match={"text": "x"}), False),
    Difference("a text looked for in a number is an error", "a wrong-typed value is never an error", text_of_no_text,
               {"a": 1}, of("a", match={"text": "x"}), False),
    Difference("true lies in a range", "range: numbers", bool_in_range, {"a": True}, of("a", range={"gt": 0}), False),
    Difference("integers beyond 2^53 are compared exactly", "range: numbers as f64", integer_beyond_float,
               {"a": 2**53 + 1}, of("a", range={"gt": 2**53}), False),
    Difference("a fraction has six digits at most", "[.f], microsecond precision", date_form,
               {"a": "2024-02-29T12:00:00.1234567Z"}, of("a", range={"gt": "2024-01-01T00:00:00Z"}), True),
    Difference("RFC 3339 has no small letters", "range: RFC 3339 strings (its section 5.6)", date_form,
               {"a": "2024-02-29t12:00:00z"}, of("a", range={"gt": "2024-01-01T00:00:00Z"}), True),
    Difference("numbers of a date may be short", "YYYY-MM-DD", date_form,
               {"a": "2024-2-29"}, of("a", range={"gt": "2024-01-01T00:00:00Z"}), False),
    Difference("T stands before minutes alone", "YYYY-MM-DD HH:MM", date_form,
               {"a": "2024-02-29T12:00"}, of("a", range={"gt": "2024-01-01T00:00:00Z"}), False),
    Difference("a box has its edges", "geo_bounding_box: strict inequalities", box_edge, {"a": {"lon": 1, "lat": 1}},
               of("a", geo_bounding_box={"top_left": {"lon": 1, "lat": 2}, "bottom_right": {"lon": 2, "lat": 0}}), False),
    Difference("places lie anywhere", "lon ∈ [−180,180], lat ∈ [−90,90]", no_place, {"a": {"lon": 361, "lat": 0}},
               of("a", geo_radius={"center": {"lon": 1, "lat": 0}, "radius": 1000}), False),
    Difference("a place of texts is an error", "a wrong-typed value is never an error", no_place,
               {"a": {"lon": "x", "lat": 0}}, of("a", geo_radius={"center": {"lon": 1, "lat": 0}, "radius": 9}), False),
    Difference("an object counts its members", "values_count: null → 0, array → length, other → 1", object_counted,
               {"a": {"x": 1, "y": 2}}, of("a", values_count={"gt": 1}), False),
    Difference("each bound of a count may be met by another value", "values_count: of a value", bounds_by_themselves,
               {"a": [{"b": []}, {"b": [1, 2]}]}, of("a[].b", values_count={"gte": 1, "lte": 1}), False),
    Difference("is_null as a field's condition is unknown", "{key, is_null:bool}: field forms", state_of_field,
               {"a": None}, of("a", is_null=True), True),
    Difference("is_empty as a field's condition is unknown", "{key, is_empty:bool}: field forms", state_of_field,
               {}, of("a", is_empty=True), True),
    Difference("an object is an array of one", "nested: some array element (object)", nested_without_array,
               {"a": {"b": 1}}, {"must": [{"nested": {"key": "a", "filter": of("b", match={"value": 1})}}]}, False),
    Difference("an element need not be an object", "nested: some array element (object)", nested_without_array,
               {"a": [1]}, {"must": [{"nested": {"key": "a", "filter": {
                   "must_not": [{"key": "b", "match": {"value": 1}}]}}}]}, False),
    Difference("an empty should is never met", "an empty list counts as absent", clause_empty,
               {}, {"should": []}, True),
    Difference("an id is its text", "§3: UUIDs in any form, any case", id_in_another_form,
               {}, {"must": [{"has_id": ["550E8400-E29B-41D4-A716-446655440000"]}]}, True),
    Difference("phrases are unknown", "[1.15] match:{phrase}", phrase_unknown,
               {"a": "b c"}, of("a", match={"phrase": "b c"}), True),
]
GEO = [brackets_last, no_place]
# Which of them a condition may meet, by the names in it.
LOOKS = {
    "match": [equal_by_python, null_excepted, brackets_last, text_of_no_text, phrase_unknown],
    "range": [brackets_last, bool_in_range, integer_beyond_float, date_form],
    "geo_bounding_box": [box_edge, *GEO], "geo_radius": GEO, "geo_polygon": GEO,
    "values_count": [object_counted, bounds_by_themselves],
    "is_null": [state_of_field], "is_empty": [state_of_field], "nested": [nested_without_array],
    "should": [clause_empty], "min_should": [clause_empty], "has_id": [id_in_another_form],
}
assert {one.meets for one in DIFFERENCES} == {meets for looks in LOOKS.values() for meets in looks}


def conditions(filter_):
    for name in ("must", "should", "must_not"):
        clause = filter_.get(name) or []
        yield from [clause] if isinstance(clause, dict) else clause
    yield from (filter_.get("min_should") or {}).get("conditions", [])


def is_filter(condition):
    return bool({"must", "should", "must_not", "min_should"} & set(condition)) or not condition


def difference(filter_, payload):
    """The name of a difference that the filter meets in the payload, or None."""
    for condition in [filter_, *conditions(filter_)]:
        for meets in [meets for name in condition for meets in LOOKS.get(name, [])]:
            if meets(condition, payload):
                return meets.__name__
        inside = None
        if condition is not filter_ and is_filter(condition):
            inside = difference(condition, payload)
        elif "nested" in condition:
            each = (difference(condition["nested"]["filter"], one)
                    for one in objects(payload, condition["nested"]["key"]) or [{}])
            inside = next(filter(None, each), None)
        if inside:
            return inside
    return None
