#!lua flags=allow-oom
-- Removes the seals of a session, so that its fields are accepted as they are: for fields that were
-- edited by hand, which would count as damage otherwise.
--
-- Why a script: all seals are removed in one step, or none is, and not after the sender's deadline.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua
-- Returns  {now, 'unsealed'}
--          and those of check_time.lua
--
-- The next update seals the fields again. Nothing else is changed.
--
-- Allowed when Redis is out of memory, since it frees a few bytes.
--
-- Safe to run twice because a second run finds no seals.

local key = KEYS[1]

-- check_time.lua

if redis.call('TYPE', key).ok == 'hash' then
  redis.call('HDEL', key, 'seal', 'lock_seal', 'tombstone_seal', 'erased_seal')
end
return answer('unsealed')
