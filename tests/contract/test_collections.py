"""Collections, their aliases and their indexes: what is made is there, what is dropped is gone."""
import pytest

from api import Collection, ids


def test_a_collection_from_its_creation_to_its_end(api, make):
    c = make(vectors={"size": 3, "distance": "Cosine"})
    assert {"name": c.name} in api.good("GET", "/collections")["collections"]
    assert api.good("GET", f"{c.path}/exists") == {"exists": True}
    info = api.good("GET", c.path)
    assert info["config"]["params"]["vectors"] == {"size": 3, "distance": "Cosine"}
    assert (info["points_count"], info["payload_schema"]) == (0, {})
    assert api.good("DELETE", c.path) is True
    assert api.good("DELETE", c.path) is False
    assert api.good("GET", f"{c.path}/exists") == {"exists": False}
    assert {"name": c.name} not in api.good("GET", "/collections")["collections"]


def test_what_was_dropped_can_be_made_anew_and_is_empty(api, make):
    c = make()
    c.put({"id": 1, "vector": [1, 0]})
    api.good("DELETE", c.path)
    c.make(vectors={"size": 3, "distance": "Euclid"})
    assert c.count() == 0
    c.put({"id": 1, "vector": [1, 2, 3]})
    assert c.get(1, with_vector=True)[0]["vector"] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("distance", ["Cosine", "Dot", "Euclid", "Manhattan"])
def test_a_distance_is_kept_or_refused(api, make, distance):
    with api.needs(distance):
        c = make(vectors={"size": 2, "distance": distance})
        assert api.good("GET", c.path)["config"]["params"]["vectors"]["distance"] == distance


def test_the_same_over_the_native_api(api, fresh_name):
    path = f"/v1/collections/{fresh_name}"
    made = api.good("POST", "/v1/collections", {"name": fresh_name, "dimension": 2, "metric": "dot"}, 201)
    assert made == {"name": fresh_name, "dimension": 2, "metric": "Dot", "fields": []}
    assert api.good("GET", f"/collections/{fresh_name}/exists") == {"exists": True}, "both APIs see it"
    assert api.good("GET", path)["points"] == 0
    api.good("DELETE", path, status=204)
    api.wrong("GET", path, None, 404, f"Collection `{fresh_name}` doesn't exist!")


def test_names_in_any_letters(api, fresh_name):
    c = Collection(api, f"100%25%20W%C3%B6rter%20{fresh_name}")
    c.make(vectors={"size": 2, "distance": "Dot"})
    assert {"name": f"100% Wörter {fresh_name}"} in api.good("GET", "/collections")["collections"]
    c.put({"id": 1, "vector": [1, 0]})
    assert c.count() == 1
    assert api.good("DELETE", c.path) is True


def test_bfloat16_is_kept_or_refused(api, fresh_name):
    body = {"name": fresh_name, "dimension": 2, "quantization": {"type": "bfloat16"}}
    with api.needs("supports_bfloat16"):
        made = api.good("POST", "/v1/collections", body, 201)
        assert made["quantization"]["type"] == "bfloat16"
        api.good("DELETE", f"/v1/collections/{fresh_name}", status=204)


def test_settings_can_be_changed(api, make):
    c = make()
    if api.shares:
        text = "Bad request: this collection shares one of Qdrant's with others (vector.qdrant.isolation: filter), so its settings stay as they were when it was created"
        api.wrong("PATCH", c.path, {"hnsw_config": {"m": 24}}, 400, text)
        return
    assert api.good("PATCH", c.path, {"hnsw_config": {"m": 24}}) is True
    assert api.good("GET", c.path)["config"]["hnsw_config"]["m"] == 24


# --- aliases -------------------------------------------------------------------------------------


def change_aliases(api, *actions):
    assert api.good("POST", "/collections/aliases", {"actions": list(actions)}) is True


def test_an_alias_is_another_name(api, make):
    one, two = make(), make()
    one.put({"id": 1, "vector": [1, 0]})
    two.put({"id": 2, "vector": [1, 0]})
    name, other = f"{one.name}-alias", f"{one.name}-moved"
    alias = Collection(api, name)
    change_aliases(api, {"create_alias": {"collection_name": one.name, "alias_name": name}})
    assert alias.ids() == [1] and ids(alias.query([1, 0])) == [1]
    alias.put({"id": 7, "vector": [0, 1]})
    assert one.ids() == [1, 7]
    listed = api.good("GET", f"{one.path}/aliases")["aliases"]
    assert listed == [{"alias_name": name, "collection_name": one.name}]
    change_aliases(
        api,
        {"delete_alias": {"alias_name": name}},
        {"create_alias": {"collection_name": two.name, "alias_name": name}},
    )
    assert alias.ids() == [2]
    change_aliases(api, {"rename_alias": {"old_alias_name": name, "new_alias_name": other}})
    assert Collection(api, other).ids() == [2]
    api.wrong("POST", f"{alias.points}/count", {}, 404, f"Not found: Collection `{name}` doesn't exist!")
    change_aliases(api, {"delete_alias": {"alias_name": other}})
    assert api.good("GET", f"{two.path}/aliases")["aliases"] == []


def test_of_several_alias_changes_all_are_made_or_none(api, make):
    c = make()
    made = {"create_alias": {"collection_name": c.name, "alias_name": f"{c.name}-a"}}
    nowhere = {"create_alias": {"collection_name": f"{c.name}-none", "alias_name": f"{c.name}-b"}}
    said = f"Not found: Collection `{c.name}-none` doesn't exist!"
    api.wrong("POST", "/collections/aliases", {"actions": [made, nowhere]}, 404, said)
    assert api.good("GET", f"{c.path}/aliases")["aliases"] == []


# --- indexes -------------------------------------------------------------------------------------

SCHEMAS = ["keyword", "integer", "float", "bool", "geo", "datetime", "text", "uuid"]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_index_comes_and_goes(api, make, schema):
    c = make()
    c.index("deep.key", schema)
    assert api.good("GET", c.path)["payload_schema"]["deep.key"]["data_type"] == schema
    result = api.good("DELETE", f"{c.path}/index/deep.key?wait=true")
    assert result["status"] == "completed"
    assert api.good("GET", c.path)["payload_schema"] == {}


def test_an_index_counts_its_points(api, make):
    c = make()
    c.put(*({"id": i, "vector": [1, 0], "payload": {"n": i}} for i in (1, 2)), {"id": 3, "vector": [0, 1]})
    c.index("n", "integer")
    assert api.good("GET", c.path)["payload_schema"]["n"]["points"] == 2
