#!lua
-- Notes in a user's index that the user has a session, and drops what is over.
--
-- Why a script: an entry, the time until which it is to be found and the expiry of the key change
-- together, and all of them only ever forward, whatever order the notes come in.
--
-- One sorted set holds two members per session and two for a tombstone, so that one key is all
-- there is to a user:
--
--   e<session id>   score = time of the latest event, unix ms, at least 1
--   x<session id>   score = -(instant until which the entry is to be found, unix ms)
--   t               score = -(instant before which notes are refused, unix ms, less 2: see
--   erase.lua)
--   d               score = -(instant until which they are, unix ms)
--
-- Positive scores are events, to be read newest first; negative ones are deadlines, the lowest the
-- latest. `t` alone is neither: it lies in the past, and goes with its `d`.
--
-- KEYS     1 index of the user
-- ARGV     1 as in judge_time.lua   2 session id   3 time of the event, unix ms   4 time to live,
-- ms
-- Returns  {now, 'noted'}
--          {now, 'erased'}: the user was erased after the note was received; nothing was written
--          {now, 'doubtful'}: it was by its moment, and not by its age (see append.lua): to be sent
--          again
--          and those of judge_time.lua
--
-- An entry outlives its time by SLACK_MS (INDEX_SLACK_MS of session-store.ts): a session is noted
-- at most once a minute, and another server's clock judges it. What is no sorted set is renamed
-- aside.
--
-- Safe to run twice because scores only move forward, and pruning removes only what is over.

local SLACK_MS = 120000
local PRUNED_AT_ONCE = 100
local GRAIN_MS = 2

local key, session_id = KEYS[1], ARGV[2]
local event_ms, ttl_ms = tonumber(ARGV[3]), tonumber(ARGV[4])

-- judge_time.lua

local moment_ms = math.floor(moment_us / 1000)

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local kind = redis.call('TYPE', key).ok
local tombstone = kind == 'zset' and redis.call('ZMSCORE', key, 't', 'd') or {}
if tombstone[1] and tombstone[2] and -tonumber(tombstone[2]) > now_ms then
  local instant_us = (GRAIN_MS - tonumber(tombstone[1])) * 1000
  if instant_us <= now_us and moment_us < instant_us then
    return answer(now_us - age_us >= instant_us and 'doubtful' or 'erased')
  end
end
if kind ~= 'zset' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
redis.call('ZADD', key, 'GT', digits(math.max(1, event_ms)), 'e' .. session_id)
redis.call('ZADD', key, 'LT', digits(-(moment_ms + ttl_ms + SLACK_MS)), 'x' .. session_id)

local over = redis.call('ZRANGE', key, digits(-now_ms), 0, 'BYSCORE', 'LIMIT', 0, PRUNED_AT_ONCE)
for _, member in ipairs(over) do
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
