import { join } from 'node:path';
import type { SettingValues } from './settings.ts';

/** Where updates wait that the store cannot take at the moment. */
export type SpoolConfig = {
  /** An absolute path. */
  readonly directory: string;
  /** What it takes on disk. */
  readonly maxBytes: number;
  /** How long the store has to take an update. */
  readonly afterMs: number;
  /** How long an update may wait. */
  readonly maxAgeMs: number;
};

/** The configuration of the spool; undefined if it is off. */
export function spoolConfigFrom(values: SettingValues): SpoolConfig | undefined {
  if (values.SPOOL === 'off') return undefined;
  return {
    directory: values.SPOOL_DIR ?? join(values.DATA_DIR, 'spool'),
    maxBytes: values.SPOOL_MAX_BYTES,
    afterMs: values.SPOOL_AFTER_MS,
    maxAgeMs: values.SPOOL_MAX_AGE,
  };
}
