#!lua flags=allow-oom
-- Replaces frames of a session by the snapshot that they were folded into, or changes nothing at
-- all.
--
-- Why a script: between the reading of the frames and this moment the session may have expired,
-- been compacted by somebody else, or lost its last writes to a failover. So the very frames that
-- were folded must all still be there, in this incarnation; then they go and the snapshot comes in
-- one step.
--
-- KEYS     1 session
-- ARGV     1 as in judge_time.lua   2 incarnation   3 name of the snapshot   4 its stored value,
-- head included
--          5 `recent` from now on   6, 7 name and fingerprint of a folded frame; 8, 9 of the next;
--          ...
-- Returns  {now, 'compacted'}
--          {now, 'changed'}: the session holds something else than what was folded; nothing was
--          written
--          and those of judge_time.lua
--
-- A fingerprint is length, head and last 32 bytes, which is the frame's SHA-256: equal fingerprints
-- of sound frames are equal frames, without sending them back. Frames that came since the reading
-- are not named and stay. Revision, chain and expiry stay as they are, and no session is created,
-- because at least one folded frame must be found.
--
-- Allowed when Redis is out of memory, since it frees more than it takes.
--
-- Safe to run twice because a second run finds its own snapshot in place and no folded frame, which
-- answers 'compacted' again without a write.

local AT_ONCE = 1000
local HEAD_BYTES = 30
local DIGEST_BYTES = 32
local FIRST_FOLDED = 6

local key = KEYS[1]
local incarnation, snapshot_name, snapshot, recent = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- judge_time.lua

local function fingerprint_of(value)
  return #value .. ':' .. string.sub(value, 1, HEAD_BYTES) .. string.sub(value, -DIGEST_BYTES)
end

local function counter_from(text)
  if text and #text <= 15 and string.find(text, '^%d+$') then
    return tonumber(text)
  end
end

-- Calls `judge` with the name, stored value (or false) and expected fingerprint of each folded
-- frame, until it answers false; values are fetched a chunk at a time.
local function every_folded(judge)
  for first = FIRST_FOLDED, #ARGV, 2 * AT_ONCE do
    local last = math.min(first + 2 * AT_ONCE - 2, #ARGV - 1)
    local names = {}
    for place = first, last, 2 do
      names[#names + 1] = ARGV[place]
    end
    local values = redis.call('HMGET', key, unpack(names))
    for place, name in ipairs(names) do
      if not judge(name, values[place], ARGV[first + 2 * place - 1]) then
        return false
      end
    end
  end
  return true
end

if redis.call('TYPE', key).ok ~= 'hash' or #ARGV < FIRST_FOLDED then
  return answer('changed')
end
local found = redis.call('HMGET', key, 'incarnation', 'expires_at', snapshot_name, 'snapshot_bytes', 'delta_bytes')
local expires_at = counter_from(found[2])
if incarnation == '' or found[1] ~= incarnation or (expires_at and expires_at <= now_ms) then
  return answer('changed')
end

if found[3] then
  local same = fingerprint_of(found[3]) == fingerprint_of(snapshot)
  local gone = every_folded(function(_, value)
    return not value
  end)
  return answer(same and gone and 'compacted' or 'changed')
end

local folded, snapshot_bytes, delta_bytes = {}, 0, 0
local unchanged = every_folded(function(name, value, fingerprint)
  if not value or fingerprint_of(value) ~= fingerprint then
    return false
  end
  folded[#folded + 1] = name
  if string.sub(name, 1, 9) == 'snapshot:' then
    snapshot_bytes = snapshot_bytes + #value
  else
    delta_bytes = delta_bytes + #value
  end
  return true
end)
if not unchanged then
  return answer('changed')
end

redis.call('HSET', key, snapshot_name, snapshot, 'recent', recent)
for first = 1, #folded, AT_ONCE do
  redis.call('HDEL', key, unpack(folded, first, math.min(first + AT_ONCE - 1, #folded)))
end
-- A count that cannot be read, or falls below zero, is mended by the next append.
local snapshot_count, delta_count = counter_from(found[4]), counter_from(found[5])
if snapshot_count then
  redis.call('HSET', key, 'snapshot_bytes', string.format('%.0f', snapshot_count + #snapshot - snapshot_bytes))
end
if delta_count then
  redis.call('HSET', key, 'delta_bytes', string.format('%.0f', delta_count - delta_bytes))
end
return answer('compacted')
