-- Numbers as they are stored: decimal digits. A number that no session can have is damage, like a
-- text in its place; stored-number.ts has the same bounds. Replaces the line `-- numbers.lua`.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `digits`, `counter_from`, `revision_from` and `instant_from`

local REVISION_END = 4294967295
local INSTANT_END_MS = 253402300800000

-- Lua would write 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

local function counter_from(text)
  if text and #text <= 15 and string.find(text, '^%d+$') then
    return tonumber(text)
  end
end

local function revision_from(text)
  local revision = counter_from(text)
  if revision and revision < REVISION_END then
    return revision
  end
end

local function instant_from(text)
  local instant_ms = counter_from(text)
  if instant_ms and instant_ms < INSTANT_END_MS then
    return instant_ms
  end
end
