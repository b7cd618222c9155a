#!lua
-- Notes in a user's index that the user has a session, and removes expired entries.
--
-- Why a script: an entry, its deadline and the expiry of the key change together, and all of them
-- only ever move forward, in whatever order the notes arrive.
--
-- One sorted set holds two members per session and two for a tombstone, so that a user needs one
-- key only:
--
--   e<session id>   score = time of the latest event, unix ms, at least 1
--   x<session id>   score = -(deadline of the entry, unix ms)
--   t               score = -(instant before which notes are refused, unix ms, less 2: see
--                   erase.lua)
--   d               score = -(deadline of the tombstone, unix ms)
--
-- Positive scores are events, to be read newest first; negative ones are deadlines, the lowest of
-- them the latest. `t` alone is neither: it is in the past, and is removed with its `d`.
--
-- KEYS     1 index of the user
-- ARGV     1 as in check_time.lua   2 session id   3 time of the event, unix ms
--          4 time to live, ms
-- Returns  {now, 'noted'}
--          {now, 'erased'}: the user was erased after the note was received, or may have been if it
--          is a replay; nothing was written
--          {now, 'doubtful'}: by its moment the note is from before the erase, by its age it is not
--          (see append.lua): send it again
--          and those of check_time.lua
--
-- An entry is kept SLACK_MS longer than its time to live (INDEX_SLACK_MS of session-store.ts): a
-- session is noted at most once a minute, and its expiry is checked by another server's clock. A
-- key that holds no sorted set is renamed.
--
-- Safe to run twice because scores only move forward, and only expired entries are removed.

local SLACK_MS = 120000
local PRUNED_AT_ONCE = 100
local GRAIN_MS = 2

local key, session_id = KEYS[1], ARGV[2]
local event_ms, ttl_ms = tonumber(ARGV[3]), tonumber(ARGV[4])

-- check_time.lua

local moment_ms = math.floor(moment_us / 1000)

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local kind = redis.call('TYPE', key).ok
local tombstone = kind == 'zset' and redis.call('ZMSCORE', key, 't', 'd') or {}
if tombstone[1] and tombstone[2] and -tonumber(tombstone[2]) > now_ms then
  local instant_us = (GRAIN_MS - tonumber(tombstone[1])) * 1000
  if earliest_us and earliest_us < instant_us then
    return answer('erased')
  end
  if not earliest_us and instant_us <= now_us and moment_us < instant_us then
    return answer(now_us - age_us >= instant_us and 'doubtful' or 'erased')
  end
end
if kind ~= 'zset' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
redis.call('ZADD', key, 'GT', digits(math.max(1, event_ms)), 'e' .. session_id)
redis.call('ZADD', key, 'LT', digits(-(moment_ms + ttl_ms + SLACK_MS)), 'x' .. session_id)

local expired = redis.call('ZRANGE', key, digits(-now_ms), 0, 'BYSCORE', 'LIMIT', 0, PRUNED_AT_ONCE)
for _, member in ipairs(expired) do
  if member == 'd' then
    redis.call('ZREM', key, 'd', 't')
  elseif member ~= 't' then
    redis.call('ZREM', key, member, 'e' .. string.sub(member, 2))
  end
end

local latest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
if latest then
  redis.call('PEXPIREAT', key, digits(-tonumber(latest)))
end
return answer('noted')
