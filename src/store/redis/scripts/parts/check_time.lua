-- Checks by the server's clock whether a write came in time, before anything is read. Every script
-- that writes begins with this: it replaces the line `-- check_time.lua`.
--
-- KEYS     those of the script
-- ARGV     1 the time bounds of the write, numbers in microseconds:
--            `not before`: the earliest instant, by the server's clock as its sender knows it, at
--            which the write can have been sent
--            how long after `not before` the write is late
--            how long after `not before` its request was received at the latest, mostly negative
--            how old the request was when the write was sent
--            of a replay alone: how long after `not before` it was received at the earliest
-- Returns  {now, 'late'}: its sender does not wait for it any more
--          {now, 'clock'}: the clock is behind what its sender knows, so it cannot be decided
--          whether the write is late
--
-- Leaves `now_us`, `now_ms`, `not_before_us`, `moment_us` (never ahead of now), `age_us`,
-- `earliest_us` (nil unless it is a replay), and `answer`: every answer begins with the server's time in unix microseconds, from which its sender
-- learns.

local CLOCK_SLACK_US = 5000

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)
local not_before, late_after, moment_after, age, earliest_after =
  string.match(ARGV[1], '^(%d+) (-?%d+) (-?%d+) (-?%d+) ?(-?%d*)$')
local not_before_us, age_us = tonumber(not_before), tonumber(age)
local earliest_us = earliest_after ~= '' and not_before_us + earliest_after or nil
local moment_us = math.min(not_before_us + moment_after, now_us)

local function answer(...)
  return {now_us, ...}
end

if now_us > not_before_us + late_after then
  return answer('late')
end
if now_us < not_before_us - CLOCK_SLACK_US then
  return answer('clock')
end
