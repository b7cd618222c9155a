#!lua
-- Extends the life of a session, and changes nothing else of it: neither its frames nor its revision
-- or etag.
--
-- Why a script: whether there is a session is decided by the server's clock, and its expiry is
-- written together with its seal.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 how long the session is to live at least, ms
--          3 `=` and the flow that this is meant for, or `*` if it is meant for any
-- Returns  {now, 'touched', ms that the session lives}; then the note that is due, as in append.lua:
--          user, certain, event, time to live and checksum
--          All other answers have written nothing:
--          {now, 'other-flow', flow}: the session is of this flow
--          {now, 'missing', erased}: there is no live session; erased is 1 if there is a tombstone
--          and those of check_time.lua
--
-- Locks are ignored: they are about the content. So is a tombstone if a session is live, since that
-- began after the erase. The session's expiry never moves back.
--
-- Metadata that is damaged is left for the next append to repair, except that the expiry is written,
-- and a seal if all of it can be read. Without that no note is due: it would name no incarnation.
--
-- Safe to run twice because the second run extends the session from its own moment.

local ANY_FLOW = '*'

local key = KEYS[1]
local ttl_ms, ttl_flow = tonumber(ARGV[2]), ARGV[3]

-- check_time.lua

local moment_ms = math.floor(moment_us / 1000)

-- numbers.lua

-- seals.lua

-- metadata.lua

-- frames.lua

-- due_note.lua

local found = redis.pcall('HMGET', key, 'revision', 'incarnation', 'chain', 'created_at',
  'expires_at', 'flow', 'seal', 'tombstone', 'tombstone_seal', 'noted')
if not found[1] and redis.call('TYPE', key).ok ~= 'hash' then
  return answer('missing', 0)
end
local revision, incarnation, chain, created_at, expires_at, flow, readable =
  metadata_from(found[1], found[2], found[3], found[4], found[5], found[6], found[7])

local has_expired = expires_at ~= nil and expires_at <= now_ms
local has_begun = readable or found[4] ~= false
if has_expired or not (has_begun or #frame_names(key) > 0) then
  local tombstone = value_or_copy(found[8], found[9])
  local tombstone_end_ms = instant_from(string.match(tombstone or '', '^%d+ (%d+) '))
  return answer('missing', tombstone_end_ms and tombstone_end_ms > now_ms and 1 or 0)
end
if ttl_flow ~= ANY_FLOW and ttl_flow ~= '=' .. flow then
  return answer('other-flow', flow)
end

expires_at = math.max(expires_at or 0, moment_ms + ttl_ms)
local expires_text = digits(expires_at)
local due = {}
redis.call('HSET', key, 'expires_at', expires_text)
if readable then
  local noted
  noted, due[1], due[2], due[3], due[4], due[5] =
    due_note(found[10], '', false, incarnation, '', 0, ttl_ms, moment_ms, expires_at)
  local text = metadata_text(digits(revision), incarnation, chain, digits(created_at), expires_text, flow)
  redis.call('HSET', key, 'seal', sealed(text))
  if noted then
    redis.call('HSET', key, 'noted', noted)
  end
end
-- GT does not change a key that has no expiry yet.
if redis.call('PEXPIREAT', key, expires_text, 'GT') == 0 and redis.call('PEXPIRETIME', key) < expires_at then
  redis.call('PEXPIREAT', key, expires_text)
end
return answer('touched', expires_at - now_ms, unpack(due, 1, 5))
