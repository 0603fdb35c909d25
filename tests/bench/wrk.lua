-- Asks for the paths of a file in turn, if one is named; prints what wrk knows as one line of JSON.

local function lines(name)
  local found = {}
  for line in io.lines(name) do found[#found + 1] = line end
  return found
end

function init(args)
  if not args[1] then return end
  local requests, at = {}, 0
  for number, path in ipairs(lines(args[1])) do requests[number] = wrk.format("GET", path) end
  function request()
    at = at % #requests + 1
    return requests[at]
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.4f, "p90_ms": %.4f, "p99_ms": %.4f, ' ..
      '"max_ms": %.4f, "connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(90) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout
  ))
end
