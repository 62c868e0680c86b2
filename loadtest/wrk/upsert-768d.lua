-- Batches of ten points of 768 dimensions with a payload; the same ids again and again.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "requests.lua")
send{dimensions = 768, {share = 1, kind = "upsert"}}
