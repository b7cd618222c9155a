#!lua flags=no-writes
-- Reads everything under a session's key, with the time of the clock that its deadlines are compared
-- with, in one round trip.
--
-- Why a script: the fields and TIME must be of one instant, and of one server. The caller decides
-- what the fields mean; nothing is moved, changed or prolonged here, however damaged they are.
--
-- The fields of LINES (stored-fields.ts has the same list) are answered as lines of one value: each
-- value of a reply takes its reader time. One that is empty, or has more than one line, is answered
-- like all others.
--
-- KEYS     1 session
-- ARGV     none
-- Returns  {now in unix us, values of LINES in their order, empty for those that are not there,
--          {field, value, field, value, ...}}; no fields if the key is missing, or holds no hash.
--
-- Safe to run twice because it writes nothing.

local LINES = {
  revision = 1, incarnation = 2, chain = 3, created_at = 4, expires_at = 5, flow = 6, seal = 7,
  snapshot_bytes = 8, delta_bytes = 9, last_event = 10, noted = 11
}

local time = redis.call('TIME')

local lines, others = {'', '', '', '', '', '', '', '', '', '', ''}, {}
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  local fields = redis.call('HGETALL', KEYS[1])
  for at = 1, #fields, 2 do
    local line, value = LINES[fields[at]], fields[at + 1]
    if line and value ~= '' and not string.find(value, '\n', 1, true) then
      lines[line] = value
    else
      others[#others + 1] = fields[at]
      others[#others + 1] = value
    end
  end
end
return {time[1] * 1000000 + time[2], table.concat(lines, '\n'), others}
