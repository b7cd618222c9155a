#!lua
-- Removes ends that have come, or moves those that come later.
--
-- Why a script: an end is removed, and reported afterwards, only by the process that holds the lease
-- on the set. So it is reported once.
--
-- KEYS     1 set of ends
-- ARGV     1 as in check_time.lua   2 token of the lease   3, 4 and so on, in pairs: an end, and in
--          how many ms from now it is due again; empty: it is removed
-- Returns  {now, 'settled', there, ...}: for each end 1 if it was there, else 0
--          {now, 'lost'}: another token holds the lease, or none; nothing was written
--          and those of check_time.lua
--
-- A lease whose deadline has passed, but which no other token has taken, is still valid.
--
-- Safe to run twice because a second run finds removed ends absent, and answers 0. A process whose
-- first run was not answered, and which still holds the lease, knows that it has removed them.

local key, token = KEYS[1], 'lease ' .. ARGV[2]

-- check_time.lua

-- numbers.lua

if redis.call('TYPE', key).ok ~= 'zset' or not redis.call('ZMSCORE', key, token)[1] then
  return answer('lost')
end
local there = {}
for place = 3, #ARGV, 2 do
  local member, after = ARGV[place], ARGV[place + 1]
  if after == '' then
    there[#there + 1] = redis.call('ZREM', key, member)
  else
    there[#there + 1] = redis.call('ZADD', key, 'XX', 'CH', digits(now_ms + tonumber(after)), member)
  end
end
return answer('settled', unpack(there))
