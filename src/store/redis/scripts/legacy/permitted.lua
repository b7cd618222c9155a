#!lua flags=no-writes
-- Looks up what this user may not do with a key of a former service.
--
-- Why a script: a command that the user may not run is found without running it, and a script
-- itself needs permission.
--
-- KEYS     1 key of a former service; it need not exist
-- ARGV     none
-- Returns  the names of the commands that the user may not run on the key
--
-- Safe to run twice because it writes nothing.

local key = KEYS[1]

-- Every command that find.lua and remove.lua run, with arguments in their place.
local calls = {
  {'TIME'},
  {'TYPE', key},
  {'PTTL', key},
  {'STRLEN', key},
  {'GET', key},
  {'UNLINK', key},
}

local refused = {}
for _, call in ipairs(calls) do
  -- A command that was renamed or disabled raises an error.
  local known, allowed = pcall(redis.acl_check_cmd, unpack(call))
  if not (known and allowed) then
    refused[#refused + 1] = string.lower(call[1])
  end
end
return refused
