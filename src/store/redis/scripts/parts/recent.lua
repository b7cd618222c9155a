-- Reads `recent`, the last updates that a session has folded, in both of its forms: lines of
-- `update id, revision, etag`, and binary, as recent-updates.ts describes it. Replaces the line
-- `-- recent.lua`.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `position_in_recent` and `ids_in_recent`

local BINARY, ID_DIGITS, ID_BYTES, ETAG_BYTES, UPDATE_BYTES = '\2', 22, 17, 10, 31
local BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

-- Revision and etag of an update, as text; nil if it is not remembered. An id is found only where an
-- update begins, since the bytes at other offsets have other bits.
local function position_in_recent(recent, id)
  if string.sub(recent, 1, 1) ~= BINARY then
    -- Found even if the end of the line before is damaged: no other word is as long.
    local _, last = string.find(recent, id .. ' ', 1, true)
    local revision, etag = string.match(last and recent or '', '^(%d+) ([0-9a-f]+)', (last or 0) + 1)
    return revision, etag and string.sub(etag, 1, 2 * ETAG_BYTES)
  end
  -- The digits in groups of four, three bytes each; two digits more fill the last group.
  local bytes = string.gsub(id .. 'AA', '(.)(.)(.)(.)', function(...)
    local bits = 0
    for _, digit in ipairs({...}) do
      bits = bits * 64 + string.find(BASE64, digit, 1, true) - 1
    end
    return string.char(math.floor(bits / 65536), math.floor(bits / 256) % 256, bits % 256)
  end)
  local first = string.find(recent, string.sub(bytes, 1, ID_BYTES), 2, true)
  if first and first + UPDATE_BYTES - 1 <= #recent then
    local revision = struct.unpack('>I4', string.sub(recent, first + ID_BYTES, first + ID_BYTES + 3))
    local etag = {string.byte(recent, first + UPDATE_BYTES - ETAG_BYTES, first + UPDATE_BYTES - 1)}
    return string.format('%.0f', revision), string.format(string.rep('%02x', ETAG_BYTES), unpack(etag))
  end
end

-- The ids of the updates, oldest first.
local function ids_in_recent(recent)
  local ids = {}
  if string.sub(recent, 1, 1) ~= BINARY then
    for word in string.gmatch(recent, '([%w_-]+) %d+ %x+') do
      ids[#ids + 1] = string.sub(word, -ID_DIGITS)
    end
    return ids
  end
  for first = 2, #recent - UPDATE_BYTES + 1, UPDATE_BYTES do
    local digits = {}
    -- One byte more fills the last group of three.
    for place = first, first + ID_BYTES - 1, 3 do
      local bits = struct.unpack('>I3', string.sub(recent, place, place + 2))
      for _, unit in ipairs({262144, 4096, 64, 1}) do
        local digit = math.floor(bits / unit) % 64
        digits[#digits + 1] = string.sub(BASE64, digit + 1, digit + 1)
      end
    end
    ids[#ids + 1] = table.concat(digits, '', 1, ID_DIGITS)
  end
  return ids
end
