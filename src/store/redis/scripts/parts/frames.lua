-- Which fields of a session's hash are frames. Replaces the line `-- frames.lua`.
--
-- A frame is recognised by its name: an update id, or `snapshot:` and more. A field with another name
-- is a frame whose name was damaged, if its value has the form of a frame; stored-value.ts, which
-- can compute a SHA-256, also checks that.
--
-- KEYS     1 session
-- ARGV     none
-- Returns  nothing: leaves `is_update`, `is_frame`, `frame_names` and `count_frames`

local OTHER_FIELDS = ' revision incarnation chain created_at expires_at flow seal snapshot_bytes'
  .. ' delta_bytes recent lock lock_seal tombstone tombstone_seal erased erased_seal fence'
  .. ' last_event noted '

local function is_update(name)
  return #name == 22 and not string.find(name, '[^%w_-]')
end

-- Whether a field is a frame. `value_of` gives its value, which is read only if its name is unknown:
-- values may be large.
local function is_frame(name, value_of)
  if is_update(name) or string.sub(name, 1, 9) == 'snapshot:' then
    return true
  end
  local is_other = string.find(OTHER_FIELDS, ' ' .. name .. ' ', 1, true)
  if is_other or string.sub(name, 1, 11) == 'quarantine:' then
    return false
  end
  local value, head_bytes = value_of(name), 30
  if string.sub(value, 31, 31) == '@' then
    head_bytes = 33 + (tonumber(string.sub(value, 32, 33)) or 0)
  end
  local payload_bytes = #value - head_bytes - 36
  return payload_bytes >= 0
    and string.find(string.sub(value, 1, 10), '^%d+$') ~= nil
    and string.find(string.sub(value, 11, 30), '^[0-9a-f]+$') ~= nil
    and struct.unpack('>I4', string.sub(value, head_bytes + 1, head_bytes + 4)) == payload_bytes
end

local function frame_names(key)
  local names = {}
  local function value_of(name)
    return redis.call('HGET', key, name)
  end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if is_frame(name, value_of) then
      names[#names + 1] = name
    end
  end
  return names
end

-- Counts the frames themselves, for the case that the metadata is damaged.
local function count_frames(key)
  local counted = {frames = 0, revision = 0, snapshot_bytes = 0, delta_bytes = 0}
  for _, name in ipairs(frame_names(key)) do
    local value = redis.call('HGET', key, name)
    local bytes = string.sub(name, 1, 9) == 'snapshot:' and 'snapshot_bytes' or 'delta_bytes'
    counted[bytes] = counted[bytes] + #value
    counted.frames = counted.frames + 1
    counted.revision = math.max(counted.revision, revision_from(string.sub(value, 1, 10)) or 0)
  end
  return counted
end
