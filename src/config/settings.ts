// Every setting, as a table: its name in the environment, its default, the accepted values, and its
// purpose. docs/reference/settings.md and the Helm values are compared with it.

import { FIRST_FORMAT, SECOND_FORMAT, type WriteFormat } from '../session/format.ts';
import {
  HISTORY_MAX_STEPS,
  LOCK_TTL_MAX_MS,
  LOCK_TTL_MIN_MS,
  LOCK_WAIT_MAX_MS,
  SESSION_BYTES_LIMIT,
  SESSION_TTL_MAX_MS,
  SESSION_TTL_MIN_MS,
} from '../session/limits.ts';
import { LOG_LEVELS } from '../telemetry/log-level.ts';
import { ACCESS_SETTINGS } from './access-settings.ts';
import { ENCRYPTION_SETTINGS } from './encryption-settings.ts';
import { listenAddressFrom, tcpAddressFrom } from './listen-address-text.ts';
import { choice, duration, integer, path, type Setting, text } from './setting.ts';
import { SPOOL_SETTINGS } from './spool-settings.ts';
import { STORE_SETTINGS } from './store-settings.ts';
import { TLS_SETTINGS } from './tls-settings.ts';
import { TRACING_SETTINGS } from './tracing-settings.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** In place of an address: this listener is off. */
export const OFF = 'off';

const TCP_RANGE = 'host:port, such as 127.0.0.1:8080 or [::1]:8080; port 0 lets the system choose';

export const SETTINGS = {
  ...STORE_SETTINGS,
  DATA_DIR: path(
    { default: './data', of: 'a folder' },
    'Folder of the embedded store; created if it does not exist.',
  ),
  ...SPOOL_SETTINGS,
  WEBHOOK_LISTEN: text(
    {
      default: '127.0.0.1:8080',
      range: `${TCP_RANGE}; or off`,
      parse: (text) => (text === OFF ? OFF : tcpAddressFrom(text)),
    },
    'Address of the webhook, the only listener for an ingress.',
  ),
  // A sidecar shares its ports with an application that starts after it. So these two are the
  // default of nothing else, and below the range that the system takes for connections.
  RPC_LISTEN: text(
    {
      default: '127.0.0.1:28051',
      range: `${TCP_RANGE}; or unix: and an absolute path`,
      parse: listenAddressFrom,
    },
    'Address of gRPC, gRPC-Web and Connect, for applications on the same host.',
  ),
  ADMIN_LISTEN: text(
    { default: '127.0.0.1:28464', range: TCP_RANGE, parse: tcpAddressFrom },
    'Address of metrics and health checks.',
  ),
  SESSION_PAGE: choice(
    { default: 'off', words: ['on', 'off'] },
    'Whether the rpc listener serves the session page, at /sessions. npm start turns it on.',
  ),
  ...ACCESS_SETTINGS,
  ...ENCRYPTION_SETTINGS,
  ...TLS_SETTINGS,
  SESSION_TTL: duration(
    {
      default: '24h',
      minMs: SESSION_TTL_MIN_MS,
      maxMs: SESSION_TTL_MAX_MS,
      rangeText: 'from 1 second to 400 days',
    },
    'How long a session is kept after its latest update.',
  ),
  SESSION_MAX_BYTES: integer(
    {
      // With what JSON adds to it, a restored session stays below the 524 kB that Cognigy's node
      // reads.
      default: String(480 * KIBIBYTE),
      unit: 'bytes',
      min: KIBIBYTE,
      max: SESSION_BYTES_LIMIT,
    },
    'Largest size of a session. A flow must be able to read it back.',
  ),
  BODY_MAX_BYTES: integer(
    { default: String(MEBIBYTE), unit: 'bytes', min: KIBIBYTE, max: 16 * MEBIBYTE },
    'Largest body of a request.',
  ),
  HISTORY_MAX_ENTRIES: integer(
    { default: String(HISTORY_MAX_STEPS), unit: 'entries', min: 1, max: HISTORY_MAX_STEPS },
    'How many of the latest visited nodes are returned.',
  ),
  FLOWS_DIR: path(
    { default: '', of: 'a folder' },
    'Folder of the flow definitions, followed while the service runs. ' +
      'Without it every update is accepted.',
  ),
  LOCK_TTL_MS: integer(
    { default: '10000', unit: 'milliseconds', min: LOCK_TTL_MIN_MS, max: LOCK_TTL_MAX_MS },
    'How long a lock is held unless it is renewed, if the request does not say.',
  ),
  LOCK_WAIT_MS: integer(
    { default: '500', unit: 'milliseconds', min: 0, max: LOCK_WAIT_MAX_MS },
    'How long an update waits for a lock that another caller holds, ' +
      'and a request for a lock that does not say.',
  ),
  WATCH_LIMIT: integer(
    { default: '100', unit: 'calls', min: 0, max: 500 },
    'How many Watch calls may be open at once in one process.',
  ),
  QUARANTINE_TTL: duration(
    {
      default: '24h',
      minMs: SECOND_MS,
      maxMs: 400 * DAY_MS,
      rangeText: 'from 1 second to 400 days',
    },
    'How long a frame that could not be read is kept for inspection.',
  ),
  WRITE_FORMAT: text(
    {
      default: String(FIRST_FORMAT),
      range: `${FIRST_FORMAT} or ${SECOND_FORMAT}`,
      parse: (text): WriteFormat | undefined =>
        ([FIRST_FORMAT, SECOND_FORMAT] as const).find((format) => String(format) === text),
    },
    'The newest format in which sessions are stored; 2 allows updates that replace. ' +
      'Every process on the store must be able to read it.',
  ),
  REQUEST_DEADLINE_MS: integer(
    { default: '2000', unit: 'milliseconds', min: 50, max: 60_000 },
    'Deadline of a request, including all attempts at the store.',
  ),
  RESTORE_BY_USER: choice(
    { default: 'on', words: ['on', 'off'] },
    'Whether flows may restore, and list, sessions by the user id alone.',
  ),
  SHUTDOWN_GRACE_MS: integer(
    { default: '10000', unit: 'milliseconds', min: 100, max: 600_000 },
    'How long requests in flight may take to finish after the service receives a signal to stop.',
  ),
  LOG_LEVEL: choice({ default: 'info', words: LOG_LEVELS }, 'The lowest level that is logged.'),
  ...TRACING_SETTINGS,
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

type ParsedAs<Name extends SettingName> = Exclude<
  ReturnType<(typeof SETTINGS)[Name]['parse']>,
  undefined
>;

/** The values of all settings; those without a default may be missing. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name]['default'] extends ''
    ? ParsedAs<Name> | undefined
    : ParsedAs<Name>;
};

/** The values of the settings that could be read. */
export type ReadableValues = { readonly [Name in SettingName]?: ParsedAs<Name> };
