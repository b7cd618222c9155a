#!lua
-- Takes or renews the lease on a set of ends, and answers those that are due. Nothing is removed:
-- settle_ends.lua does that, once it is known what became of them.
--
-- Why a script: only one process sweeps a set at a time, by the clock of the server that holds it.
-- The lease is a member of the set (note_ends.lua), so that both are in one key.
--
-- KEYS     1 set of ends
-- ARGV     1 as in check_time.lua   2 token of the lease, random for each time that it is taken
--          3 how long a lease lasts, ms   4 how many ends are answered at most
-- Returns  {now, 'held', ms, end, score, end, score, ...}: the token holds the lease; in how many ms
--          the next end is due, -1 if there is none; and those that are due, the earliest first
--          {now, 'busy', ms}: another token holds it, for so long
--          {now, 'empty'}: no ends are noted; there is no lease
--          and those of check_time.lua
--
-- A lease is renewed when less than half of its time is left: so most calls write nothing.
--
-- Safe to run twice because a token that holds the lease keeps it.

local key, token, lease_ms, limit = KEYS[1], 'lease ' .. ARGV[2], tonumber(ARGV[3]), ARGV[4]

-- check_time.lua

-- numbers.lua

if redis.call('TYPE', key).ok ~= 'zset' then
  return answer('empty')
end
local lease = redis.call('ZRANGE', key, '-inf', '(0', 'BYSCORE', 'WITHSCORES')
local remaining_ms = lease[2] and -tonumber(lease[2]) - now_ms or 0
if remaining_ms > 0 and lease[1] ~= token then
  return answer('busy', remaining_ms)
end
local due = redis.call('ZRANGE', key, 1, digits(now_ms), 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES')
local later = redis.call('ZRANGE', key, '(' .. digits(now_ms), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
if #due == 0 and #later == 0 then
  if lease[1] then
    redis.call('ZREM', key, lease[1])
  end
  return answer('empty')
end
if lease[1] ~= token or remaining_ms < lease_ms / 2 then
  if lease[1] and lease[1] ~= token then
    redis.call('ZREM', key, lease[1])
  end
  redis.call('ZADD', key, digits(-(now_ms + lease_ms)), token)
end
return answer('held', later[2] and tonumber(later[2]) - now_ms or -1, unpack(due))
