#!lua
-- Removes a key of a former service.
--
-- Why a script: a key that holds no text belongs to another program, and is left; and a call that
-- arrives late removes nothing.
--
-- KEYS     1 key of the former service
-- ARGV     1 as in check_time.lua
-- Returns  {now, 'removed', 0 or 1}: how many keys were removed
--          and those of check_time.lua
--
-- Safe to run twice because the second run finds nothing.

local key = KEYS[1]

-- check_time.lua

if redis.call('TYPE', key).ok ~= 'string' then
  return answer('removed', 0)
end
return answer('removed', redis.call('UNLINK', key))
