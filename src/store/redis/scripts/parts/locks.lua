-- The lock of a session. Replaces the line `-- locks.lua`, behind numbers.lua
-- and seals.lua; stored-lock.ts does the same.
--
-- The field `lock_seal` holds a second copy of the field `lock`. A lock that differs from the copy in
-- one character, or is missing before its deadline, is damaged, and the copy is used. A lock that
-- differs in more was written by a version that does not know seals. Where there is no copy, a
-- deadline further ahead than that of the longest lock is damage, and the lock is ignored.
--
-- KEYS     none
-- ARGV     none
-- Returns  nothing: leaves `lock_from`

-- Token and deadline, unix ms: 0 once the lock was released; nothing if there is no lock.
local function lock_from(text, seal, now_ms)
  local LOCK, LOCK_MAX_MS = '^(%S+) (%d+)$', 300000
  local copy = text ~= copy_in(seal) and sealed_copy(seal) or nil
  local differing = 0
  for place = 1, copy and text and #text or 0 do
    if string.byte(text, place) ~= string.byte(copy, place) then
      differing = differing + 1
    end
  end
  if copy and (not text or (#text == #copy and differing == 1)) then
    local token, deadline = string.match(copy, LOCK)
    local deadline_ms = instant_from(deadline)
    if text or (deadline_ms or 0) > now_ms then
      return deadline_ms and token, deadline_ms
    end
    return
  end
  local token, deadline = string.match(text or '', LOCK)
  local deadline_ms = instant_from(deadline)
  if deadline_ms and (text == copy_in(seal) or deadline_ms <= now_ms + LOCK_MAX_MS) then
    return token, deadline_ms
  end
end
