#!lua
-- Takes the lock on a session, or keeps one that is held. The session need not exist.
--
-- Why a script: who holds the lock, whether its time has passed, and the taking of it are one step, on one
-- clock. A lock lies in the session's own hash, where append judges it by the same clock.
--
--   lock   <token> <deadline, unix ms>, held while the deadline lies ahead; `<token> 0` after a release
--
-- A lock that ran out without a release stays for a while, so that the first to come after it is told: the
-- next holder, or the late one.
--
-- KEYS     1 session
-- ARGV     1 token   2 time to live, ms   3 how long a lock is remembered that was not released, ms
--          4 1 to renew, else 0
-- Returns  {'held', lapsed}: the token holds the lock; lapsed is 1 if the one before it ran out
--          {'busy', ms}: somebody else holds it, for so long; nothing was written
--          {'lost', lapsed}: it was to be renewed, and is not held, lapsed is 1 if it ran out, and nobody
--          was told of it; or the token has given the lock back
--
-- A field that cannot be read is no lock. What is no hash is renamed aside, by a taker. The key's expiry only
-- ever moves forward, and stays away from a key that lives for ever.
--
-- Safe to run twice because a token that holds the lock already keeps it. A first attempt that arrives after
-- the lock was given back takes nothing: nobody would know of that lock.

local INSTANT_END_MS = 253402300800000

local key, token = KEYS[1], ARGV[1]
local ttl_ms, remembered_ms, renew = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local kind = redis.call('TYPE', key).ok
local text = kind == 'hash' and redis.call('HGET', key, 'lock') or ''
local holder, deadline = string.match(text, '^(%S+) (%d+)$')
local deadline_ms = deadline and #deadline <= 15 and tonumber(deadline) or 0
if deadline_ms >= INSTANT_END_MS then
  deadline_ms = 0
end
local mine = holder == token
local held = deadline_ms > now_ms
local given_back = mine and deadline == '0'
local lapsed = not held and deadline_ms > now_ms - remembered_ms

if (renew and not (mine and held)) or given_back then
  if mine and lapsed then
    redis.call('HDEL', key, 'lock')
  end
  return {'lost', mine and lapsed and 1 or 0}
end
if held and not mine then
  return {'busy', deadline_ms - now_ms}
end

if kind ~= 'hash' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
  kind = 'none'
end
local expires_at = now_ms + ttl_ms + remembered_ms
redis.call('HSET', key, 'lock', token .. ' ' .. digits(now_ms + ttl_ms))
local key_expires_at = redis.call('PEXPIRETIME', key)
if kind == 'none' or (key_expires_at >= 0 and key_expires_at < expires_at) then
  redis.call('PEXPIREAT', key, digits(expires_at))
end
return {'held', lapsed and 1 or 0}
