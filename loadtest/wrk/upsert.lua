-- PUTs batches of new points: ids count up from FIRST, vectors come in turn from a file, one a line.
-- The text of a vector is never made here, only joined.
--     wrk -s upsert.lua URL -- VECTORS BATCH FIRST
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

wrk.method = "PUT"
wrk.headers["Content-Type"] = "application/json"

local tails, batch, id = {}, 0, 0

function init(args)
    for vector in io.lines(args[1]) do
        tails[#tails + 1] = ',"vector":' .. vector .. "}"
    end
    batch, id = tonumber(args[2]), tonumber(args[3])
end

function request()
    local parts = {'{"points":['}
    for i = 1, batch do
        parts[#parts + 1] = (i > 1 and ',{"id":' or '{"id":') .. id
        parts[#parts + 1] = tails[id % #tails + 1]
        id = id + 1
    end
    parts[#parts + 1] = "]}"
    return wrk.format(nil, nil, nil, table.concat(parts))
end
