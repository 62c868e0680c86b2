-- POSTs the bodies of a file in turn, one a line, and looks at every answer: 200, with one of the TEXTs in it.
--     wrk -s bodies.lua URL -- BODIES TEXT...
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "checked.lua")

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local ready, at = {}, 0

function init(args)
    for body in io.lines(args[1]) do
        ready[#ready + 1] = wrk.format(nil, nil, nil, body)
    end
    for i = 2, #args do
        wanted[#wanted + 1] = args[i]
    end
end

function request()
    at = at % #ready + 1
    return ready[at]
end
