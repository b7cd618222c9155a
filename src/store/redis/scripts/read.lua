#!lua flags=no-writes
-- Reads everything under a session's key, with the time of the clock that its deadlines are compared
-- with, in one round trip.
--
-- Why a script: the fields and TIME must be of one instant, and of one server. The caller decides
-- what the fields mean; nothing is moved, changed or prolonged here, however damaged they are.
--
-- KEYS     1 session
-- ARGV     none
-- Returns  {now in unix us, {field, value, field, value, ...}}; no fields if the key is missing, or
--          holds no hash.
--
-- Safe to run twice because it writes nothing.

local time = redis.call('TIME')

local fields = {}
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  fields = redis.call('HGETALL', KEYS[1])
end
return {time[1] * 1000000 + time[2], fields}
