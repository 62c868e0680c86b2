-- The requests of the scripts beside it, by Qdrant's REST API and over random vectors (the same in each run),
-- all of them made before the clock starts. A script sets what it sends:
--     send{dimensions = 768, {share = 9, kind = "search"}, {share = 1, kind = "upsert"}}
-- and is run on a server's root, for a collection that is there:
--     wrk -s search-768d.lua http://127.0.0.1:6333 -- COLLECTION
-- Looked at: every answer's status and shape, and that the kinds were answered in their shares.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "checked.lua")

local COUNT, BATCH, LIMIT = 60, 10, 10
local GROUPS = 10 -- "group" in the payload of an upserted point

-- What is said, by Qdrant, if all went well.
local SAYS = {search = '"result":{"points":[', upsert = '"result":{"operation_id":'}
SAYS.filtered = SAYS.search

local function vector(dimensions)
    local parts = {}
    for i = 1, dimensions do
        parts[i] = string.format("%.8f", 2 * math.random() - 1)
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

local function search(dimensions, filter)
    return string.format('{"query":%s,"limit":%d%s}', vector(dimensions), LIMIT, filter or "")
end

local make = {}

function make.search(dimensions)
    return "POST", "/points/query", search(dimensions)
end

function make.filtered(dimensions, i)
    local filter = ',"filter":{"must":[{"key":"group","match":{"value":%d}},{"key":"rank","range":{"lt":500}}]}'
    return "POST", "/points/query", search(dimensions, filter:format(i % GROUPS))
end

function make.upsert(dimensions, i)
    local points = {}
    for j = 1, BATCH do
        local id = i * BATCH + j
        points[j] = string.format('{"id":%d,"vector":%s,"payload":{"group":%d,"rank":%d}}',
            id, vector(dimensions), id % GROUPS, id)
    end
    return "PUT", "/points?wait=true", '{"points":[' .. table.concat(points, ",") .. "]}"
end

-- A tenth of the answers may still be under way, or be more of one kind, when the clock stops.
local function judge_shares(mix, whole)
    return function(counts, total)
        local off = 0
        for i, each in ipairs(mix) do
            local expected = total * each.share / whole
            if math.abs((counts[i] or 0) - expected) > expected / 10 + 2 * whole + 100 then
                off = off + 1
            end
        end
        return off
    end
end

local function rounds(mix)
    local order = {}
    for _, each in ipairs(mix) do
        for _ = 1, each.share do
            order[#order + 1] = each.kind
        end
    end
    return order
end

function send(mix)
    local order, ready, at = rounds(mix), {}, 0
    for _, each in ipairs(mix) do
        wanted[#wanted + 1] = SAYS[each.kind]
    end
    judge = judge_shares(mix, #order)

    function init(args)
        math.randomseed(1)
        wrk.headers["Content-Type"] = "application/json"
        for i = 0, COUNT - 1 do
            local method, path, body = make[order[i % #order + 1]](mix.dimensions, i)
            ready[#ready + 1] = wrk.format(method, "/collections/" .. args[1] .. path, nil, body)
        end
    end

    function request()
        at = at % #ready + 1
        return ready[at]
    end
end
