#!lua
-- Appends one update to a session, and creates the session if there is none.
--
-- Why a script: the update's frame, its revision, the etag that chains it to earlier updates and
-- the expiry are stored together or not at all. The script reads all that it needs itself, so an
-- append is one round trip in every case.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 update id   3 frame   4 flow, empty keeps the stored one
--          5 time to live, ms; `=` in front of it if the session is to live exactly so long
--          6 bytes that the session may hold, this frame included
--          7 incarnation of the session if it is created: random hex
--          8 token of the lock that the writer holds, empty if none; `again` if the update was
--          acknowledged before, and a failover may have lost it: locks are ignored then
--          9 etag that the session must have; `none`: there must be no session; `live`: there must
--          be one; `base`: it is from before all updates (see below); empty for any
--          10 user that the update names, empty if none   11 time of its event, unix ms
--          12 beginning of the master's replication id, if the head is to have the update's moment
--          (head 2 of stored-head.ts); else empty
--          13 note of the session that its sender has written since: its checksum, a space, and how
--          long ago, ms; empty if none
-- Returns  {now, 'stored', revision, etag, snapshot bytes, delta bytes, created, repaired, set
--          aside, incarnation}: created, repaired and set aside are 0 or 1; then user, certain (0 or
--          1), event, time to live and checksum of the note that is due in the user's index, if one
--          is
--          All other answers have written no update:
--          {now, 'known', revision, etag, session's revision, stored value}: the update is stored
--          already; the value is missing once the update is folded
--          {now, 'dropped'}: the update is from before an erase, or was erased
--          {now, 'dropped', 'doubtful'}: a replay that may also have been received after the erase
--          {now, 'dropped', 'ended'}: a replay whose time to live passed before now, or before the
--          session that is live began
--          {now, 'doubtful'}: by its moment the update is from before an erase, by its age it is
--          not: send it again
--          {now, 'locked', ms}: another writer holds the lock, for so long
--          {now, 'lock-lost'}: the token does not hold the lock
--          {now, 'conflict', revision, etag}: those of the session, or 0 and empty if there is none
--          {now, 'needs-fold', snapshot bytes, delta bytes}: there is no room
--          and those of check_time.lua
--
-- The order is fixed: metadata, known id, tombstone, end of a replay, lock, precondition, size,
-- write. Lua does not roll back, so all checks come before the first write.
--
-- A tombstone drops updates that were received before its instant, and only if both bounds of the
-- receipt agree: the moment, by what the sender knew of this clock, and now less the age, by this
-- very call. Where they disagree, the call took long to arrive, or the clock was set. An instant
-- ahead of the clock was set by another clock, and drops nothing. The stored instant is 2 ms
-- earlier (see erase.lua). The id of a dropped update is added to `erased`: so the update is
-- dropped again when its caller sends it again. A replay is compared by the earliest instant at
-- which it can have been received, also with an instant ahead of the clock: in doubt the erase wins.
--
-- An update that was acknowledged before a failover came before every lock that is held now: one that
-- survived the failover was taken earlier, and was released before that update.
--
-- A lock or a tombstone that has expired or cannot be read is ignored. A token that does not hold
-- the lock is refused, even if nobody holds it: others may have held it in between.
--
-- What another service left of a session (`base`) is from before its lock and from before any erase:
-- it ignores the one, and is dropped by the other, whatever its moment.
--
-- Where a session has expired, `clear_expired_session` removes those of its fields that the new
-- session does not overwrite. It does not remove the key, since some fields outlive a session:
-- lock, tombstone, erased, quarantine:*. It runs after the write, so that the key is never empty in
-- between: in a slot that migrates, the server refuses to run a script on a key that is missing. The
-- key expires at the latest deadline in it, so an append moves its expiry forward; only one with an
-- exact time to live may move it back, to the latest deadline that is left.
--
-- Safe to run twice because the first run stores the update's id, as a field or later as a line of
-- `recent`, and an update with a known id writes nothing. No frame is ever overwritten.

local HEAD_BYTES, MARK_BYTES, EXTENSION_BYTES = 30, 3, 40
local DIGEST_BYTES = 32
local HDEL_AT_ONCE = 1000
local ERASED_UPDATES, GRAIN_MS = 5000, 2
local FENCE_KEPT_MS = 60000
local NO_SESSION, LIVE_SESSION, BEFORE_ALL, AGAIN = 'none', 'live', 'base', 'again'

local key = KEYS[1]
local update_id, frame, flow = ARGV[2], ARGV[3], ARGV[4]
local ttl_ms, max_bytes, new_incarnation = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local is_exact = ttl_ms == nil
if is_exact then
  ttl_ms = tonumber(string.sub(ARGV[5], 2))
end
local lock_token, if_match = ARGV[8], ARGV[9]
local user, event_ms, clock_tag, confirmed = ARGV[10], tonumber(ARGV[11]), ARGV[12], ARGV[13]
local is_base = if_match == BEFORE_ALL

-- check_time.lua

local moment_ms = math.floor(moment_us / 1000)
local stored_bytes = HEAD_BYTES + (clock_tag == '' and 0 or MARK_BYTES + EXTENSION_BYTES) + #frame

-- numbers.lua

-- seals.lua

-- metadata.lua

-- locks.lua

-- frames.lua

-- due_note.lua

local function etag_from(text)
  if text and #text == 20 and string.find(text, '^[0-9a-f]+$') then
    return text
  end
end

local function chain_of(text)
  return string.sub(redis.sha1hex(text), 1, 20)
end

local function clear_expired_session()
  local names = {'recent', 'last_event'}
  for _, name in ipairs(frame_names(key)) do
    if name ~= update_id then
      names[#names + 1] = name
    end
  end
  for first = 1, #names, HDEL_AT_ONCE do
    redis.call('HDEL', key, unpack(names, first, math.min(first + HDEL_AT_ONCE - 1, #names)))
  end
end

-- The latest deadline in the hash, apart from those of the session and of the tombstone. Locks that
-- have ended, and when they did, are kept for a while.
local function other_deadline_ms(lock_end_ms)
  local latest_ms = math.max(lock_end_ms or 0, now_ms) + FENCE_KEPT_MS
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if string.sub(name, 1, 11) == 'quarantine:' then
      local parked_until = string.sub(redis.call('HGET', key, name) or '', 16, 30)
      latest_ms = math.max(latest_ms, instant_from(parked_until) or 0)
    end
  end
  return latest_ms
end

-- recent.lua

-- The revision and etag that an update got when it was stored, or nil.
local function known_position(value, recent, session_revision)
  if value then
    local etag = etag_from(string.sub(value, 11, HEAD_BYTES)) or ''
    local stored_revision = revision_from(string.sub(value, 1, 10)) or 0
    return answer('known', stored_revision, etag, session_revision, value)
  end
  local revision, etag = position_in_recent(recent or '', update_id)
  if revision_from(revision) and etag_from(etag) then
    return answer('known', tonumber(revision), etag, session_revision)
  end
end

-- Metadata.

-- Where there is a session, this saves the call that asks for the type first.
local found = redis.pcall('HMGET', key, 'revision', 'incarnation', 'chain', 'created_at',
  'expires_at', 'flow', 'seal', 'snapshot_bytes', 'delta_bytes', 'recent', update_id, 'lock',
  'lock_seal', 'tombstone', 'tombstone_seal', 'noted')
local kind = 'hash'
if not found[1] then
  kind = redis.call('TYPE', key).ok
end
local foreign = kind ~= 'hash' and kind ~= 'none'
if foreign then
  found = {}
end
local revision, incarnation, chain, created_at, expires_at, stored_flow, readable, repaired =
  metadata_from(found[1], found[2], found[3], found[4], found[5], found[6], found[7])
local snapshot_bytes, delta_bytes = counter_from(found[8]), counter_from(found[9])
local sealed_lock, sealed_tombstone = found[13], found[15]

local created = kind ~= 'hash' or (expires_at ~= nil and expires_at <= now_ms)
if not created and not (readable and snapshot_bytes and delta_bytes) then
  local counted = count_frames(key)
  repaired = counted.frames > 0 or found[4] ~= false
  created = not repaired
  revision = readable and revision or math.max(revision or 0, counted.revision)
  snapshot_bytes, delta_bytes = counted.snapshot_bytes, counted.delta_bytes
  created_at = readable and created_at or math.min(created_at or moment_ms, moment_ms)
end
if created then
  revision, snapshot_bytes, delta_bytes, created_at, expires_at = 0, 0, 0, moment_ms, nil
  repaired = false
end

-- Known id.

if not created then
  local known = known_position(found[11], found[10], revision)
  if known then
    return known
  end
end

-- Tombstone.

local tombstone = value_or_copy(found[14], sealed_tombstone)
local instant, tombstone_end = string.match(tombstone or '', '^(%d+) (%d+) ')
local erased_before_ms, tombstone_end_ms = instant_from(instant), instant_from(tombstone_end)
local tombstone_expired = tombstone_end_ms ~= nil and tombstone_end_ms <= now_ms
if erased_before_ms and tombstone_end_ms and not tombstone_expired then
  -- Each line is as long as an id, so an id is found only in a line of its own.
  local erased, line = redis.call('HGET', key, 'erased') or '', update_id .. '\n'
  if is_base or string.find(erased, line, 1, true) then
    return answer('dropped')
  end
  local instant_us = (erased_before_ms + GRAIN_MS) * 1000
  local is_before = earliest_us and earliest_us < instant_us
  if not earliest_us and instant_us <= now_us and moment_us < instant_us then
    if now_us - age_us >= instant_us then
      return answer('doubtful')
    end
    is_before = true
  end
  if is_before then
    erased = string.sub(erased .. line, -ERASED_UPDATES * #line)
    redis.call('HSET', key, 'erased', erased, 'erased_seal', seal_of_lines(erased))
    return answer('dropped', moment_us >= instant_us and 'doubtful' or nil)
  end
end

-- End of a replay.

local is_earlier = earliest_us and not created and moment_ms < created_at
if earliest_us and (created or is_earlier) and moment_ms + ttl_ms <= (created and now_ms or created_at) then
  return answer('dropped', 'ended')
end
if is_earlier then
  created_at = moment_ms
end

-- Lock. Nobody holds an expired one, not even the writer who took it.

local holder, lock_end_ms = lock_from(found[12], sealed_lock, now_ms)
if not holder or lock_end_ms <= now_ms then
  holder = ''
end
if lock_token ~= holder and lock_token ~= AGAIN and not is_base then
  return lock_token == '' and answer('locked', lock_end_ms - now_ms) or answer('lock-lost')
end

-- Precondition. A session whose metadata cannot be read has no etag that could match.

local etag = not created and readable and chain or ''
local is_met = if_match == '' or is_base or if_match == etag
if if_match == NO_SESSION or if_match == LIVE_SESSION then
  is_met = created == (if_match == NO_SESSION)
end
if not is_met then
  return answer('conflict', revision, etag)
end

-- Size. A damaged count that is still a number would refuse every update until the session expires,
-- so the frames themselves are counted before an update is refused.

local function has_room()
  return snapshot_bytes + delta_bytes + stored_bytes <= max_bytes
end

if not created and not has_room() then
  local counted = count_frames(key)
  repaired = repaired or counted.snapshot_bytes ~= snapshot_bytes or counted.delta_bytes ~= delta_bytes
  snapshot_bytes, delta_bytes = counted.snapshot_bytes, counted.delta_bytes
end
if not has_room() then
  return answer('needs-fold', snapshot_bytes, delta_bytes)
end

-- Write.

if foreign then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
if created or not readable then
  incarnation = new_incarnation
  chain = chain_of(incarnation)
end
if flow == '' and not created then
  flow = stored_flow
end
revision = revision + 1
chain = chain_of(chain .. update_id .. string.sub(frame, -DIGEST_BYTES))
expires_at = math.max(not is_exact and expires_at or 0, moment_ms + ttl_ms)
delta_bytes = delta_bytes + stored_bytes

local revision_text = digits(revision)
local is_set_again = created or repaired or is_earlier
local created_text = is_set_again and digits(created_at) or found[4]
local expires_text = digits(expires_at)
local extension = ''
if clock_tag ~= '' then
  extension = string.format('@40%016.0f%016.0f', moment_us, moment_us) .. clock_tag
end
local stored = string.format('%010.0f', revision) .. chain .. extension .. frame
local noted, due_user, is_certain, due_event_ms, due_ttl_ms, due_tag = due_note(
  found[16], confirmed, created, incarnation, user, event_ms, ttl_ms, moment_ms, expires_at,
  not tombstone_expired and erased_before_ms or nil
)
local seal = sealed(metadata_text(revision_text, incarnation, chain, created_text, expires_text, flow))
-- A repair without a note leaves one that is valid.
if is_set_again or noted then
  redis.call('HSET', key, 'revision', revision_text, 'chain', chain, 'expires_at', expires_text,
    'delta_bytes', digits(delta_bytes), update_id, stored, 'seal', seal, 'incarnation', incarnation,
    'created_at', created_text, 'snapshot_bytes', digits(snapshot_bytes), 'noted', noted or found[16])
else
  redis.call('HSET', key, 'revision', revision_text, 'chain', chain, 'expires_at', expires_text,
    'delta_bytes', digits(delta_bytes), update_id, stored, 'seal', seal)
end
if flow == '' and found[6] then
  redis.call('HDEL', key, 'flow')
elseif flow ~= (found[6] or '') then
  redis.call('HSET', key, 'flow', flow)
end
if created and kind == 'hash' then
  clear_expired_session()
end
if tombstone_expired then
  redis.call('HDEL', key, 'tombstone', 'tombstone_seal', 'erased', 'erased_seal')
elseif tombstone and (tombstone ~= found[14] or tombstone ~= copy_in(sealed_tombstone)) then
  redis.call('HSET', key, 'tombstone', tombstone, 'tombstone_seal', sealed(tombstone))
  repaired = repaired or sealed_tombstone
end
if is_exact then
  local tombstone_ms = not tombstone_expired and tombstone_end_ms or 0
  local deadline_ms = math.max(expires_at, other_deadline_ms(lock_end_ms), tombstone_ms)
  redis.call('PEXPIREAT', key, digits(deadline_ms))
end
-- GT does not change a key that has no expiry yet.
local is_later = kind == 'hash' and redis.call('PEXPIREAT', key, expires_text, 'GT') == 1
if not is_later and redis.call('PEXPIRETIME', key) < expires_at then
  redis.call('PEXPIREAT', key, expires_text)
end

return answer(
  'stored', revision, chain, snapshot_bytes, delta_bytes,
  created and 1 or 0, repaired and 1 or 0, foreign and 1 or 0, incarnation,
  due_user, is_certain, due_event_ms, due_ttl_ms, due_tag
)
