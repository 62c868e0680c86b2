-- Nine searches, then a batch of ten points, of 768 dimensions.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "requests.lua")
send{dimensions = 768, {share = 9, kind = "search"}, {share = 1, kind = "upsert"}}
