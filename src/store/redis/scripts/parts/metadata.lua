-- The metadata of a session. Replaces the line `-- metadata.lua`, behind
-- numbers.lua and seals.lua; metadata.ts does the same.
--
-- The field `seal` holds a second copy of the six fields, as one text. Where the two differ, and
-- the checksum of the copy fits, one of two things has happened: a field was damaged, or a version
-- that does not know seals has appended. Each append changes `chain`, and `revision` or
-- `incarnation` with it, while damage to one field leaves two of these three as they were.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `metadata_text` and `metadata_from`

local function metadata_text(revision, incarnation, chain, created_at, expires_at, flow)
  return (revision or '') .. ' ' .. (incarnation or '') .. ' ' .. (chain or '') .. ' '
    .. (created_at or '') .. ' ' .. (expires_at or '') .. ' ' .. (flow or '')
end

-- Revision, incarnation, chain, beginning, end and flow, nil for a value that cannot be read; whether
-- all can be read; and whether a field, which is then read from its copy, or the copy is damaged.
local function metadata_from(revision, incarnation, chain, created_at, expires_at, flow, seal)
  local damaged = false
  local text = metadata_text(revision, incarnation, chain, created_at, expires_at, flow)
  if seal and copy_in(seal) ~= text then
    local copied = {
      string.match(sealed_copy(seal) or '', '^(%d+) ([0-9a-f]+) ([0-9a-f]+) (%d+) (%d+) (.*)$')
    }
    local alike = (copied[1] == revision and 1 or 0) + (copied[2] == incarnation and 1 or 0)
      + (copied[3] == chain and 1 or 0)
    damaged = #copied == 0 or alike >= 2
    if alike >= 2 then
      revision, incarnation, chain, created_at, expires_at, flow = unpack(copied)
    end
  end
  if not (incarnation and string.find(incarnation, '^[0-9a-f]+$')) then
    incarnation = nil
  end
  if not (chain and #chain == 20 and string.find(chain, '^[0-9a-f]+$')) then
    chain = nil
  end
  revision, created_at, expires_at = revision_from(revision), instant_from(created_at), instant_from(expires_at)
  local readable = revision and incarnation and chain and created_at and expires_at and true or false
  return revision, incarnation, chain, created_at, expires_at, flow or '', readable, damaged
end
