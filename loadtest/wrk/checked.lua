-- report.lua for scripts that look at every answer: its status is 200 and it holds one of the texts that the
-- global `wanted` lists, else it counts as "wrong". `seen` counts them by text, in the order of `wanted`.
local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end

wrong, seen, wanted = 0, {}, {}

function response(status, _, body)
    if status == 200 then
        for i = 1, #wanted do
            if body:find(wanted[i], 1, true) then
                seen[i] = (seen[i] or 0) + 1
                return
            end
        end
    end
    wrong = wrong + 1
end

-- What is wrong with how often each text was seen; a script may have its own.
function judge()
    return 0
end

function done(summary, latency)
    local errors, bad, counts = summary.errors, 0, {}
    for _, thread in ipairs(threads) do
        bad = bad + thread:get("wrong")
        for i, count in pairs(thread:get("seen")) do
            counts[i] = (counts[i] or 0) + count
        end
    end
    bad = bad + judge(counts, summary.requests)
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p99_us":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,"wrong":%d}\n',
        summary.requests, summary.duration / 1e6, summary.bytes,
        latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read, errors.write, errors.timeout, errors.status, bad))
end
