"""What the writers do: each operation is a function that makes a `Step` from a writer's state, or None when it has
nothing to work on. What changes points is an edit first: alone it is a request, in a batch one of its operations.
"""
from fields import FIELDS, make_payload, meets, shown
from workload import ALIASES, NAMED, SETTINGS, SHAPE, Step, collections_of, is_shared, put, without_collection

NATIVE_TYPES = {"is_principal"}  # parameters that the native API does not know

# --- which points


def some_ids(writer, most=60):
    wanted = min(most, writer.random.choice((1, 3, 10, 40)))
    return [writer.first_id + n for n in writer.random.sample(range(60), wanted)]


def there(writer, points, most=60):
    """Some ids that the collection has."""
    ids = list(points)
    return writer.random.sample(ids, min(len(ids), writer.random.choice((1, 5, most)))) if ids else []


def by_filter(writer, points):
    """A filter that finds this writer's points only, and those that it finds."""
    key, field = writer.random.choice(list(FIELDS.items()))
    condition, holds = field.ask(writer.random)
    test = {"must": [{"key": "writer", "match": {"value": writer.number}}, {"key": key} | condition]}
    found = [i for i, (payload, _) in points.items()
             if payload.get("writer") == writer.number and meets(payload, key, holds)]
    return {"filter": test}, found


def select(writer, points):
    """Ids or a filter, as an edit has it, and the ids meant. (None, []): there is nothing."""
    if writer.random.random() < 0.3:
        return by_filter(writer, points)
    ids = there(writer, points)
    return ({"points": ids} if ids else None), ids


# --- edits: (what the request says, {id: the point then, or None})


def names_of(state, name):
    return {"a": 2, "b": 3, "c": 1} if name == NAMED else dict(state.get(("vectors", name), SHAPE))


def some_vectors(writer, state, name, mark, number, at_least=0):
    sizes = names_of(state, name)
    wanted = writer.random.sample(list(sizes), writer.random.randint(min(at_least, len(sizes)), len(sizes)))
    return {v: [float(mark), float(number), 0.5][:sizes[v]] for v in sizes if v in wanted}


def written(vectors):
    """As a request has them."""
    return vectors[""] if "" in vectors else vectors


def upsert(writer, state, name):
    mark = writer.next_mark()
    points = {i: (make_payload(writer.random, mark, writer.number), some_vectors(writer, state, name, mark, i, 1))
              for i in some_ids(writer)}
    return {"points": [{"id": i, "payload": p, "vector": written(v)} for i, (p, v) in points.items()]}, points


def delete(writer, state, name):
    if writer.random.random() < 0.3:
        said, ids = by_filter(writer, state[name])
    else:
        ids = some_ids(writer, 10)
        said = {"points": ids}
    return said, dict.fromkeys(ids)


def change_payloads(writer, state, name, say, change):
    points = state[name]
    selector, ids = select(writer, points)
    return selector and (selector | say, {i: (change(points[i][0]), points[i][1]) for i in ids})


def set_payload(writer, state, name):
    new = make_payload(writer.random, writer.next_mark(), writer.number)
    return change_payloads(writer, state, name, {"payload": new}, lambda old: old | new)


def overwrite_payload(writer, state, name):
    new = make_payload(writer.random, writer.next_mark(), writer.number)
    return change_payloads(writer, state, name, {"payload": new}, lambda old: new)


def delete_payload(writer, state, name):
    keys = writer.random.sample(list(FIELDS), 3)
    return change_payloads(writer, state, name, {"keys": keys},
                           lambda old: {key: value for key, value in old.items() if key not in keys})


def clear_payload(writer, state, name):
    return change_payloads(writer, state, name, {}, lambda old: {})


def update_vectors(writer, state, name):
    points, mark = state[name], writer.next_mark()
    new = {i: some_vectors(writer, state, name, mark, i, 1) for i in there(writer, points)}
    said = {"points": [{"id": i, "vector": written(v)} for i, v in new.items()]}
    return (said, {i: (points[i][0], points[i][1] | v) for i, v in new.items()}) if new else None


def delete_vectors(writer, state, name):
    points, sizes = state[name], names_of(state, name)
    gone = writer.random.sample(list(sizes), writer.random.randint(1, len(sizes)))
    selector, ids = select(writer, points)
    left = {i: (points[i][0], {v: at for v, at in points[i][1].items() if v not in gone}) for i in ids}
    return selector and (selector | {"vector": gone}, left)


# edit: (weight, function, how Qdrant's API is asked, how the native one)
EDITS = {
    "upsert": (10, upsert, ("PUT", ""), ("PUT", "")),
    "delete": (3, delete, ("POST", "/delete"), ("POST", "/delete")),
    "set_payload": (3, set_payload, ("POST", "/payload"), ("POST", "/payload")),
    "overwrite_payload": (2, overwrite_payload, ("PUT", "/payload"), ("PUT", "/payload")),
    "delete_payload": (2, delete_payload, ("POST", "/payload/delete"), ("POST", "/payload/delete")),
    "clear_payload": (1, clear_payload, ("POST", "/payload/clear"), ("POST", "/payload/clear")),
    "update_vectors": (3, update_vectors, ("PUT", "/vectors"), ("PUT", "/vectors")),
    "delete_vectors": (2, delete_vectors, ("POST", "/vectors/delete"), ("POST", "/vectors/delete")),
}


def called(writer, name):
    """The collection, or an alias of it."""
    aliases = [key[1] for key, target in writer.state.items() if key[0] == "alias" and target == name]
    return writer.random.choice(aliases) if aliases and writer.random.random() < 0.3 else name


def in_native_words(edit, said):
    said = dict(said)
    if edit in ("upsert", "update_vectors"):
        return {"points": [native_point(point) for point in said["points"]]}
    if "points" in said:
        said["ids"] = said.pop("points")
    if "vector" in said:
        said["vectors"] = said.pop("vector")
    return said


def native_point(point):
    vector = point["vector"]
    rest = {key: value for key, value in point.items() if key != "vector"}
    return rest | ({"vectors": vector} if isinstance(vector, dict) else {"vector": vector})


def make_edit(writer, edit, native):
    name = writer.some_collection()
    made = EDITS[edit][1](writer, writer.state, name)
    if not made:
        return None
    said, points = made
    state = put(writer.state, name, points)
    if native:
        method, rest = EDITS[edit][3]
        return Step(method, f"/v1/collections/{called(writer, name)}/points{rest}", in_native_words(edit, said), state)
    method, rest = EDITS[edit][2]
    can_lie = edit in ("upsert", "delete")
    wait = writer.random.choice(("true", "false")) if can_lie else "true"
    return Step(method, f"/collections/{called(writer, name)}/points{rest}?wait={wait}", said, state)


def make_batch(writer, native):
    """In order, and all of them in one commit: a crash leaves none or all."""
    name, state, operations = writer.some_collection(), writer.state, []
    for edit in writer.random.choices(list(EDITS), [row[0] for row in EDITS.values()], k=writer.random.randint(2, 4)):
        made = EDITS[edit][1](writer, state, name)
        if not made:
            continue
        said, points = made
        operations.append({edit: in_native_words(edit, said) if native else said})
        state = put(state, name, points)
    path = f"/v1/collections/{called(writer, name)}/points/batch" if native else \
        f"/collections/{called(writer, name)}/points/batch?wait=true"
    return Step("POST", path, {"operations": operations}, state) if operations else None




# --- collections


def create(writer):
    if writer.own in writer.state:
        return None
    shape = writer.random.choice((SHAPE, (("a", 2), ("b", 3)), SHAPE))
    params = {name: {"size": size, "distance": "Dot"} for name, size in shape}
    made = {writer.own: {}} | ({} if shape == SHAPE else {("vectors", writer.own): shape})
    return Step("PUT", f"/collections/{writer.own}", {"vectors": params.get("", params)}, writer.state | made)


def native_create(writer):
    """With fields that are declared at once."""
    if writer.own in writer.state:
        return None
    keys = writer.random.sample(list(FIELDS), writer.random.randint(0, 3))
    fields = [{"key": key, "type": FIELDS[key].schemas[0]} for key in keys]
    body = {"name": writer.own, "dimension": 2, "metric": "dot", "fields": fields}
    made = {writer.own: {}} | {("index", writer.own, key): shown(FIELDS[key].schemas[0]) for key in keys}
    return Step("POST", "/v1/collections", body, writer.state | made)


def drop_at(writer, path):
    if writer.own not in writer.state:
        return None
    return Step("DELETE", f"{path}/{writer.own}", None, without_collection(writer.state, writer.own))


def drop(writer):
    return drop_at(writer, "/collections")


def native_drop(writer):
    return drop_at(writer, "/v1/collections")


def settings_of(writer, name):
    """What this writer may set there: (section, setting)."""
    return SETTINGS[writer.number:writer.number + 1] if is_shared(name) else SETTINGS


def update_collection(writer):
    """Several settings at once, and one of a vector with them."""
    name = writer.some_collection()
    known = settings_of(writer, name)
    if not known:
        return None
    body, made = {}, {}
    for section, setting in writer.random.sample(known, min(len(known), 3)):
        value = writer.random.randrange(300, 9000)
        body.setdefault(section, {})[setting] = value
        made["setting", name, f"{section}.{setting}"] = value
    if not is_shared(name):
        first, value = next(iter(names_of(writer.state, name))), writer.random.randrange(300, 9000)
        body["vectors"] = {first: {"hnsw_config": {"ef_construct": value}}}
        made["setting", name, "vector"] = value
    return Step("PATCH", f"/collections/{called(writer, name)}", body, writer.state | made)


# --- payload indexes


def keys_of(writer, name):
    """The fields whose index this writer may make or drop there."""
    return list(FIELDS)[writer.number:writer.number + 1] if is_shared(name) else list(FIELDS)


def create_index(writer):
    name = writer.some_collection()
    keys = keys_of(writer, name)
    if not keys:
        return None
    key = writer.random.choice(keys)
    schema = writer.random.choice(FIELDS[key].schemas)
    wait = writer.random.choice(("true", "false"))
    return Step("PUT", f"/collections/{called(writer, name)}/index?wait={wait}",
                {"field_name": key, "field_schema": schema},
                writer.state | {("index", name, key): shown(schema)})


def native_declare(writer):
    name = writer.some_collection()
    keys = keys_of(writer, name)
    if not keys:
        return None
    key = writer.random.choice(keys)
    kind = FIELDS[key].schemas[0]
    return Step("PUT", f"/v1/collections/{called(writer, name)}/fields/{key}", {"type": kind},
                writer.state | {("index", name, key): shown(kind)})


def drop_index_at(writer, path):
    made = [key for key in writer.state if key[0] == "index"]
    if not made:
        return None
    gone = writer.random.choice(made)
    rest = {thing: value for thing, value in writer.state.items() if thing != gone}
    return Step("DELETE", path.format(called(writer, gone[1]), gone[2]), None, rest)


def drop_index(writer):
    return drop_index_at(writer, "/collections/{}/index/{}?wait=true")


def native_undeclare(writer):
    return drop_index_at(writer, "/v1/collections/{}/fields/{}")


# --- aliases


def act(writer, state):
    """One action, as (kind, what it says by kind), and the state then; None: nothing to do it with."""
    mine = [key for key in state if key[0] == "alias"]
    free = [("alias", name) for name in writer.aliases if ("alias", name) not in state]
    kind = writer.random.choice(("create", "create", "move", "delete", "rename"))
    target = writer.random.choice(collections_of(state))
    if kind == "create" and free:
        return "create", {"alias_name": free[0][1], "collection_name": target}, state | {free[0]: target}
    if not mine or kind == "create":
        return None
    old = writer.random.choice(mine)
    rest = {thing: value for thing, value in state.items() if thing != old}
    if kind == "move":
        return "create", {"alias_name": old[1], "collection_name": target}, state | {old: target}
    if kind == "delete":
        return "delete", {"alias_name": old[1]}, rest
    if not free:
        return None
    return "rename", {"old_alias_name": old[1], "new_alias_name": free[0][1]}, rest | {free[0]: state[old]}


def some_actions(writer):
    state, actions = writer.state, []
    for _ in range(writer.random.randint(1, ALIASES)):
        done = act(writer, state)
        if done:
            actions.append(done[:2])
            state = done[2]
    return actions, state


def change_aliases(writer):
    actions, state = some_actions(writer)
    said = [{f"{kind}_alias": what} for kind, what in actions]
    return Step("POST", "/collections/aliases", {"actions": said}, state) if said else None


NATIVE_ALIAS = {"alias_name": "alias", "collection_name": "collection", "old_alias_name": "from", "new_alias_name": "to"}


def native_aliases(writer):
    actions, state = some_actions(writer)
    said = [{kind: {NATIVE_ALIAS[word]: name for word, name in what.items()}} for kind, what in actions]
    return Step("POST", "/v1/aliases", {"actions": said}, state) if said else None


def edit_of(edit, native):
    return lambda writer: make_edit(writer, edit, native)


# name: (weight, what makes a step)
OPERATIONS = {
    **{edit: (row[0], edit_of(edit, False)) for edit, row in EDITS.items()},
    **{f"native_{edit}": (row[0] / 4, edit_of(edit, True)) for edit, row in EDITS.items()},
    "batch": (3, lambda writer: make_batch(writer, False)),
    "native_batch": (1, lambda writer: make_batch(writer, True)),
    "create": (2, create),
    "drop": (1, drop),
    "native_create": (1, native_create),
    "native_drop": (0.5, native_drop),
    "update_collection": (2, update_collection),
    "create_index": (3, create_index),
    "native_declare": (1, native_declare),
    "drop_index": (1.5, drop_index),
    "native_undeclare": (0.5, native_undeclare),
    "change_aliases": (2, change_aliases),
    "native_aliases": (1, native_aliases),
}
