-- Reads `recent`, the updates that a session remembers of those it has folded, in both of its
-- forms: lines of `update id, revision, etag`, and binary, as recent-updates.ts draws it. Is put in
-- the place of the line `-- recent.lua` of a script.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `position_in_recent` and `ids_in_recent`

local BINARY, ID_DIGITS, ID_BYTES, ETAG_BYTES, UPDATE_BYTES = '\2', 22, 17, 10, 31
local BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

-- Groups the bits of numbers of `from` bits each anew, into as many whole numbers of `to` bits as
-- there are.
local function regrouped(numbers, from, to)
  local groups, held, bits = {}, 0, 0
  for _, number in ipairs(numbers) do
    held, bits = held * 2 ^ from + number, bits + from
    while bits >= to do
      bits = bits - to
      groups[#groups + 1] = math.floor(held / 2 ^ bits)
      held = held % 2 ^ bits
    end
  end
  return groups
end

-- An update id as the bytes that `recent` has of it; one digit more fills the last of them.
local function bytes_of_id(id)
  local digits = {}
  for digit in string.gmatch(id .. 'A', '.') do
    digits[#digits + 1] = string.find(BASE64, digit, 1, true) - 1
  end
  return string.char(unpack(regrouped(digits, 6, 8)))
end

local function id_of_bytes(bytes)
  local digits = regrouped({string.byte(bytes, 1, ID_BYTES)}, 8, 6)
  for place, digit in ipairs(digits) do
    digits[place] = string.sub(BASE64, digit + 1, digit + 1)
  end
  return table.concat(digits, '', 1, ID_DIGITS)
end

-- Revision and etag of an update, as text; nil if it is not remembered. An id is found in no other
-- place than its own, since a place that is not holds other bits.
local function position_in_recent(recent, id)
  if string.sub(recent, 1, 1) ~= BINARY then
    local lines = '\n' .. recent
    local _, last = string.find(lines, '\n' .. id .. ' ', 1, true)
    return string.match(last and lines or '', '^(%d+) ([0-9a-f]+)\n', (last or 0) + 1)
  end
  local first = string.find(recent, bytes_of_id(id), 2, true)
  if first and first + UPDATE_BYTES - 1 <= #recent then
    local revision = struct.unpack('>I4', string.sub(recent, first + ID_BYTES, first + ID_BYTES + 3))
    local etag = {string.byte(recent, first + UPDATE_BYTES - ETAG_BYTES, first + UPDATE_BYTES - 1)}
    return string.format('%.0f', revision), string.format(string.rep('%02x', ETAG_BYTES), unpack(etag))
  end
end

-- The ids of the updates, oldest first.
local function ids_in_recent(recent)
  local ids = {}
  if string.sub(recent, 1, 1) == BINARY then
    for first = 2, #recent - UPDATE_BYTES + 1, UPDATE_BYTES do
      ids[#ids + 1] = id_of_bytes(string.sub(recent, first, first + ID_BYTES - 1))
    end
  else
    for id in string.gmatch(recent, '([%w_-]+) %d+ %x+\n') do
      ids[#ids + 1] = id
    end
  end
  return ids
end
