#!lua flags=allow-oom
-- Writes something that changes nothing.
--
-- Why a script: the expiry is read and written as it is. Why at all: WAIT on a connection waits for the last write of that connection. An update that was found
-- stored already wrote nothing, so a WAIT after it could be confirmed by replicas that do not have
-- the update yet (Redis 7.2 and later, Valkey). This write comes after the update in the order of
-- replication, so a replica that has this has both.
--
-- KEYS     1 session
-- ARGV     none
-- Returns  1 if something was written, 0 if there is no such key, or it never expires
--
-- Safe to run twice because the key keeps its expiry.

local expires_at = redis.call('PEXPIRETIME', KEYS[1])
if expires_at < 0 then
  return 0
end
return redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', expires_at))
