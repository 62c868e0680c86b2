"""What an answer must be, by Qdrant's Python client in its in-process mode.

That client is asked for the whole ranking, and an answer must be the part of it that the page asks for: the same
scores at the same places, each point with the score it has. So equal scores may stand in any order, and any
of them may be the last one. Where the mode is known to differ (query_differences.py) it is asked another
question, one that means by FACTS 8 the same."""
import math

import numpy as np
from qdrant_client import models
from qdrant_client.local import distances, multi_distances, sparse_distances
from qdrant_client.local.payload_value_extractor import value_by_key
from query_calls import ask

EVERYTHING = 10_000
CLOSE = 1e-4
HAIR = 1e-5  # float32 and float64 may see it otherwise


class Mismatch(Exception):
    """An answer is not what it must be."""


# ---- the question for the in-process client ----

def inputs(query):
    """The examples of a query."""
    if "nearest" in query:
        yield query["nearest"]
    recommend, discover = query.get("recommend", query), query.get("discover", query)
    yield from recommend.get("positive") or []
    yield from recommend.get("negative") or []
    if "target" in discover:
        yield discover["target"]
    for pair in discover.get("context") or []:
        yield from pair.values()


def mentioned(body):
    """Ids of examples that are of the collection itself."""
    queries = [one.get("query", {}) for one in [body, *body.get("prefetch", [])] if "lookup_from" not in one]
    return [one for query in queries for one in inputs(query) if isinstance(one, (int, str))]


def both(*filters):
    some = [one for one in filters if one]
    return {"must": some} if some else None


def without_none(body):
    return {name: value for name, value in body.items() if value is not None}


def with_filters_below(body):
    """The filter of a query and the ids it mentions hold for its prefetches too."""
    ids = mentioned(body)
    above = both(body.get("filter"), {"must_not": [{"has_id": ids}]} if ids else None)
    below = [without_none(one | {"filter": both(one.get("filter"), above)}) for one in body["prefetch"]]
    return without_none(body | {"filter": above, "prefetch": below})


def ungrouped(body):
    """The query whose hits are put in groups: points without the field are not looked at, and each prefetch
    takes as many for every place in a group."""
    plain = {name: value for name, value in body.items() if name not in ("group_by", "group_size", "with_lookup")}
    below = [one | {"limit": one.get("limit", 10) * body["group_size"]} for one in body["prefetch"]]
    grouped = both(body.get("filter"), {"must_not": [{"is_empty": {"key": body["group_by"]}}]})
    return plain | {"prefetch": below, "filter": grouped}


def with_whole_lookup(body):
    lookup = body["with_lookup"]
    lookup = {"collection": lookup} if isinstance(lookup, str) else lookup
    return body | {"with_lookup": {"with_payload": True} | lookup}


def whole(body):
    """The same without a page."""
    made = {name: value for name, value in body.items() if name != "offset"} | {"limit": EVERYTHING}
    if "prefetch" in body:
        made = with_filters_below(made)
    if "with_lookup" in body:
        made = with_whole_lookup(made)
    if "group_by" in body:
        made["group_size"] = EVERYTHING
    if "fusion" in body.get("query", {}):
        made.pop("score_threshold", None)
    return made


# ---- comparing ----

def near(a, b):
    return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)


def same(ours, theirs):
    """Payloads exactly, vectors nearly; as JSON values."""
    if isinstance(theirs, float) and isinstance(ours, (int, float)):
        return near(ours, theirs)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in theirs)
    if hasattr(theirs, "indices"):
        return hasattr(ours, "indices") and ours.indices == theirs.indices and same(ours.values, theirs.values)
    return type(ours) is type(theirs) and ours == theirs


def key(hit):
    return hit.id, hit.order_value


def ranks_alike(hit, other):
    return hit.order_value == other.order_value and near(hit.score, other.score)


def scores_alike(hit, other):
    """What a fusion ranks by: hits keep the value that a prefetch ordered them by, and it decides nothing more."""
    return near(hit.score, other.score)


def ranking_of(body):
    """Whether two hits may stand in each other's place."""
    return scores_alike if "fusion" in body.get("query", {}) else ranks_alike


def expect(holds, what, *arguments):
    if not holds:
        raise Mismatch(what.format(*arguments))


def told(hits):
    return [(hit.id, hit.score if hit.order_value is None else hit.order_value) for hit in hits]


def check_parts(hit, other):
    expect(same(hit.payload, other.payload), "payload of {}: {} is not {}", hit.id, hit.payload, other.payload)
    expect(same(hit.vector, other.vector), "vector of {}: {} is not {}", hit.id, hit.vector, other.vector)


def check_ranking(ours, full, alike, offset, limit):
    wanted = full[offset:offset + limit]
    known = {key(hit): hit for hit in full}
    expect(len(ours) == len(wanted), "{} hits are not {}: {} are not {}", len(ours), len(wanted), told(ours), told(wanted))
    expect(len({key(hit) for hit in ours}) == len(ours), "a hit comes twice: {}", told(ours))
    for place, (hit, there) in enumerate(zip(ours, wanted)):
        other = known.get(key(hit))
        expect(alike(hit, there) and other is not None and ranks_alike(hit, other),
               "at {}: {} are not {}", place, told(ours), told(wanted))
        check_parts(hit, other)


def page(body):
    return body.get("offset") or 0, body.get("limit") or 10


# ---- each call ----

def prefetched(local, name, body):
    """The lists that the query looks at; by FACTS 8."""
    return [ask(local, name, "query", {"with_payload": False} | one) for one in with_filters_below(body)["prefetch"]]


def check_sample(local, name, body, ours):
    full = ask(local, name, "query", without_none({"limit": EVERYTHING, "filter": body.get("filter"),
                                                   "with_payload": body.get("with_payload", True),
                                                   "with_vector": body.get("with_vector", False)}))
    offset, limit = page(body)
    if "prefetch" in body:
        union = {hit.id for hits in prefetched(local, name, body) for hit in hits}
        full = [hit for hit in full if hit.id in union]
    known = {hit.id: hit for hit in full}
    count = min(limit, max(0, len(full) - (offset if "prefetch" in body else 0)))
    expect(len(ours) == count and len({hit.id for hit in ours}) == count, "{} are not {} different points", told(ours), count)
    for hit in ours:
        expect(hit.id in known and hit.score == 0, "{} is none of {}", told([hit]), list(known))
        check_parts(hit, known[hit.id])


def full_ranking(local, name, call, body):
    full = ask(local, name, call, whole(body))
    threshold = body.get("score_threshold")
    if "fusion" in body.get("query", {}) and threshold is not None:
        full = [hit for hit in full if hit.score >= threshold]
    return full


def check_hits(local, name, call, body, ours):
    if "sample" in body.get("query", {}):
        check_sample(local, name, body, ours)
    else:
        check_ranking(ours, full_ranking(local, name, call, body), ranking_of(body), *page(body))


def group_values(hit, path):
    return set(value_by_key(hit.payload, path) or [])


def check_groups(local, name, call, body, ours):
    theirs = full_groups(local, name, call, body)
    best = list(theirs.values())[:body["limit"]]
    ours = ours.groups
    expect(len(ours) == len(best), "groups {} are not {}", [one.id for one in ours], [one.id for one in best])
    expect(len({one.id for one in ours}) == len(ours), "a group comes twice: {}", [one.id for one in ours])
    for group, there in zip(ours, best):
        other = theirs.get(group.id)
        expect(other is not None and group.hits and ranking_of(body)(group.hits[0], there.hits[0]),
               "groups {} are not {}", [(one.id, told(one.hits)) for one in ours], [(one.id, told(one.hits[:2])) for one in best])
        check_ranking(group.hits, other.hits, ranking_of(body), 0, body["group_size"])
        check_lookup(group, other)


def check_lookup(group, other):
    expect((group.lookup is None) == (other.lookup is None), "looked up for {}: {}, not {}", group.id, group.lookup, other.lookup)
    if other.lookup is not None:
        expect(group.lookup.id == other.lookup.id, "looked up for {}: {}", group.id, group.lookup.id)
        check_parts(group.lookup, other.lookup)


class Group:
    def __init__(self, id, lookup):
        self.id, self.hits, self.lookup = id, [], lookup


def full_groups(local, name, call, body):
    """All groups with all their hits, the best first."""
    if "prefetch" not in body:
        return {group.id: group for group in ask(local, name, call, whole(body)).groups}
    plain = ungrouped(body)
    hits = full_ranking(local, name, "query", plain | {"with_payload": True})
    shown = {hit.id: hit for hit in full_ranking(local, name, "query", plain)}
    # asked twice it need not say the same: the sign of a difference that rounding alone decides depends on where
    # its arrays lie in memory, and with it which points a prefetch takes
    expect(shown.keys() == {hit.id for hit in hits}, "the oracle says {} and {}", told(hits), told(list(shown.values())))
    groups = {}
    for hit in hits:
        for value in group_values(hit, body["group_by"]):
            if value not in groups:
                groups[value] = Group(value, looked_up(local, body, value))
            groups[value].hits.append(shown[hit.id])
    return groups


def looked_up(local, body, value):
    if "with_lookup" not in body:
        return None
    lookup = dict(with_whole_lookup(body)["with_lookup"])
    return next(iter(local.retrieve(lookup.pop("collection"), [value], **lookup)), None)


# ---- matrices ----

def rows(call, answer):
    """Of each sampled point: its neighbours and their scores."""
    if call == "pairs":
        made = {}
        for pair in answer.pairs:
            made.setdefault(pair.a, []).append((pair.b, pair.score))
        return made
    made = {id: [] for id in answer.ids}
    for row, column, score in zip(answer.offsets_row, answer.offsets_col, answer.scores, strict=True):
        made[answer.ids[row]].append((answer.ids[column], score))
    return made


def check_row(id, row, full, limit):
    wanted, known = full[:limit], dict(full)
    fits = len(row) == len(wanted) and len(dict(row)) == len(row) and all(
        near(score, there) and other in known and near(known[other], score)
        for (other, score), (_, there) in zip(row, wanted))
    expect(fits, "neighbours of {}: {} are not {}", id, row, wanted)


def check_matrix(local, name, call, body, ours):
    using, limit, sample = body.get("using", ""), body.get("limit", 3), body.get("sample", 10)
    having = both(body.get("filter"), {"must": [{"has_vector": using}]})
    all_ids = [hit.id for hit in ask(local, name, "query", {"limit": EVERYTHING, "filter": having, "with_payload": False})]
    ours = rows(call, ours)
    ids = list(ours)
    if call == "offsets":
        count = min(sample, len(all_ids)) if len(all_ids) > 1 else 0
        expect(len(ids) == count and set(ids) <= set(all_ids), "sampled {}, not {} of {}", ids, count, all_ids)
        expect(ids == [id for id in all_ids if id in ours], "not by id: {}", ids)
    if sample < len(all_ids) and call == "pairs":
        ids = sorted(set(ids) | {other for row in ours.values() for other, _ in row}, key=all_ids.index)
        expect(len(ids) <= sample, "sampled {}, not {}", ids, sample)
    elif call == "pairs":
        ids = all_ids
    if len(ids) < 2:
        return
    chosen = both(having, {"must": [{"has_id": ids}]})
    question = {"filter": chosen, "sample": EVERYTHING, "limit": EVERYTHING} | ({"using": using} if using else {})
    theirs = rows("offsets", ask(local, name, "offsets", question))
    for id in ids:
        check_row(id, ours.get(id, []), theirs[id], limit)


def check(local, name, call, body, ours):
    """Raises Mismatch when the answer is not one that may be given."""
    if call in ("pairs", "offsets"):
        check_matrix(local, name, call, body, ours)
    elif call.endswith("groups"):
        check_groups(local, name, call, body, ours)
    else:
        check_hits(local, name, call, body, ours)


# ---- close calls: answers that rounding or a tie may make otherwise ----

def similarities(local, name, body, example):
    """The s of FACTS 9 of each stored point and an example."""
    collection, using = local._client.collections[name], body.get("using", "")
    if isinstance(example, (int, str)):
        place = body.get("lookup_from", {"collection": name})
        away = local._client.collections[place["collection"]]
        held = away.vectors | away.multivectors | away.sparse_vectors
        example = held[place.get("vector", using)][away.ids[example]]
    if using in collection.sparse_vectors:
        example = sparse_distances.sort_sparse_vector(models.SparseVector(**dict(example)))
        if collection.config.sparse_vectors[using].modifier:
            example = collection._rescore_idf(example, using)
        return sparse_distances.calculate_distance_sparse(example, collection.sparse_vectors[using])
    metric, vector = collection.get_vector_params(using).distance, np.array(example, dtype=np.float64)
    if using in collection.multivectors:
        return multi_distances.calculate_multi_distance_core(vector, collection.multivectors[using], metric)
    return distances.calculate_distance_core(vector, collection.vectors[using][:len(collection.payload)], metric)


def margins(local, name, body):
    """Differences of similarities whose sign decides a score."""
    query = body.get("query", body)
    of = lambda example: similarities(local, name, body, example)  # noqa: E731
    for pair in query.get("discover", query).get("context") or []:
        yield of(pair["positive"]) - of(pair["negative"])
    recommend = query.get("recommend", query)
    if recommend.get("strategy") == "best_score" and recommend.get("positive") and recommend.get("negative"):
        best = [np.max([of(one) for one in recommend[side]], axis=0) for side in ("positive", "negative")]
        yield best[0] - best[1]


def scores_meet(hits):
    return any(ranks_alike(one, after) for one, after in zip(hits, hits[1:]))


def prefetch_is_close(local, name, body):
    """A tie that decides what is prefetched or at which rank, or a list of nearly equal scores."""
    body = ungrouped(body) if "group_by" in body else body
    for one in with_filters_below(body)["prefetch"]:
        hits = ask(local, name, "query", one | {"limit": one["limit"] + 1, "with_payload": False})
        is_by_id = "query" not in one
        fusion = body.get("query", {}).get("fusion")
        if not is_by_id and scores_meet(hits if fusion == "rrf" else hits[-2:] if len(hits) > one["limit"] else []):
            return True
        scores = [hit.score for hit in hits[:one["limit"]]]
        spread = max(scores, default=0) - min(scores, default=0)
        # the mean of three equal numbers need not be that number, and then they have a deviation
        if fusion == "dbsf" and spread < 100 * CLOSE and (spread > 0 or len(scores) > 2):
            return True
    return False


def threshold_is_close(local, name, call, body):
    without = {key: value for key, value in body.items() if key != "score_threshold"}
    threshold = body["score_threshold"]
    if call.endswith("groups"):
        hits = [hit for group in full_groups(local, name, call, without).values() for hit in group.hits]
    else:
        hits = full_ranking(local, name, call, without)
    return any(abs(hit.score - threshold) < HAIR for hit in hits)


def is_close(local, name, call, body):
    """May rounding or the order of equals change the answer beyond what check() allows?"""
    if "score_threshold" in body and threshold_is_close(local, name, call, body):
        return True
    if any((np.abs(one) < HAIR).any() for part in [body, *body.get("prefetch", [])] for one in margins(local, name, part)):
        return True
    return "prefetch" in body and prefetch_is_close(local, name, body)
