-- When a session is to be noted in its user's index: due-note.ts says the rule, and does the same.
-- Replaces the line `-- due_note.lua`, behind check_time.lua, numbers.lua and seals.lua.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `due_note`

local NOTE_EVERY_MS, NOTES_PER_LIFE, UNINDEXED_WITHIN_MS = 600000, 4, 60000

-- Event, when, expiry, whether the user is certain, user; nothing if `noted` is not valid for this
-- incarnation.
local function noted_from(text, incarnation)
  local of, event, at, expiry, certain, user =
    string.match(sealed_copy(text) or '', '^(%S+) (%d+) (%d+) (%d+) ([01]) (.*)$')
  event, at, expiry = instant_from(event), instant_from(at), instant_from(expiry)
  if of == incarnation and event and at and expiry then
    return event, at, expiry, certain == '1', user
  end
end

-- When the note in `text` was written, if `confirmed` names it: `<checksum> <age, ms>`. A note from
-- so soon after an erase is not confirmed: who erased may have removed it from the index since.
local function confirmed_at(text, confirmed, erased_ms)
  local tag, age = string.match(confirmed, '^(%x+) (%d+)$')
  if tag and tag == string.sub(text, 1, SUM_DIGITS) then
    local written_ms = math.max(1, now_ms - tonumber(age))
    return (not erased_ms or written_ms - erased_ms >= UNINDEXED_WITHIN_MS) and written_ms
  end
end

-- `noted` from now on, nil if it stays; then what is due, nil if nothing: user, whether that is
-- certain, event, how long the entry must live from the moment of the update, and the note's
-- checksum. `erased_ms`: instant of the last erase, nil if none.
local function due_note(text, confirmed, created, incarnation, user, event_ms, ttl_ms, moment_ms,
    expires_at, erased_ms)
  local event, at, expiry, certain, noted_user
  if not created then
    event, at, expiry, certain, noted_user = noted_from(text, incarnation)
  end
  local every_ms = math.min(NOTE_EVERY_MS, math.floor(ttl_ms / NOTES_PER_LIFE))
  if user == '' then
    user = noted_user or ''
  end
  local changed = event and user ~= noted_user
  if not event then
    certain = created
  elseif changed and noted_user ~= '' then
    certain = false
  end
  local is_nobodys = user == '' and certain
  event_ms = math.max(0, event_ms)
  local latest_ms = math.max(event_ms, event or 0)
  local confirms = at == 0 and confirmed_at(text, confirmed, erased_ms)
  at = confirms or at
  local is_new = not event or changed or event_ms - event >= NOTE_EVERY_MS or expires_at > expiry
    or (at > 0 and math.abs(now_ms - at) >= every_ms)
  if is_new then
    event, at, expiry = latest_ms, is_nobodys and now_ms or 0, expires_at + every_ms
  end
  local noted
  if is_new or confirms then
    noted = sealed(incarnation .. ' ' .. digits(event) .. ' ' .. digits(at) .. ' ' .. digits(expiry)
      .. ' ' .. (certain and '1' or '0') .. ' ' .. user)
  end
  -- A new note of nobody is due as well: the session's end is to be noted.
  if at > 0 and not (is_new and is_nobodys) then
    return noted
  end
  return noted, user, certain and 1 or 0, latest_ms, expiry - moment_ms,
    string.sub(noted or text, 1, SUM_DIGITS)
end
