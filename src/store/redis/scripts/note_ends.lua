#!lua
-- Notes when sessions and other things under sessions' keys end, or that they need not be waited for
-- any more.
--
-- Why a script: the ends, and the expiry of the key that holds them, change together.
--
-- One sorted set holds the ends of many sessions, and the lease of the process that sweeps it:
--
--   s<incarnation> <session id>   score = when the session ends at the earliest, unix ms
--   t <session id>                score = when its tombstone ends
--   q<name> <session id>          score = when that frame's quarantine ends
--   lease <token>                 score = -(deadline of the lease, unix ms)
--
-- When one of them is due, the session's own key says whether it has ended: so an end that is noted
-- too early, or again, does no harm, and notes may arrive in any order.
--
-- KEYS     1 set of ends
-- ARGV     1 as in check_time.lua   2, 3 and so on, in pairs: an end, and in how many ms from now;
--          empty: it is removed
-- Returns  {now, 'noted', leased}: leased is 1 if a process sweeps the set, else 0
--          and those of check_time.lua
--
-- The key is kept for ENDS_KEPT_MS after its latest end, where no process sweeps it. A key that holds no
-- sorted set is renamed.
--
-- Safe to run twice because each end has one score, which is set.

local ENDS_KEPT_MS = 86400000

local key = KEYS[1]

-- check_time.lua

-- numbers.lua

local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
local latest_ms = 0
for place = 2, #ARGV, 2 do
  local member, after = ARGV[place], ARGV[place + 1]
  if after == '' then
    redis.call('ZREM', key, member)
  else
    local end_ms = math.max(1, now_ms + tonumber(after))
    latest_ms = math.max(latest_ms, end_ms)
    redis.call('ZADD', key, digits(end_ms), member)
  end
end
if latest_ms > 0 and redis.call('PEXPIRETIME', key) < latest_ms + ENDS_KEPT_MS then
  redis.call('PEXPIREAT', key, digits(latest_ms + ENDS_KEPT_MS))
end
local lease = redis.call('ZRANGE', key, '-inf', '(0', 'BYSCORE', 'WITHSCORES')
return answer('noted', lease[2] and -tonumber(lease[2]) > now_ms and 1 or 0)
