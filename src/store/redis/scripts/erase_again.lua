#!lua flags=allow-oom
-- Repeats an erase that a failover may have lost: removes what the erase removed, or would have
-- removed, spares what was received after it, and leaves its tombstone.
--
-- Why a script: no update may be appended between the look at the session and the removal.
--
-- The master that ran the erase and this one have different clocks. A frame that this master stored
-- (its head names the clock) is compared with the erase's moment by this clock; other frames are
-- compared with the instant at which the erase ran by the former clock. A frame with updates from both
-- sides of it goes. Frames without moments in their heads go if the erase removed their ids, or as
-- snapshots of a session that began before the erase.
--
-- KEYS     1 session
-- ARGV     1 as in check_time.lua: its moment is that at which the erase was sent
--          2 erase id   3 how long the tombstone is kept, ms   4 how many ids are kept
--          5 instant of the erase, unix ms, by the clock of the master that ran it
--          6 beginning of this master's replication id, empty if it is not known
--          7 `erased` as it was after the erase   8 new incarnation: random hex
--          9 what the erase removed: the last four numbers of the tombstone
-- Returns  {now, 'there'}: the erase is there; nothing was written
--          {now, 'erased', frames removed, frames spared}
--          and those of check_time.lua
--
-- What is spared is as if it had been appended after the erase: in a new incarnation, with revisions
-- from 1 on, unless a snapshot is among it. A tombstone of a later instant stays; the ids are added
-- to it. A lock stays. A key that holds no hash is renamed.
--
-- Allowed when Redis is out of memory, since it frees more than it takes.
--
-- Safe to run twice because a second run finds the erase's id, or nothing more to remove.

local AT_ONCE, GRAIN_MS, DIGEST_BYTES, HEAD_BYTES = 1000, 2, 32, 30
local KEPT = {
  tombstone = true, tombstone_seal = true, erased = true, erased_seal = true, fence = true,
  lock = true, lock_seal = true,
}

local key = KEYS[1]
local erase_id, ttl_ms, ids_max, erased_at_ms = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local clock_tag, erased_ids, new_incarnation, removed_numbers = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

-- check_time.lua

local sent_us = math.min(now_us, not_before_us - age_us)

-- numbers.lua

-- seals.lua

-- metadata.lua

-- frames.lua

-- recent.lua

local function chain_of(text)
  return string.sub(redis.sha1hex(text), 1, 20)
end

local function each_chunk(list, run)
  for first = 1, #list, AT_ONCE do
    run(unpack(list, first, math.min(first + AT_ONCE - 1, #list)))
  end
end

local kind = redis.call('TYPE', key).ok
local found = kind == 'hash' and redis.call('HGETALL', key) or {}
local fields = {}
for place = 1, #found, 2 do
  fields[found[place]] = found[place + 1]
end

local former = value_or_copy(fields.tombstone, fields.tombstone_seal) or ''
local instant, deadline, former_id = string.match(former, '^(%d+) (%d+) (%S+) ')
local instant_ms, deadline_ms = instant_from(instant), instant_from(deadline)
local has_former = instant_ms and deadline_ms and deadline_ms > now_ms
if has_former and former_id == erase_id then
  return answer('there')
end

-- Frames.

local revision, _, _, created_at, expires_at, flow = metadata_from(fields.revision, fields.incarnation,
  fields.chain, fields.created_at, fields.expires_at, fields.flow, fields.seal)
local is_live = not (expires_at ~= nil and expires_at <= now_ms)
local is_erased = {}
for id in string.gmatch(erased_ids, '([%w_-]+)\n') do
  is_erased[id] = true
end

local function is_from_before(name, value)
  if not is_live or is_erased[name] then
    return true
  end
  local lowest, clock = string.match(string.sub(value, HEAD_BYTES + 1, HEAD_BYTES + 43), '^@40(%d+)(%x+)$')
  if lowest and #lowest + #clock == 40 then
    clock = string.sub(value, HEAD_BYTES + 36, HEAD_BYTES + 43)
    local limit_us = clock == clock_tag and sent_us or erased_at_ms * 1000
    return tonumber(string.sub(lowest, 1, 16)) < limit_us
  end
  return not is_update(name) and (created_at or 0) <= erased_at_ms
end

local removed, spared, snapshot = {}, {}, nil
for name, value in pairs(fields) do
  local parked = string.match(name, '^quarantine:(.+)$')
  if parked then
    if is_from_before(parked, string.sub(value, 31)) then
      removed[#removed + 1] = name
    end
  elseif is_frame(name, function() return value end) then
    if is_from_before(name, value) then
      removed[#removed + 1] = name
    else
      local frame = {name = name, value = value, revision = revision_from(string.sub(value, 1, 10)) or 0}
      spared[#spared + 1] = frame
      local is_snapshot = string.sub(name, 1, 9) == 'snapshot:'
      if is_snapshot and (not snapshot or snapshot.revision < frame.revision) then
        snapshot = frame
      end
    end
  end
end

-- Ids.

local ids, is_known = {}, {}
local function remember(id)
  if not is_known[id] then
    is_known[id] = true
    ids[#ids + 1] = id .. '\n'
  end
end
for id in string.gmatch(has_former and fields.erased or '', '([%w_-]+)\n') do
  remember(id)
end
if not snapshot then
  for _, id in ipairs(ids_in_recent(fields.recent or '')) do
    remember(id)
  end
end
for id in string.gmatch(erased_ids, '([%w_-]+)\n') do
  remember(id)
end
for _, name in ipairs(removed) do
  if is_update(name) then
    remember(name)
  end
end

-- Write.

if kind ~= 'hash' and kind ~= 'none' then
  redis.call('RENAME', key, key .. ':aside:' .. digits(now_ms))
end
local new_instant_ms = math.floor(sent_us / 1000)
local new_deadline_ms = math.max(now_ms + ttl_ms, has_former and deadline_ms or 0)
local tombstone
if has_former and instant_ms + GRAIN_MS <= now_ms and instant_ms + GRAIN_MS >= new_instant_ms then
  tombstone = string.gsub(former, '^(%d+) %d+ ', '%1 ' .. digits(new_deadline_ms) .. ' ')
else
  tombstone = digits(new_instant_ms - GRAIN_MS) .. ' ' .. digits(new_deadline_ms) .. ' ' .. erase_id
    .. ' ' .. removed_numbers
end
local erased = table.concat(ids, '', math.max(1, #ids - ids_max + 1))
redis.call('HSET', key, 'tombstone', tombstone, 'tombstone_seal', sealed(tombstone), 'erased', erased,
  'erased_seal', seal_of_lines(erased))

local is_empty = #spared == 0
local gone = removed
if is_empty then
  gone = {}
  for name in pairs(fields) do
    local is_parked = string.sub(name, 1, 11) == 'quarantine:'
    if not KEPT[name] and not is_parked then
      gone[#gone + 1] = name
    end
  end
  for _, name in ipairs(removed) do
    if string.sub(name, 1, 11) == 'quarantine:' then
      gone[#gone + 1] = name
    end
  end
elseif #removed > 0 then
  table.sort(spared, function(one, other)
    return one.revision < other.revision
  end)
  local chain = chain_of(new_incarnation)
  local base, snapshot_bytes, delta_bytes = 0, 0, 0
  if snapshot then
    base, chain = snapshot.revision, string.sub(snapshot.value, 11, HEAD_BYTES)
  end
  revision = base
  local values = {}
  for _, frame in ipairs(spared) do
    if string.sub(frame.name, 1, 9) == 'snapshot:' then
      snapshot_bytes = snapshot_bytes + #frame.value
    else
      delta_bytes = delta_bytes + #frame.value
      if frame.revision > base then
        revision = revision + 1
        chain = chain_of(chain .. frame.name .. string.sub(frame.value, -DIGEST_BYTES))
        values[#values + 1] = frame.name
        values[#values + 1] = string.format('%010.0f', revision) .. chain
          .. string.sub(frame.value, HEAD_BYTES + 1)
      end
    end
  end
  each_chunk(values, function(...)
    redis.call('HSET', key, ...)
  end)
  local revision_text, created_text, expires_text = digits(revision), digits(now_ms),
    digits(expires_at or now_ms)
  redis.call('HSET', key, 'revision', revision_text, 'incarnation', new_incarnation, 'chain', chain,
    'created_at', created_text, 'expires_at', expires_text, 'snapshot_bytes', digits(snapshot_bytes),
    'delta_bytes', digits(delta_bytes), 'seal', sealed(metadata_text(revision_text, new_incarnation,
      chain, created_text, expires_text, flow)))
  gone[#gone + 1] = 'noted'
  gone[#gone + 1] = 'last_event'
  if not snapshot then
    gone[#gone + 1] = 'recent'
  end
end
each_chunk(gone, function(...)
  redis.call('HDEL', key, ...)
end)
if is_empty or redis.call('PEXPIRETIME', key) < new_deadline_ms then
  redis.call('PEXPIREAT', key, digits(new_deadline_ms))
end
return answer('erased', #removed, #spared)
