-- When a session is to be noted in its user's index: due-note.ts says the rule, and does the same.
-- Replaces the line `-- due_note.lua`, behind check_time.lua, numbers.lua and seals.lua.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `due_note`

local NOTE_EVERY_MS, NOTES_PER_LIFE = 600000, 4

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

-- `noted` from now on, nil if it stays; then what is due, nil if nothing: user, whether that is
-- certain, event, and how long the entry must live from the moment of the update.
local function due_note(text, created, incarnation, user, event_ms, ttl_ms, moment_ms, expires_at)
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
  local is_time = not event or event_ms - event >= NOTE_EVERY_MS or math.abs(now_ms - at) >= every_ms
    or expires_at > expiry
  if event and not (changed or is_time) then
    return nil
  end
  local latest_ms = math.max(event_ms, event or 0)
  local noted = sealed(incarnation .. ' ' .. digits(latest_ms) .. ' ' .. digits(now_ms) .. ' '
    .. digits(expires_at + every_ms) .. ' ' .. (certain and '1' or '0') .. ' ' .. user)
  if is_nobodys then
    return noted
  end
  return noted, user, certain and 1 or 0, latest_ms, expires_at - moment_ms + every_ms
end
