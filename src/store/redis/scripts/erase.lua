#!lua flags=allow-oom
-- Erases a session with its lock and its quarantine, and leaves a tombstone, even if there was
-- nothing to erase.
--
-- Why a script: no update may be appended between the removal of the session and the tombstone that
-- drops late ones, and none may be removed that was appended after the etag was checked.
--
--   tombstone   <instant, unix ms, less 2> <deadline, unix ms> <erase id> <revision> <frames>
--               <quarantined> <locked>
--   erased      ids of the updates that were erased, one to a line, the latest last
--
-- Append drops updates from before the instant, and those in `erased`, until the deadline. The last
-- four numbers say what the erase removed. The instant is that of this call, or the earliest at which
-- it can have been requested; an older instant ahead of the clock was set by another clock, and is
-- replaced. Of two deadlines the later one is kept. The 2 ms are for sidecars of the version before,
-- which measure an age in whole milliseconds; this version adds them again.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua   2 erase id   3 how long the tombstone is kept, ms
--          4 etag that the session must have, empty for any   5 how many ids are kept
--          6 1 if the erase was requested at its moment, and may run much later; else 0
--          7 1 to answer what erase_again.lua has to know; else 0
-- Returns  {now, 'erased', deadline, revision, frames, quarantined, locked}: what was removed;
--          locked is 0 or 1; with ARGV 7 also the instant and `erased`
--          {now, 'conflict', revision, etag}: those of the session, or 0 and empty if there is
--          none; nothing was written
--          and those of check_time.lua
--
-- The order is fixed: metadata, same erase id, precondition, write. Locks are ignored. After the
-- tombstone is written, all other fields of the hash are removed, known or not, except for `fence`
-- (see lock.lua): so the key is never empty in between, which a slot that migrates does not allow.
-- Then the key expires with the tombstone, since nothing else is left. A key that holds no hash is
-- renamed.
--
-- Allowed when Redis is out of memory, since it frees more than it takes.
--
-- Safe to run twice because the tombstone holds the erase id: a second run answers the same and
-- writes nothing, even if something has been stored since.

local HDEL_AT_ONCE = 1000
local GRAIN_MS = 2
local KEPT = {
  tombstone = true, tombstone_seal = true, erased = true, erased_seal = true, fence = true,
}

local key = KEYS[1]
local erase_id, ttl_ms, if_match, ids_max = ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local asked_before, with_ids = ARGV[6] == '1', ARGV[7] == '1'

-- check_time.lua

-- numbers.lua

-- seals.lua

-- metadata.lua

-- locks.lua

-- frames.lua

-- recent.lua

-- Metadata.

local kind = redis.call('TYPE', key).ok
local found = kind == 'hash' and redis.call('HGETALL', key) or {}
local fields, names, updates = {}, {}, {}
local frames, quarantined, highest = 0, 0, 0
for place = 1, #found, 2 do
  local name, value = found[place], found[place + 1]
  fields[name] = value
  if not KEPT[name] then
    names[#names + 1] = name
  end
  local parked = string.match(name, '^quarantine:(.+)$')
  if parked then
    local parked_at = instant_from(string.sub(value, 1, 15))
    local parked_until = instant_from(string.sub(value, 16, 30))
    if parked_at and parked_until and parked_until > now_ms then
      quarantined = quarantined + 1
    end
    name, value = parked, string.sub(value, 31)
  end
  local revision = revision_from(string.sub(value, 1, 10)) or 0
  if is_update(name) then
    updates[#updates + 1] = {id = name, revision = revision}
  end
  if not parked and is_frame(name, function() return value end) then
    frames = frames + 1
    highest = math.max(highest, revision)
  end
end

local revision, _, chain, _, expires_at, _, readable = metadata_from(fields.revision,
  fields.incarnation, fields.chain, fields.created_at, fields.expires_at, fields.flow, fields.seal)
local expired = expires_at ~= nil and expires_at <= now_ms
local live = not expired and (frames > 0 or fields.created_at ~= nil)
local etag = live and readable and chain or ''
if not readable then
  revision = math.max(revision or 0, highest)
end
if not live then
  revision = 0
end

-- Same erase id.

local instant, deadline, former_id, removed = string.match(
  value_or_copy(fields.tombstone, fields.tombstone_seal) or '', '^(%d+) (%d+) (%S+) (.*)$')
local instant_ms, deadline_ms = instant_from(instant), instant_from(deadline)
local has_former = instant_ms and deadline_ms and deadline_ms > now_ms
if has_former and former_id == erase_id then
  local numbers = {string.match(removed, '^(%d+) (%d+) (%d+) ([01])$')}
  if #numbers == 4 then
    return answer(
      'erased', deadline_ms,
      tonumber(numbers[1]), tonumber(numbers[2]), tonumber(numbers[3]), tonumber(numbers[4]),
      with_ids and instant_ms + GRAIN_MS or nil, with_ids and (fields.erased or '') or nil
    )
  end
end

-- Precondition.

if if_match ~= '' and if_match ~= etag then
  return answer('conflict', revision, etag)
end

-- Write.

local holder, lock_end_ms = lock_from(fields.lock, fields.lock_seal, now_ms)
local locked = holder and lock_end_ms > now_ms and 1 or 0

local ids = {}
local function remember(id)
  ids[#ids + 1] = id .. '\n'
end
for id in string.gmatch(has_former and fields.erased or '', '([%w_-]+)\n') do
  remember(id)
end
for _, id in ipairs(ids_in_recent(fields.recent or '')) do
  remember(id)
end
table.sort(updates, function(one, other)
  return one.revision < other.revision
end)
for _, update in ipairs(updates) do
  remember(update.id)
end

local new_instant_ms = now_ms
if asked_before then
  local is_past = has_former and instant_ms + GRAIN_MS <= now_ms
  local asked_ms = math.floor(math.min(now_us, not_before_us - age_us) / 1000)
  new_instant_ms = math.max(asked_ms, is_past and instant_ms + GRAIN_MS or 0)
end
local new_deadline_ms = math.max(now_ms + ttl_ms, has_former and deadline_ms or 0)
if kind ~= 'hash' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
local tombstone = table.concat({
  digits(new_instant_ms - GRAIN_MS), digits(new_deadline_ms), erase_id,
  digits(revision), digits(frames), digits(quarantined), digits(locked),
}, ' ')
redis.call('HSET', key, 'tombstone', tombstone, 'tombstone_seal', sealed(tombstone), 'fence', digits(now_us))
local erased = ''
if #ids > 0 then
  erased = table.concat(ids, '', math.max(1, #ids - ids_max + 1))
  redis.call('HSET', key, 'erased', erased, 'erased_seal', seal_of_lines(erased))
else
  names[#names + 1] = 'erased'
  names[#names + 1] = 'erased_seal'
end
for first = 1, #names, HDEL_AT_ONCE do
  redis.call('HDEL', key, unpack(names, first, math.min(first + HDEL_AT_ONCE - 1, #names)))
end
redis.call('PEXPIREAT', key, digits(new_deadline_ms))
return answer('erased', new_deadline_ms, revision, frames, quarantined, locked,
  with_ids and new_instant_ms or nil, with_ids and erased or nil)
