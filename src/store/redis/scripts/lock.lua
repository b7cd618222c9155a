#!lua
-- Takes the lock on a session, or keeps one that is held. The session need not exist.
--
-- Why a script: checking the holder, checking the deadline, and taking the lock are one step, on one
-- clock. The lock is a field of the session's own hash, where append checks it by the same clock.
--
--   lock    <token> <deadline, unix ms>, held until the deadline; `<token> 0` after a release
--   fence   <instant, unix us>: when a lock of the session last ended, by a release or an erase, or
--           was found lapsed
--
-- A lock that expired without a release is remembered for a while, so that the first call after it
-- learns of that: the next holder, or the late one.
--
-- An attempt that was sent before a lock ended may be a late one of a caller that held the lock and
-- released it. So it takes nothing; a caller that still needs the lock asks again. A fence ahead of
-- the clock was set by another clock, and is ignored.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 token   3 time to live, ms
--          4 how long a lock that was not released is remembered, ms   5 1 to renew, else 0
-- Returns  {now, 'held', lapsed}: the token holds the lock; lapsed is 1 if the lock before it
--          expired without a release
--          {now, 'busy', ms}: another token holds it, for so long; nothing was written
--          {now, 'lost', lapsed}: a renewal of a lock that is not held, lapsed is 1 if it expired
--          and this is the first call to notice; or the token has released the lock
--          {now, 'stale'}: a lock has ended since this was sent; nothing was written
--          and those of check_time.lua
--
-- A field that cannot be read is no lock. A key that holds no hash is renamed when the lock is taken.
-- The key's expiry only ever moves forward, and a key without an expiry gets none.
--
-- Safe to run twice because a token that holds the lock already keeps it.

local key, token = KEYS[1], ARGV[2]
local ttl_ms, remembered_ms, renew = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'

-- check_time.lua

-- numbers.lua

-- seals.lua

-- locks.lua

local kind = redis.call('TYPE', key).ok
local found = kind == 'hash' and redis.call('HMGET', key, 'lock', 'lock_seal', 'fence') or {}
local holder, deadline_ms = lock_from(found[1], found[2], now_ms)
local mine = holder == token
local given_back = mine and deadline_ms == 0
deadline_ms = deadline_ms or 0
local held = deadline_ms > now_ms
local lapsed = not held and deadline_ms > now_ms - remembered_ms

if (renew and not (mine and held)) or given_back then
  if mine and lapsed then
    redis.call('HSET', key, 'fence', digits(now_us))
    redis.call('HDEL', key, 'lock', 'lock_seal')
  end
  return answer('lost', mine and lapsed and 1 or 0)
end
if held and not mine then
  return answer('busy', deadline_ms - now_ms)
end

local function was_sent_before(ended_us)
  return ended_us <= now_us and not_before_us < ended_us
end
local fence_us = string.find(found[3] or '', '^%d+$') and tonumber(found[3]) or 0
if not held and (was_sent_before(fence_us) or was_sent_before(deadline_ms * 1000)) then
  return answer('stale')
end

if kind ~= 'hash' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
  kind = 'none'
end
local expires_at = now_ms + ttl_ms + remembered_ms
local lock = token .. ' ' .. digits(now_ms + ttl_ms)
redis.call('HSET', key, 'lock', lock, 'lock_seal', sealed(lock))
local key_expires_at = redis.call('PEXPIRETIME', key)
if kind == 'none' or (key_expires_at >= 0 and key_expires_at < expires_at) then
  redis.call('PEXPIREAT', key, digits(expires_at))
end
return answer('held', lapsed and 1 or 0)
