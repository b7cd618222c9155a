#!lua flags=no-writes
-- Reads a key of a former service, with the time that it has left.
--
-- Why a script: value and expiry are of one instant, and a key that holds no text, which belongs to
-- another program, is an answer and no error.
--
-- KEYS     1 key of the former service
-- ARGV     none
-- Returns  {now in unix us, 'none'}: the key is missing, or holds no text
--          {now in unix us, 'found', time to live in ms, value}: -1 without an expiry; a value that
--          is larger than LEGACY_VALUE_MAX_BYTES is left out
--
-- Safe to run twice because it writes nothing.

local LEGACY_VALUE_MAX_BYTES = 16777216

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]

local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'string' then
  return {now_us, 'none'}
end
local ttl_ms = redis.call('PTTL', key)
if redis.call('STRLEN', key) > LEGACY_VALUE_MAX_BYTES then
  return {now_us, 'found', ttl_ms}
end
return {now_us, 'found', ttl_ms, redis.call('GET', key)}
