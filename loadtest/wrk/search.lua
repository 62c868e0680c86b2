-- POSTs, or what METHOD says, the bodies of a file in turn, one a line; each is a whole request before the clock
-- starts.
--     wrk -s search.lua URL -- BODIES [METHOD [NAME VALUE]]      the last two: a header
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

wrk.headers["Content-Type"] = "application/json"

local ready, at = {}, 0

function init(args)
    wrk.method = args[2] or "POST"
    if args[3] then
        wrk.headers[args[3]] = args[4]
    end
    for body in io.lines(args[1]) do
        ready[#ready + 1] = wrk.format(nil, nil, nil, body)
    end
end

function request()
    at = at % #ready + 1
    return ready[at]
end
