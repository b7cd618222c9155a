#!lua flags=allow-oom
-- Gives a session's lock back.
--
-- Why a script: only the holder may, and between a look at the lock and its removal somebody else could have
-- taken it.
--
-- KEYS     1 session
-- ARGV     1 token   2 how long a lock is remembered that was not released, ms
-- Returns  {'released'}: the token held the lock, or has given it back before
--          {'lost', lapsed}: it does not hold it; lapsed is 1 if its time ran out, and nobody was told of it
--
-- The field is that of lock.lua. A release leaves `<token> 0` behind, which holds nobody up and lets the
-- repetition of a release be answered alike. The key keeps its expiry.
--
-- Allowed when Redis is out of memory, since it takes none, and writers wait for it.
--
-- Safe to run twice because a second run finds what the first left, and answers 'released' or 'lost' again.
-- Only that a lock lapsed is told once.

local INSTANT_END_MS = 253402300800000

local key, token, remembered_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

local text = redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'lock') or ''
local holder, deadline = string.match(text, '^(%S+) (%d+)$')
local deadline_ms = deadline and #deadline <= 15 and tonumber(deadline)
if holder ~= token or not deadline_ms or deadline_ms >= INSTANT_END_MS then
  return {'lost', 0}
end

if deadline_ms > now_ms then
  redis.call('HSET', key, 'lock', token .. ' 0')
end
if deadline_ms > now_ms or deadline_ms == 0 then
  return {'released'}
end

redis.call('HDEL', key, 'lock')
return {'lost', deadline_ms > now_ms - remembered_ms and 1 or 0}
