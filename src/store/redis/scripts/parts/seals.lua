-- Seals: a value's second copy, behind a checksum of it, in a field of its own. Replaces the line
-- `-- seals.lua`; seal.ts does the same.
--
--   <first 12 hex digits of the SHA-1 of the text> <text>
--
-- A value that is equal to its copy is intact: so the checksum is computed only where they differ,
-- to find which of the two is damaged. Versions that do not know seals change values and leave the
-- seals: the code that reads a value distinguishes that from damage.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `sealed`, `copy_in`, `sealed_copy`, `value_or_copy` and `seal_of_lines`

local SUM_DIGITS = 12

local function sealed(text)
  return string.sub(redis.sha1hex(text), 1, SUM_DIGITS) .. ' ' .. text
end

-- The copy in a seal, whether its checksum fits or not; nil if there is no seal.
local function copy_in(seal)
  return seal and string.sub(seal, SUM_DIGITS + 2) or nil
end

-- The copy in a seal whose checksum fits; else nil.
local function sealed_copy(seal)
  if seal and sealed(copy_in(seal)) == seal then
    return copy_in(seal)
  end
end

-- For a value that is never changed without its seal: the copy, if it differs and its checksum fits;
-- else the value.
local function value_or_copy(value, seal)
  return value ~= copy_in(seal) and sealed_copy(seal) or value
end

-- For a value that is too long for a copy, and to which other versions add lines: its length, and its
-- checksum.
local function seal_of_lines(lines)
  return #lines .. ' ' .. string.sub(redis.sha1hex(lines), 1, SUM_DIGITS)
end
