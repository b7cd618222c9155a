#!lua flags=no-writes
-- Reads some fields of a session's key, with the time of the clock that its deadlines are compared
-- with: what decides whether something has ended, without the frames.
--
-- Why a script: fields and time are read at one instant, by one round trip.
--
-- KEYS     1 session
-- ARGV     names of fields
-- Returns  {now in unix us, {value or nil, ...}}; no values if the key is missing, or holds no hash.
--
-- Safe to run twice because it writes nothing.

local time = redis.call('TIME')

local values = {}
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  values = redis.call('HMGET', KEYS[1], unpack(ARGV))
end
return {time[1] * 1000000 + time[2], values}
