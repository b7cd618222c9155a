#!lua
-- Moves frames of a session into quarantine or back, or removes them from it.
--
-- Why a script: a frame is moved only if its stored value is still the one that the caller checked;
-- and the session's byte counts change together with it.
--
--   quarantine:<name>   15 digits quarantined at, 15 digits expires at (both unix ms), the value as
--                       it was
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 how long a frame stays in quarantine, ms
--          3 bytes that the session may have in quarantine
--          4, 5, 6 move, name and SHA-1 (hex) of the stored value; 7, 8, 9 of the next; ...
-- Returns  {now, 'moved', {name, ...}}: the frames that are where they should be, even if an earlier
--          run moved them
--          and those of check_time.lua
--
-- Moves, each done or not independently of the others, in their order:
--
--   quarantine   from a live session into quarantine, if there is room; replaces an older frame of
--                that name
--   release      back into a live session, unless it has a frame of that name
--   discard      removed from quarantine
--
-- Frames in quarantine that have expired, or whose expiry cannot be read, are removed. Fields are
-- added before others are removed: so the key is never empty in between, which a slot that migrates
-- does not allow. The key's expiry only ever moves forward, and a key without an expiry gets none. A
-- key that holds no hash is left alone.
--
-- Safe to run twice because a second run finds each frame where the first one left it.

local PARKED_HEAD_BYTES = 30
local HDEL_AT_ONCE = 1000
local FIRST_MOVE = 4

local key = KEYS[1]
local ttl_ms, parked_max = tonumber(ARGV[2]), tonumber(ARGV[3])

-- check_time.lua

-- numbers.lua

-- seals.lua

-- metadata.lua

-- frames.lua

-- What is stored: the frames, and separately those in quarantine.

local found = redis.call('TYPE', key).ok == 'hash' and redis.call('HGETALL', key) or {}
local fields, frames, parked, gone = {}, {}, {}, {}
local weight = {snapshot_bytes = 0, delta_bytes = 0}
local frame_count, parked_bytes = 0, 0

local function weigh(name, bytes)
  local count = string.sub(name, 1, 9) == 'snapshot:' and 'snapshot_bytes' or 'delta_bytes'
  weight[count] = weight[count] + bytes
end

for place = 1, #found, 2 do
  local name, value = found[place], found[place + 1]
  local parked_name = string.match(name, '^quarantine:(.+)$')
  if parked_name then
    if instant_from(string.sub(value, 1, 15)) and (instant_from(string.sub(value, 16, 30)) or 0) > now_ms then
      parked[parked_name] = string.sub(value, PARKED_HEAD_BYTES + 1)
      parked_bytes = parked_bytes + #value - PARKED_HEAD_BYTES
    else
      gone[name] = true
    end
  elseif is_frame(name, function() return value end) then
    frames[name] = value
    frame_count = frame_count + 1
    weigh(name, #value)
  else
    fields[name] = value
  end
end
local _, _, _, _, expires_at = metadata_from(fields.revision, fields.incarnation, fields.chain,
  fields.created_at, fields.expires_at, fields.flow, fields.seal)
local expired = expires_at ~= nil and expires_at <= now_ms
local live = not expired and (frame_count > 0 or fields.created_at ~= nil)
if not live then
  frames = {}
end

-- What is to be written: the fields to set, and those to remove.

local set = {}
local parked_any, bytes_changed = false, false

local function put(field, value)
  set[field], gone[field] = value, nil
end

local function take(field)
  set[field], gone[field] = nil, true
end

local function is(value, sha1)
  return value ~= nil and redis.sha1hex(value) == sha1
end

local moves = {}

function moves.quarantine(name, sha1)
  local value = frames[name]
  if not value then
    return is(parked[name], sha1)
  end
  if not is(value, sha1) then
    return false
  end
  if parked[name] ~= value then
    local bytes = parked_bytes - #(parked[name] or '') + #value
    if bytes > parked_max then
      return false
    end
    put('quarantine:' .. name, string.format('%015.0f%015.0f', now_ms, now_ms + ttl_ms) .. value)
    parked[name], parked_bytes, parked_any = value, bytes, true
  end
  take(name)
  weigh(name, -#value)
  frames[name], bytes_changed = nil, true
  return true
end

function moves.release(name, sha1)
  local value = parked[name]
  if not value then
    return is(frames[name], sha1)
  end
  if not live or frames[name] or not is(value, sha1) then
    return false
  end
  put(name, value)
  weigh(name, #value)
  frames[name], bytes_changed = value, true
  return moves.discard(name, sha1)
end

function moves.discard(name, sha1)
  local value = parked[name]
  if not value then
    return true
  end
  if not is(value, sha1) then
    return false
  end
  take('quarantine:' .. name)
  parked[name], parked_bytes = nil, parked_bytes - #value
  return true
end

local settled = {}
for place = FIRST_MOVE, #ARGV, 3 do
  local move, name, sha1 = moves[ARGV[place]], ARGV[place + 1], ARGV[place + 2]
  if is_frame(name, function() return '' end) and move(name, sha1) then
    settled[#settled + 1] = name
  end
end

-- Write. A count that cannot be read is left to the next append, which repairs it.

for count, bytes in pairs(weight) do
  if bytes_changed and counter_from(fields[count]) then
    set[count] = string.format('%.0f', bytes)
  end
end
for field, value in pairs(set) do
  redis.call('HSET', key, field, value)
end
local key_expires_at = parked_any and redis.call('PEXPIRETIME', key) or -1
if key_expires_at >= 0 and key_expires_at < now_ms + ttl_ms then
  redis.call('PEXPIREAT', key, string.format('%.0f', now_ms + ttl_ms))
end
local names = {}
for name in pairs(gone) do
  names[#names + 1] = name
end
for first = 1, #names, HDEL_AT_ONCE do
  redis.call('HDEL', key, unpack(names, first, math.min(first + HDEL_AT_ONCE - 1, #names)))
end
return answer('moved', settled)
