"""Turns at the routes of collections, other names, fields, jobs, and of those who operate the gateway."""
from attack_model import Collection
from attack_run import Over, expect, route
from attack_words import NO_NAMES, TARGETS, path_of

FIELDS = {"tag": "keyword", "n": "integer"}

# ---- collections ----

@route("PUT /collections/{collection}", "POST /v1/collections")
def create(turn):
    turn.name = turn.forced or turn.chance.choice(turn.names() * 3 + NO_NAMES)
    plain = turn.chance.random() < 0.6 or not turn.attack.can["supports_named_vectors"]
    vectors = [""] if plain else turn.attack.vectors
    size = Collection.DIMENSION
    if turn.native:
        body = {"name": turn.name, "vectors": {name: {"dimension": size, "metric": "dot"} for name in vectors}}
    else:
        params = {"size": size, "distance": "Dot"}
        body = {"vectors": params if plain else {name: params for name in vectors}}
    answer = turn.ask(body)
    if turn.name in NO_NAMES:
        turn.there(answer)
    if turn.name in turn.tenant.aliases:
        turn.wrong(answer, 400, f"Can't create collection with name {turn.name}. Alias with the same name already exists")
    if turn.name in turn.tenant.collections:
        turn.wrong(answer, 409, f"Collection `{turn.name}` already exists!")
    turn.good(answer, 201 if turn.native else 200)
    turn.tenant.called.add(turn.name)
    turn.tenant.collections[turn.name] = Collection(vectors)

@route("DELETE /collections/{collection}", "DELETE /v1/collections/{collection}")
def drop(turn):
    turn.pick()
    if turn.forced is None and turn.chance.random() < 0.5 and len(turn.tenant.collections) < 4:
        turn.name = turn.chance.choice(NO_NAMES + turn.attack.names[-1:])
    answer = turn.ask()
    if turn.name in NO_NAMES and answer.status != 200:
        turn.there(answer)
    was = turn.tenant.collections.pop(turn.name, None)
    if was is not None:
        turn.tenant.aliases = {alias: of for alias, of in turn.tenant.aliases.items() if of != turn.name}
    if turn.native:
        expect(answer.status == (404 if was is None else 204), "deleted, or not there", answer)
    else:
        expect(turn.good(answer) is (was is not None), "was it there?", answer)

@route("GET /collections", "GET /v1/collections")
def list_collections(turn):
    names = [one["name"] for one in turn.good(turn.ask())["collections"]]
    expect(sorted(names) == sorted(turn.tenant.collections), "names", names, sorted(turn.tenant.collections))

@route("GET /collections/{collection}", "GET /v1/collections/{collection}")
def describe(turn):
    collection = turn.pick()
    info = turn.reach(None)
    points = info["points"] if turn.native else info["points_count"]
    expect(points == len(collection.points), "number of points", points, len(collection.points))
    if turn.native:
        expect(info["name"] in (turn.name, turn.tenant.aliases.get(turn.name)), "name", info)
        fields = {one["key"]: one["type"] for one in info["fields"]}
    else:
        fields = {key: one["data_type"] for key, one in info["payload_schema"].items()}
        told = info["config"]["params"]["vectors"]
        expect(([""] if "size" in told else sorted(told)) == sorted(collection.vectors), "vectors", told)
    expect(fields == collection.fields, "fields", fields, collection.fields)

@route("GET /collections/{collection}/exists")
def exists(turn):
    turn.pick()
    answer = turn.ask()
    if turn.name in NO_NAMES and answer.status != 200:
        turn.there(answer)
    expect(turn.good(answer) == {"exists": turn.tenant.find(turn.name) is not None}, "exists", turn.name)

@route("PATCH /collections/{collection}")
def patch(turn):
    """What others share a part of cannot be changed for one."""
    turn.pick()
    answer = turn.ask({"optimizers_config": {"indexing_threshold": turn.chance.choice([10000, 20000])}})
    turn.there(answer)
    if answer.status == 400:
        turn.wrong(answer, 400, "shares one of Qdrant's with others")
    expect(turn.good(answer) is True, "changed")

# ---- other names ----

def change(turn, aliases, action):
    """Changes the aliases; or answers the status and what is said."""
    kind, values = action
    if kind == "delete":
        aliases.pop(values[0], None)
        return None
    if kind == "rename":
        old, new = values
        if old not in aliases:
            return 404, f"Alias {old} does not exists!"
        if new in turn.tenant.collections:
            return 409, f"Collection `{new}` already exists!"
        aliases[new] = aliases.pop(old)
        return None
    alias, name = values
    if name not in turn.tenant.collections:
        return 404, f"Collection `{name}` doesn't exist!"
    if alias in turn.tenant.collections:
        return 409, f"Collection `{alias}` already exists!"
    aliases[alias] = name
    return None

def any_action(turn):
    kind = turn.chance.choice(["create", "create", "create", "delete", "rename"])
    names = turn.names()
    alias = turn.chance.choice(list(turn.tenant.aliases) or names) if kind != "create" and turn.chance.random() < 0.7 else turn.chance.choice(names)
    if kind == "delete":
        return kind, [alias]
    if kind == "rename":
        return kind, [alias, turn.chance.choice(names)]
    return kind, [alias, turn.chance.choice(list(turn.tenant.collections) or names) if turn.chance.random() < 0.8 else turn.chance.choice(names)]

FORMS = {
    True: {"create": ("create", "alias", "collection"), "delete": ("delete", "alias"), "rename": ("rename", "from", "to")},
    False: {"create": ("create_alias", "alias_name", "collection_name"), "delete": ("delete_alias", "alias_name"),
            "rename": ("rename_alias", "old_alias_name", "new_alias_name")},
}

@route("POST /collections/aliases", "POST /v1/aliases")
def change_aliases(turn):
    actions = [any_action(turn) for _ in range(turn.chance.randint(1, 3))]
    written = []
    for kind, values in actions:
        word, *members = FORMS[turn.native][kind]
        written.append({word: dict(zip(members, values, strict=True))})
    answer = turn.ask({"actions": written})
    aliases = dict(turn.tenant.aliases)
    for action in actions:
        refused = change(turn, aliases, action)
        if refused:
            turn.wrong(answer, *refused)
    turn.good(answer, 204 if turn.native else 200)
    turn.tenant.aliases = aliases

@route("GET /aliases", "GET /v1/aliases")
def list_aliases(turn):
    listed = turn.good(turn.ask())["aliases"]
    check_aliases(turn, listed, turn.tenant.aliases)

@route("GET /collections/{collection}/aliases")
def aliases_of(turn):
    turn.pick()
    listed = turn.reach(None)["aliases"]
    name = turn.tenant.aliases.get(turn.name, turn.name)
    check_aliases(turn, listed, {alias: of for alias, of in turn.tenant.aliases.items() if of == name})

def check_aliases(turn, listed, aliases):
    alias, of = ("alias", "collection") if turn.native else ("alias_name", "collection_name")
    expect({one[alias]: one[of] for one in listed} == aliases and len(listed) == len(aliases), "aliases", listed, aliases)

# ---- fields ----

def any_field(turn):
    key = turn.chance.choice([*FIELDS, turn.chance.choice(turn.attack.payload_keys)])
    return path_of(key), FIELDS.get(key, "keyword")

@route("PUT /collections/{collection}/index", "PUT /v1/collections/{collection}/fields/{key}")
def declare(turn):
    collection = turn.pick()
    key, kind = any_field(turn)
    body = {"type": kind} if turn.native else {"field_name": key, "field_schema": kind}
    turn.reach(body, "" if turn.native else "wait=true", key=key)
    collection.fields[key] = kind

@route("DELETE /collections/{collection}/index/{field}", "DELETE /v1/collections/{collection}/fields/{key}")
def undeclare(turn):
    collection = turn.pick()
    key, _ = any_field(turn)
    turn.reach(None, "" if turn.native else "wait=true", key=key, field=key)
    collection.fields.pop(key, None)

@route("GET /v1/collections/{collection}/fields")
def fields(turn):
    collection = turn.pick()
    listed = {one["key"]: one["type"] for one in turn.reach(None)["fields"]}
    expect(listed == collection.fields, "fields", listed, collection.fields)

@route("GET /v1/collections/{collection}/fields/{key}")
def field(turn):
    collection = turn.pick()
    key, kind = any_field(turn)
    answer = turn.ask(key=key)
    turn.there(answer)
    if key not in collection.fields:
        turn.wrong(answer, 404)
    expect(turn.good(answer)["type"] == kind, "field", answer)

# ---- jobs ----

def jobs_of(turn, who):
    answer = turn.attack.send(who, "GET", "/v1/jobs?limit=1000")
    expect(answer.status == 200, "jobs", answer)
    return answer.json["jobs"]

@route("GET /v1/jobs")
def list_jobs(turn):
    for job in turn.good(turn.ask(query="limit=1000"))["jobs"]:
        expect(job.get("collection") in turn.tenant.called, "a job of somebody else", job)

@route("GET /v1/jobs/{job}", "DELETE /v1/jobs/{job}")
def job(turn):
    foreign = [one["id"] for one in jobs_of(turn, turn.attack.other(turn.who))] if turn.other is not turn.tenant else []
    known = turn.chance.choice(foreign) if foreign and turn.chance.random() < 0.7 else turn.chance.choice(["0" * 24, "f" * 24, "x", "1" * 5000])
    turn.wrong(turn.ask(job=known), 404)

# ---- operators and everybody ----

def is_operator(turn):
    """May see what is of all together: who is alone, and a credential of the tenant `default`."""
    return turn.other is turn.tenant or turn.tenant.name == "default"


@route("GET /", "GET /healthz", "GET /livez", "GET /readyz", "GET /openapi.yaml", "GET /v1/backends", "GET /v1/health", "GET /v1/capabilities", "GET /metrics")
def look(turn):
    answer = turn.ask()
    if turn.template == "/metrics" and not is_operator(turn):
        turn.wrong(answer, 403)
    expect(answer.status == 200, "not 200", turn.template, answer)

def refused(turn):
    """Known, and not built."""
    turn.pick()
    body = {} if turn.method in ("POST", "PUT") else None
    answer = turn.ask(body, snapshot="x", shard="1", peer="1")
    expect(answer.status in (400, 403), "not refused", answer)

@route("GET *")
def odd_target(turn):
    """What is no route at all: only that nothing of others is told is looked at, and it is
    only read: of slashes that come twice one is meant, so that some of these are routes."""
    turn.attack.send(turn.who, turn.chance.choice(["GET", "GET", "HEAD", "OPTIONS"]), turn.chance.choice(TARGETS))


# ---- erasing ----

@route("DELETE /v1/tenants/{tenant}")
def erase(turn):
    """Only of others, whatever their name is written like: the tenant itself is needed for the other turns."""
    name = turn.other.name if turn.chance.random() < 0.6 else turn.chance.choice(["x" * 129, "", "*", f"{turn.tenant.name}x", turn.other.name.upper()])
    if name in ("", ".", "..") or name == turn.tenant.name:
        raise Over
    answer = turn.ask(tenant=name)
    if turn.other is turn.tenant and answer.status == 202:
        raise Over  # who is alone may do everything
    expect(answer.status in (400, 403, 404, 422), "somebody else is to be erased", answer)
