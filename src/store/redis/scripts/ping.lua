#!lua
-- Asks a server whether it would take a write.
--
-- Why a script: a script that may write is refused before it starts wherever a write would be (OOM, READONLY,
-- MISCONF, NOREPLICAS, LOADING), where PING is answered. It touches no key, so it asks each server of a
-- cluster alike.
--
-- KEYS     none
-- ARGV     none
-- Returns  'ready'
--
-- Safe to run twice because it writes nothing.

return 'ready'
