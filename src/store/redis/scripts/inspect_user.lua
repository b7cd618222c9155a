#!lua flags=no-writes
-- Says what a user's index holds: how many entries, and the user's tombstone.
--
-- Why a script: the numbers and TIME must be of one instant, and of one server.
--
-- KEYS     1 index of the user, as in index.lua
-- ARGV     none
-- Returns  {now in unix us, entries, instant, deadline}, the two of the tombstone in unix ms, 0 if
-- there is none
--
-- Entries are counted, not read, so that the cost does not grow with them: expired entries that are
-- not removed yet count as well. A key that holds no sorted set holds nothing.
--
-- Safe to run twice because it changes nothing.

local GRAIN_MS = 2

local key = KEYS[1]

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]

if redis.call('TYPE', key).ok ~= 'zset' then
  return {now_us, 0, 0, 0}
end
local members = redis.call('ZCARD', key)
local tombstone = redis.call('ZMSCORE', key, 't', 'd')
local instant_ms, deadline_ms = 0, 0
if tombstone[1] then
  members = members - 1
  instant_ms = GRAIN_MS - tonumber(tombstone[1])
end
if tombstone[2] then
  members = members - 1
  deadline_ms = -tonumber(tombstone[2])
end
if instant_ms == 0 or deadline_ms * 1000 <= now_us then
  instant_ms, deadline_ms = 0, 0
end
return {now_us, math.floor(members / 2), instant_ms, deadline_ms}
