#!lua flags=allow-oom
-- Gives a session's lock back.
--
-- Why a script: only the holder may, and between a look at the lock and its removal somebody else
-- could have taken it.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 token   3 how long a lock is remembered that was not
-- released, ms
--          4 1 to leave a lock that is held, and only forget one that ran out; else 0
-- Returns  {now, 'released'}: the token held the lock, or has given it back before; or still holds
-- it, if it was left
--          {now, 'lost', lapsed}: it does not hold it; lapsed is 1 if its time ran out, and nobody
--          was told of it
--          and those of check_time.lua
--
-- The fields are those of lock.lua. A release leaves `<token> 0` behind, which holds nobody up and
-- lets the repetition of a release be answered alike.
--
-- Every release leaves its instant in `fence`, also that of a lock which is not held: the lock may
-- be taken back before the attempt to take it has arrived. The key then stays for FENCE_KEPT_MS at
-- least, which is far longer than an attempt lasts. What is no hash is left alone.
--
-- Allowed when Redis is out of memory, since it takes a few bytes, and writers wait for it.
--
-- Safe to run twice because a second run finds what the first left, and answers 'released' or
-- 'lost' again. Only that a lock lapsed is told once.

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
