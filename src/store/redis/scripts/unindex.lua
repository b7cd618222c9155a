#!lua flags=allow-oom
-- Removes sessions from a user's index.
--
-- Why a script: both members of an entry are removed together, and the answer counts entries, not
-- members.
--
-- KEYS     1 index of the user, as in index.lua
-- ARGV     1 as in check_time.lua   2 session id   3 the next; ...
-- Returns  {now, 'removed', how many of the sessions were in the index}
--          and those of check_time.lua
--
-- The user's tombstone stays. Nothing more is removed once the set is empty: in a slot that
-- migrates, the server refuses a script whose key has become empty. A key that holds no sorted set
-- is left alone.
--
-- Allowed when Redis is out of memory, since it frees some.
--
-- Safe to run twice because a session that was removed is not counted again.

local FIRST_SESSION = 2

local key = KEYS[1]

-- check_time.lua

local left = redis.call('TYPE', key).ok == 'zset' and redis.call('ZCARD', key) or 0

local function remove(member)
  local removed = left > 0 and redis.call('ZREM', key, member) or 0
  left = left - removed
  return removed
end

local sessions = 0
for place = FIRST_SESSION, #ARGV do
  sessions = sessions + remove('e' .. ARGV[place])
  remove('x' .. ARGV[place])
end
return answer('removed', sessions)
