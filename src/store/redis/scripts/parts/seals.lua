-- Seals: a value's second copy, behind a checksum of it, in a field of its own. Replaces the line
-- `-- seals.lua`; seal.ts does the same.
--
--   <first 12 hex digits of the SHA-1 of the text> <text>
--
-- A value and its copy that are equal are sound: so the checksum is computed only where they
-- differ, to find which of them is damaged. Versions that do not know seals change values and leave
-- the seals: where each value is read, that is distinguished from damage.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `sealed`, `copy_in`, `sealed_copy`, `value_or_copy` and `seal_of_lines`

local SUM_DIGITS = 12

local function sealed(text)
  return string.sub(redis.sha1hex(text), 1, SUM_DIGITS) .. ' ' .. text
end

-- The copy in a seal, whether it is sound or not; nil if there is no seal.
local function copy_in(seal)
  return seal and string.sub(seal, SUM_DIGITS + 2) or nil
end

-- The copy in a seal whose checksum fits; else nil.
local function sealed_copy(seal)
  if seal and sealed(copy_in(seal)) == seal then
    return copy_in(seal)
  end
end

-- A value that nobody changes without its seal: its copy, where the two differ and that is sound.
local function value_or_copy(value, seal)
  return value ~= copy_in(seal) and sealed_copy(seal) or value
end

-- Of a value too long for a copy, to which other versions add lines: how long it is, and its
-- checksum.
local function seal_of_lines(lines)
  return #lines .. ' ' .. string.sub(redis.sha1hex(lines), 1, SUM_DIGITS)
end
