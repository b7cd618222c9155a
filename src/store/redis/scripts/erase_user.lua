#!lua flags=allow-oom
-- Leaves a tombstone in a user's index, so that notes from before it are refused. Removes no entry.
--
-- Why a script: instant and deadline of the tombstone and the expiry of the key change together, and all of
-- them only ever forward.
--
-- KEYS     1 index of the user, as in index.lua
-- ARGV     1 age of the erase, ms   2 how long the tombstone stands, ms
--          3 how much before the erase the instant lies, ms
-- Returns  'erased'
--
-- What is no sorted set is renamed aside.
--
-- Allowed when Redis is out of memory: it takes a few bytes, and the erasing that follows frees more.
--
-- Safe to run twice because scores only move forward: of two runs the later instant and deadline stand, and
-- an erase that is tried again carries its age.

local key = KEYS[1]
local age_ms, ttl_ms, grain_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local moment_ms = now_ms - age_ms

local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
redis.call('ZADD', key, 'LT', digits(grain_ms - moment_ms), 't', digits(-(moment_ms + ttl_ms)), 'd')
local latest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
redis.call('PEXPIREAT', key, digits(-tonumber(latest)))
return 'erased'
