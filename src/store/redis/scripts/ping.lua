#!lua
-- Asks a server whether it would take a write of this user under the key prefix.
--
-- Why a script: a script that may write is refused before it starts wherever a write would be (OOM,
-- READONLY, MISCONF, NOREPLICAS, LOADING), while PING is answered. The user's permissions are looked
-- up without running the commands, since a probe that writes would cost every master one write per
-- second and client. A server notices a full disk only when it writes, so from time to time the probe
-- does write.
--
-- KEYS     keys that no session can have: their hash tag begins with a colon, which is encoded in
-- ids
-- ARGV     1 a key to look up permissions for, where no key of this server is known
--          2 `write` to write to the first key as well
--          3 the key of a user's index to look up permissions for
-- Returns  the names of the commands that the user may not run on the keys; none: a write would be
--          taken
--
-- Safe to run twice because nobody reads what it writes, which expires.

local PROBE_TTL_MS = 60000

-- Every command that the store sends or its scripts run, with arguments in their place.
local function calls_on(key)
  return {
    {'EVALSHA', '', '1', key},
    {'EVAL', '', '1', key},
    {'TIME'},
    {'TYPE', key},
    {'RENAME', key, key .. ':aside:0'},
    {'PEXPIREAT', key, '1'},
    {'PEXPIRETIME', key},
    {'HGET', key, 'a'},
    {'HMGET', key, 'a', 'b'},
    {'HGETALL', key},
    {'HKEYS', key},
    {'HSET', key, 'a', 'b'},
    {'HDEL', key, 'a'},
    {'ZADD', key, 'GT', '1', 'a'},
    {'ZCARD', key},
    {'ZMSCORE', key, 'a'},
    {'ZRANGE', key, '0', '0', 'WITHSCORES'},
    {'ZREM', key, 'a'},
  }
end

local refused, is_refused = {}, {}
for _, key in ipairs({KEYS[1] or ARGV[1], ARGV[3]}) do
  for _, call in ipairs(calls_on(key)) do
    -- A command that was renamed or disabled raises an error.
    local known, allowed = pcall(redis.acl_check_cmd, unpack(call))
    if not (known and allowed or is_refused[call[1]]) then
      is_refused[call[1]] = true
      refused[#refused + 1] = string.lower(call[1])
    end
  end
end
if ARGV[2] == 'write' and KEYS[1] and #refused == 0 then
  local time = redis.call('TIME')
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('HSET', KEYS[1], 'probed_at', string.format('%.0f', now_ms))
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', now_ms + PROBE_TTL_MS))
end
return refused
