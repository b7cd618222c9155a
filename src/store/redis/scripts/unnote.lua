#!lua flags=allow-oom
-- Forgets what was noted of a session in its user's index, so that its next update is due: the note
-- could not be written.
--
-- Why a script: it takes effect as late as its sender allows, and no later.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua
-- Returns  {now, 'forgotten'}
--          and those of check_time.lua
--
-- Allowed when Redis is out of memory, since it frees a few bytes.
--
-- Safe to run twice because a second run finds nothing.

local key = KEYS[1]

-- check_time.lua

if redis.call('TYPE', key).ok == 'hash' then
  redis.call('HDEL', key, 'noted')
end
return answer('forgotten')
