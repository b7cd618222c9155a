#!lua flags=allow-oom
-- Replaces frames of a session by the snapshot that they were folded into, or changes nothing at
-- all.
--
-- Why a script: since the frames were read the session may have expired, been compacted by another
-- sidecar, or lost its last writes to a failover. So all the frames that were folded must still be
-- there unchanged, in this incarnation; then they are replaced by the snapshot in one step.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 incarnation   3 name of the snapshot
--          4 its stored value, head included   5 the new `recent`
--          6, 7 name and fingerprint of a folded frame; 8, 9 of the next; ...
-- Returns  {now, 'compacted'}
--          {now, 'changed'}: the session no longer holds what was folded; nothing was written
--          and those of check_time.lua
--
-- A fingerprint is length, head and last 32 bytes, which is the frame's SHA-256: intact frames with
-- equal fingerprints are equal, so they need not be sent back. Frames that were added since the
-- reading are not named and stay. Revision, chain and expiry stay as they are, and no session is
-- created, because at least one folded frame must be found.
--
-- Allowed when Redis is out of memory, since it frees more than it takes.
--
-- Safe to run twice because a second run finds its own snapshot and no folded frame, and answers
-- 'compacted' again without a write.

local AT_ONCE = 1000
local HEAD_BYTES = 30
local DIGEST_BYTES = 32
local FIRST_FOLDED = 6

local key = KEYS[1]
local incarnation, snapshot_name, snapshot, recent = ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- check_time.lua

local function fingerprint_of(value)
  return #value .. ':' .. string.sub(value, 1, HEAD_BYTES) .. string.sub(value, -DIGEST_BYTES)
end

-- numbers.lua

-- seals.lua

-- metadata.lua

-- frames.lua

-- Calls `check` with the name, stored value (or false) and expected fingerprint of each folded frame,
-- until it returns false; values are fetched a chunk at a time.
local function every_folded(check)
  for first = FIRST_FOLDED, #ARGV, 2 * AT_ONCE do
    local last = math.min(first + 2 * AT_ONCE - 2, #ARGV - 1)
    local names = {}
    for place = first, last, 2 do
      names[#names + 1] = ARGV[place]
    end
    local values = redis.call('HMGET', key, unpack(names))
    for place, name in ipairs(names) do
      if not check(name, values[place], ARGV[first + 2 * place - 1]) then
        return false
      end
    end
  end
  return true
end

if redis.call('TYPE', key).ok ~= 'hash' or #ARGV < FIRST_FOLDED then
  return answer('changed')
end
local found = redis.call('HMGET', key, 'revision', 'incarnation', 'chain', 'created_at',
  'expires_at', 'flow', 'seal', snapshot_name, 'snapshot_bytes', 'delta_bytes')
local _, stored_incarnation, _, _, expires_at = metadata_from(unpack(found, 1, 7))
local is_expired = expires_at ~= nil and expires_at <= now_ms
if incarnation == '' or stored_incarnation ~= incarnation or is_expired then
  return answer('changed')
end

if found[8] then
  local same = fingerprint_of(found[8]) == fingerprint_of(snapshot)
  local gone = every_folded(function(_, value)
    return not value
  end)
  return answer(same and gone and 'compacted' or 'changed')
end

local folded, folded_bytes = {}, {snapshot = 0, delta = 0}
local unchanged = every_folded(function(name, value, fingerprint)
  if not value or fingerprint_of(value) ~= fingerprint then
    return false
  end
  folded[#folded + 1] = name
  local kind = string.sub(name, 1, 9) == 'snapshot:' and 'snapshot' or 'delta'
  folded_bytes[kind] = folded_bytes[kind] + #value
  return true
end)
if not unchanged then
  return answer('changed')
end

redis.call('HSET', key, snapshot_name, snapshot, 'recent', recent,
  'snapshot_bytes', digits(#snapshot), 'delta_bytes', '0')
for first = 1, #folded, AT_ONCE do
  redis.call('HDEL', key, unpack(folded, first, math.min(first + AT_ONCE - 1, #folded)))
end
-- If frames were added since the reading, or a count is damaged, the frames are counted.
if counter_from(found[9]) ~= folded_bytes.snapshot or counter_from(found[10]) ~= folded_bytes.delta then
  local counted = count_frames(key)
  redis.call('HSET', key, 'snapshot_bytes', digits(counted.snapshot_bytes),
    'delta_bytes', digits(counted.delta_bytes))
end
return answer('compacted')
