// The settings of the spool: where updates wait that the store cannot take at the moment.

import { choice, duration, integer, path, type Setting } from './setting.ts';

const MEBIBYTE = 1024 * 1024;
const MINUTE_MS = 60_000;
/** An hour less than erases are remembered: an update must not come back after its erase is
 * forgotten. */
const AGE_MAX_MS = 23 * 60 * MINUTE_MS;

export const SPOOL_SETTINGS = {
  SPOOL: choice(
    { default: 'off', words: ['on', 'off'] },
    'Whether updates that the store cannot take in time are kept on the local disk ' +
      'until it can. Only with STORE_URL.',
  ),
  SPOOL_DIR: path(
    { default: '', of: 'a folder' },
    'Folder of the spool, for one process alone; created if it does not exist. ' +
      'Without it spool in DATA_DIR.',
  ),
  SPOOL_MAX_BYTES: integer(
    {
      default: String(64 * MEBIBYTE),
      unit: 'bytes',
      // Four segments, which the spool needs at least; and what can be read back at a start.
      min: 16 * MEBIBYTE,
      max: 1024 * MEBIBYTE,
    },
    'What the spool takes on disk, from the first start on. ' +
      'About four fifths of it hold updates.',
  ),
  SPOOL_AFTER_MS: integer(
    { default: '700', unit: 'milliseconds', min: 10, max: 60_000 },
    'How long the store has to take an update before it goes to the spool. ' +
      'Less than REQUEST_DEADLINE_MS.',
  ),
  SPOOL_MAX_AGE: duration(
    { default: '23h', minMs: MINUTE_MS, maxMs: AGE_MAX_MS, rangeText: 'from 1 minute to 23 hours' },
    'How long an update may wait in the spool; then it is lost.',
  ),
} as const satisfies Record<string, Setting<unknown>>;
