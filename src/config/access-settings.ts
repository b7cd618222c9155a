// The settings of who may do what, and of what is written about it.

import { AUDIT_LEVELS } from '../telemetry/audit-level.ts';
import { SECRET_MIN_LENGTH } from './secret.ts';
import { secretListFrom, whatIsWrongWithSecrets } from './secret-list.ts';
import { choice, type Setting, text } from './setting.ts';

const SECRETS_RANGE =
  `secrets of at least ${SECRET_MIN_LENGTH} printable ASCII characters, separated by commas, ` +
  'or a JSON array of callers';

export const ACCESS_SETTINGS = {
  COGNIGY_WEBHOOK_SECRET: {
    default: '',
    range: SECRETS_RANGE,
    description:
      'Secrets that callers of the webhook present; several while one replaces another. ' +
      'On loopback one is generated at each start if none is set.',
    hidden: true,
    secret: true,
    alias: 'COGNIGY_WEBHOOK_TOKEN',
    parse: secretListFrom,
    whatIsWrong: whatIsWrongWithSecrets,
  },
  RPC_TOKEN: {
    default: '',
    range: SECRETS_RANGE,
    description:
      'Tokens that callers of RPCs present; several while one replaces another. ' +
      'Beyond loopback, either this or RPC_TLS_CLIENT_CA is required.',
    hidden: true,
    secret: true,
    parse: secretListFrom,
    whatIsWrong: whatIsWrongWithSecrets,
  },
  AUDIT_LOG: choice(
    { default: 'off', words: AUDIT_LEVELS },
    'Which calls are written to the audit log: those that inspect, erase or are forbidden ' +
      '(sensitive), or all.',
  ),
  REDACTED_KEYS: text(
    { default: '', range: 'names of keys, separated by commas', parse: namesFrom },
    'Keys of variables and context, at any depth, whose values inspections do not show.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

function namesFrom(list: string): readonly string[] | undefined {
  const names = list.split(',').map((name) => name.trim());
  return names.includes('') ? undefined : names;
}
