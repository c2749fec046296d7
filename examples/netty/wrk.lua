-- Asks for files of 1 KB to 1 MB at random, and prints requests a second, then the median, the 99th
-- and the 99.9th percentile of the time to the answer in microseconds, then errors.
local files = { "1", "4", "16", "64", "256", "1024" }
local weights = { 40, 70, 85, 95, 99, 100 } -- per cent of the requests, summed up

function request()
  local n = math.random(100)
  local i = 1
  while n > weights[i] do
    i = i + 1
  end
  return wrk.format("GET", "/" .. files[i])
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %.0f %.0f %.0f %.0f %d\n",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    e.connect + e.read + e.write + e.status + e.timeout))
end
