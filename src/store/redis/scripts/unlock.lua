#!lua flags=allow-oom
-- Releases a session's lock.
--
-- Why a script: only the holder may release it, and another caller could take the lock between the
-- check and the removal.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 token
--          3 how long a lock that was not released is remembered, ms
--          4 1 to leave a lock that is held, and only forget one that expired; else 0
-- Returns  {now, 'released'}: the token held the lock, or had released it before; or it still holds
--          the lock, which was left
--          {now, 'lost', lapsed}: the token does not hold it; lapsed is 1 if it expired and this is
--          the first call to notice
--          and those of check_time.lua
--
-- The fields are those of lock.lua. A release leaves `<token> 0`, which blocks no other token, and
-- lets a repeated release be answered in the same way.
--
-- Every release writes its instant to `fence`, even if the lock is not held: a release may arrive
-- before the attempt to take the lock. The key is then kept for FENCE_KEPT_MS at least, which is far
-- longer than an attempt lasts. A key that holds no hash is left alone.
--
-- Allowed when Redis is out of memory, since it takes a few bytes, and writers wait for it.
--
-- Safe to run twice because a second run finds what the first left, and answers 'released' or
-- 'lost' again. Only `lapsed` is 1 once.

local FENCE_KEPT_MS = 60000

local key, token, remembered_ms, only_forget = KEYS[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'

-- check_time.lua

-- numbers.lua

-- seals.lua

-- locks.lua

local kind = redis.call('TYPE', key).ok
if kind ~= 'hash' and kind ~= 'none' then
  return answer('lost', 0)
end

local function leave_fence()
  redis.call('HSET', key, 'fence', digits(now_us))
  local key_expires_at = redis.call('PEXPIRETIME', key)
  if kind == 'none' or (key_expires_at >= 0 and key_expires_at < now_ms + FENCE_KEPT_MS) then
    redis.call('PEXPIREAT', key, digits(now_ms + FENCE_KEPT_MS))
  end
end

local found = redis.call('HMGET', key, 'lock', 'lock_seal')
local holder, deadline_ms = lock_from(found[1], found[2], now_ms)
local mine = holder == token
local lapsed = mine and deadline_ms > 0 and deadline_ms <= now_ms

if lapsed or not only_forget then
  leave_fence()
end
if not mine then
  return answer('lost', 0)
end
if lapsed then
  redis.call('HDEL', key, 'lock', 'lock_seal')
  return answer('lost', deadline_ms > now_ms - remembered_ms and 1 or 0)
end
if deadline_ms > 0 and not only_forget then
  local lock = token .. ' 0'
  redis.call('HSET', key, 'lock', lock, 'lock_seal', sealed(lock))
end
return answer('released')
