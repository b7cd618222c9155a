// The part of the configuration that a command on the store needs. A command has no listeners, so
// their settings are neither required nor checked; the settings of the store are checked as the
// service checks them.

import { readFileSync } from 'node:fs';
import { type Environment, variablesOf } from '../config/raw-settings.ts';
import { SETTING_NAMES, type SettingName } from '../config/settings.ts';
import { STORE_SETTINGS } from '../config/store-settings.ts';
import { type Config, readConfig } from '../config.ts';
import { EXIT_CONFIG, end, warn } from '../process/exit.ts';
import { createLog } from '../telemetry/log.ts';

/** Settings that are needed in addition to those of the store. */
const USED: readonly SettingName[] = [
  'DATA_DIR',
  'SESSION_MAX_BYTES',
  'QUARANTINE_TTL',
  'REQUEST_DEADLINE_MS',
  'ENCRYPTION_KEYS',
];

/** What a command uses of a configuration. */
export type UsedConfig = Pick<Config, 'store' | 'legacy' | 'session' | 'encryptionKeys'>;

/** Writes errors to standard error. */
export const errorLog = createLog({ level: 'error', write: (line) => process.stderr.write(line) });

/** The configuration in an environment; writes warnings to standard error. Ends the process where
 * it cannot be used. */
export function readStoreEnvironment(
  environment: Environment,
  ...alsoUsed: SettingName[]
): UsedConfig {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { config, problems, warnings } = readStoreConfig(environment, readFile, alsoUsed);
  if (config === undefined) end(EXIT_CONFIG, ...problems, ...warnings);
  warn(...warnings);
  return config;
}

/** Reads the address of the store, its limits, and what else a command uses (`alsoUsed`). Each
 * problem is a line that names its variable. */
export function readStoreConfig(
  environment: Environment,
  readFile: (path: string) => string,
  alsoUsed: readonly SettingName[] = [],
): { warnings: string[] } & (
  | { config: UsedConfig; problems?: undefined }
  | { config?: undefined; problems: string[] }
) {
  const used = new Set<string>([...Object.keys(STORE_SETTINGS), ...USED, ...alsoUsed]);
  const unused = SETTING_NAMES.filter((name) => !used.has(name));
  const ignored = new Set(unused.flatMap(variablesOf));
  // Only ignored settings are removed: there must be a warning of a misspelt setting of the store.
  const rest = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ignored.has(name)),
  );
  return readConfig(rest, { readFile, createSecret: () => '' });
}
