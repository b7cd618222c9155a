import { existsSync } from 'node:fs';
import type { WorldOptions } from './world.ts';

/** Servers that are killed come back with what they had. */
export const ON_DISK: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'everysec',
};

/** A preloaded library that takes the wall clock from a file. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** For a server whose clock is to be set: variables of its process. */
export function clockOf({ clockFile }: WorldOptions): {
  environment?: Record<string, string>;
} {
  if (clockFile === undefined) return {};
  if (!existsSync(FAKETIME))
    throw new Error('faults of clocks need libfaketime; on Debian: sudo apt-get install faketime');
  return { environment: { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clockFile } };
}
