-- Judges a write by the server's clock, before it looks at anything. Every script that writes
-- begins with this: it is put in the place of the line `-- judge_time.lua`.
--
-- KEYS     those of the script
-- ARGV     1 what the write says of time, four numbers in microseconds: `not before`, the instant
-- before which it
--          cannot have been sent, by the server's clock as its sender knows it; how much later it
--          comes too late;
--          how much later its request was received at the latest, mostly a negative number; how old
--          the request was
--          when it was sent
-- Returns  {now, 'late'}: its sender does not wait for it any more
--          {now, 'clock'}: the clock is behind what its sender knows, so `late` is not to be
--          believed
--
-- Leaves `now_us`, `now_ms`, `not_before_us`, `moment_us` (never ahead of now), `age_us`, and
-- `answer`: every answer begins with the server's time in unix microseconds, from which its sender
-- learns.

local CLOCK_SLACK_US = 5000

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now_ms = math.floor(now_us / 1000)
local not_before, late_after, moment_after, age = string.match(ARGV[1], '^(%d+) (-?%d+) (-?%d+) (-?%d+)$')
local not_before_us, age_us = tonumber(not_before), tonumber(age)
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
