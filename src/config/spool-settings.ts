// The settings of the spool: where updates wait that the store cannot take at the moment.

import { resolve } from 'node:path';
import { choice, integer, type Setting, text } from './setting.ts';

const MEBIBYTE = 1024 * 1024;

export const SPOOL_SETTINGS = {
  SPOOL: choice({
    default: 'off',
    words: ['on', 'off'],
    description:
      'Whether updates that the store cannot take in time are kept on the local disk ' +
      'until it can. Only with STORE_URL.',
  }),
  SPOOL_DIR: text({
    default: '',
    range: 'the path of a folder',
    description:
      'Folder of the spool, for one process alone; created if it does not exist. ' +
      'Without it spool in DATA_DIR.',
    parse: (path) => resolve(path),
  }),
  SPOOL_MAX_BYTES: integer({
    default: String(64 * MEBIBYTE),
    unit: 'bytes',
    // Four segments, which the spool needs at least; and what can be read back at a start.
    min: 16 * MEBIBYTE,
    max: 1024 * MEBIBYTE,
    description:
      'What the spool takes on disk, from the first start on. ' +
      'About four fifths of it hold updates.',
  }),
} as const satisfies Record<string, Setting<unknown>>;
