#!lua flags=allow-oom
-- Leaves a tombstone in a user's index, so that notes from before it are refused. Removes no entry.
--
-- Why a script: instant and deadline of the tombstone and the expiry of the key change together.
-- The instant is that of this call, or of the first one if a failover may have lost that; it, the
-- deadline and the expiry only ever move forward.
--
-- KEYS     1 index of the user, as in index.lua
-- ARGV     1 as in check_time.lua   2 how long the tombstone is kept, ms
--          3 1 if the user was erased at the moment, and a failover may have lost that; else 0
-- Returns  {now, 'erased'}, and those of check_time.lua
--
-- A key that holds no sorted set is renamed.
--
-- Allowed when Redis is out of memory: it takes a few bytes, and the erasing that follows frees
-- more.
--
-- Safe to run twice because the erase lasts until it is answered: the later of two runs counts.

local GRAIN_MS = 2

local key, ttl_ms = KEYS[1], tonumber(ARGV[2])

-- check_time.lua

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
local instant_ms = now_ms
if ARGV[3] == '1' then
  instant_ms = math.floor(math.min(now_us, not_before_us - age_us) / 1000)
  local former = redis.call('ZMSCORE', key, 't')[1]
  local former_ms = former and GRAIN_MS - tonumber(former) or 0
  if former_ms <= now_ms then
    instant_ms = math.max(instant_ms, former_ms)
  end
end
redis.call('ZADD', key, digits(GRAIN_MS - instant_ms), 't')
redis.call('ZADD', key, 'LT', digits(-(now_ms + ttl_ms)), 'd')
local latest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
redis.call('PEXPIREAT', key, digits(-tonumber(latest)))
return answer('erased')
