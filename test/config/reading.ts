// Reading a configuration from variables and files of a test's own.

import { expect } from 'vitest';
import { type ConfigResult, readConfig } from '../../src/config.ts';

export const SECRET = 'a-secret-of-32-characters-in-all';
export const GENERATED = 'generated-secret-generated-secret';

/** What these variables and files come to. */
export function read(
  environment: Record<string, string>,
  files: Record<string, string> = {},
): ConfigResult {
  return readConfig(environment, {
    createSecret: () => GENERATED,
    readFile: (path) => {
      const content = files[path];
      if (content !== undefined) return content;
      throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' });
    },
  });
}

/** The configuration that these give, which must have no problems. */
export function configOf(environment: Record<string, string>, files?: Record<string, string>) {
  const { config, problems } = read(environment, files);
  expect(problems).toBeUndefined();
  if (config === undefined) throw new Error('no config');
  return config;
}
