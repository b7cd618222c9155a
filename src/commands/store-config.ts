// The part of the configuration that a command takes which works on the store. A command serves
// nobody: what belongs to the listeners is neither asked for nor judged, while all that says where
// the store is and how to reach it is judged as the service judges it.

import { type Environment, variablesOf } from '../config/raw-settings.ts';
import { SETTING_NAMES, type SettingName } from '../config/settings.ts';
import { STORE_SETTINGS } from '../config/store-settings.ts';
import { type Config, readConfig } from '../config.ts';

/** Besides those of the store itself. */
const USED: readonly SettingName[] = [
  'DATA_DIR',
  'SESSION_MAX_BYTES',
  'QUARANTINE_TTL',
  'REQUEST_DEADLINE_MS',
];

/** A configuration, or all that stands against it; what only looks wrong either way. */
export type StoreConfigResult = { warnings: string[] } & (
  | { config: Pick<Config, 'store' | 'session'>; problems?: undefined }
  | { config?: undefined; problems: string[] }
);

/** Reads where the store is, and its limits. Each problem is a line that names its variable. */
export function readStoreConfig(
  environment: Environment,
  readFile: (path: string) => string,
): StoreConfigResult {
  const unused = SETTING_NAMES.filter((name) => !(name in STORE_SETTINGS || USED.includes(name)));
  const ignored = new Set(unused.flatMap(variablesOf));
  // By what is ignored, not by what is known: a misspelt name of the store's is to be warned of.
  const rest = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ignored.has(name)),
  );
  return readConfig(rest, { readFile, createSecret: () => '' });
}
