// The part of the configuration that a command on the store needs. A command has no listeners, so
// their settings are neither required nor checked; the settings of the store are checked as the
// service checks them.

import { type Environment, variablesOf } from '../config/raw-settings.ts';
import { SETTING_NAMES, type SettingName } from '../config/settings.ts';
import { STORE_SETTINGS } from '../config/store-settings.ts';
import { type Config, readConfig } from '../config.ts';

/** Settings that are needed in addition to those of the store. */
const USED: readonly SettingName[] = [
  'DATA_DIR',
  'SESSION_MAX_BYTES',
  'QUARANTINE_TTL',
  'REQUEST_DEADLINE_MS',
  'ENCRYPTION_KEYS',
];

/** A configuration, or all problems; in both cases with warnings of what only looks wrong. */
export type StoreConfigResult = { warnings: string[] } & (
  | {
      config: Pick<Config, 'store' | 'legacy' | 'session' | 'encryptionKeys'>;
      problems?: undefined;
    }
  | { config?: undefined; problems: string[] }
);

/** Reads the address of the store, its limits, and what else a command uses (`alsoUsed`). Each
 * problem is a line that names its variable. */
export function readStoreConfig(
  environment: Environment,
  readFile: (path: string) => string,
  alsoUsed: readonly SettingName[] = [],
): StoreConfigResult {
  const used = new Set<string>([...Object.keys(STORE_SETTINGS), ...USED, ...alsoUsed]);
  const unused = SETTING_NAMES.filter((name) => !used.has(name));
  const ignored = new Set(unused.flatMap(variablesOf));
  // Only ignored settings are removed: there must be a warning of a misspelt setting of the store.
  const rest = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ignored.has(name)),
  );
  return readConfig(rest, { readFile, createSecret: () => '' });
}
