// Rules between settings. Only values that could be read are compared: for the others there is
// already a problem.

import { isLoopback, type ListenAddress } from '../listen-address.ts';
import { listenAddressesClash, listenAddressText } from './listen-address-text.ts';
import { OFF, type ReadableValues } from './settings.ts';
import { ALL } from './store-settings.ts';
import { tlsProblems } from './tls-relations.ts';

const STORE_TLS = [
  'STORE_TLS_CA',
  'STORE_TLS_CERT',
  'STORE_TLS_KEY',
  'STORE_TLS_SERVER_NAME',
] as const;

/** Problems between settings that are each in range. `isSet` returns whether a value was set, and
 * is not the default. */
export function relationProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  return [
    ...credentialProblems(values, isSet),
    ...tlsProblems(values, isSet),
    ...storeProblems(values, isSet),
    ...spoolProblems(values, isSet),
    ...durabilityProblems(values, isSet),
    ...deadlineProblems(values),
    ...clashProblems(values),
  ];
}

function credentialProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  const pairs = [
    ['WEBHOOK_LISTEN', ['COGNIGY_WEBHOOK_SECRET']],
    ['RPC_LISTEN', ['RPC_TOKEN', 'RPC_TLS_CLIENT_CA']],
  ] as const;
  return pairs.flatMap(([listen, credentials]) => {
    const address = addressOf(values, listen);
    if (address === undefined || isLoopback(address) || credentials.some(isSet)) return [];
    const needed = credentials.join(' or ');
    const place = `${listen} (${listenAddressText(address)})`;
    return [`${place} is reachable beyond this machine and needs ${needed}`];
  });
}

function storeProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  const ofSentinels = (['STORE_SENTINEL_USERNAME', 'STORE_SENTINEL_PASSWORD'] as const).filter(
    isSet,
  );
  const credentials = [
    ...(['STORE_USERNAME', 'STORE_PASSWORD'] as const).filter(isSet),
    ...ofSentinels,
  ];
  const ofTls = STORE_TLS.filter(isSet);
  if (!isSet('STORE_URL'))
    return [
      ...credentials.map(
        (name) => `${name} is set without STORE_URL: the embedded store takes no credentials`,
      ),
      ...ofTls.map((name) => `${name} is set without STORE_URL: the embedded store is a file`),
      ...legacyProblems(values, isSet),
      ...(values.EXPIRY_EVENTS === 'on' || values.EXPIRY_EVENTS === 'enable'
        ? [`EXPIRY_EVENTS is ${values.EXPIRY_EVENTS} without STORE_URL: only Redis reports keys`]
        : []),
    ];
  const url = values.STORE_URL;
  const isTlsUsed = url?.tls || values.LEGACY_STORE_URL?.tls;
  return [
    ...(url === undefined || isTlsUsed ? [] : ofTls).map(
      (name) =>
        `${name} is set, and STORE_URL does not begin with rediss: nothing would be encrypted`,
    ),
    ...(url?.username && isSet('STORE_USERNAME')
      ? ['STORE_URL holds a user name and STORE_USERNAME is set: set one of them']
      : []),
    ...(url?.password && isSet('STORE_PASSWORD')
      ? ['STORE_URL holds a password and STORE_PASSWORD is set: set one of them']
      : []),
    ...(url === undefined || url.target.kind === 'sentinel' ? [] : ofSentinels).map(
      (name) => `${name} is set, and STORE_URL names no sentinels: only redis+sentinel:// does`,
    ),
  ];
}

function spoolProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  if (values.SPOOL !== 'on') return [];
  const { SPOOL_AFTER_MS: afterMs, REQUEST_DEADLINE_MS: deadlineMs } = values;
  const isLate = afterMs !== undefined && deadlineMs !== undefined && afterMs >= deadlineMs;
  return [
    ...(isSet('STORE_URL')
      ? []
      : ['SPOOL is on without STORE_URL: the embedded store is on the local disk itself']),
    ...(isLate
      ? [
          `SPOOL_AFTER_MS (${afterMs}) must be less than REQUEST_DEADLINE_MS (${deadlineMs}): ` +
            'an update is written to the spool in what is left',
        ]
      : []),
  ];
}

function durabilityProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  const { DURABILITY: level, DURABILITY_REPLICAS: replicas, STORE_URL: url } = values;
  // One replica is the default.
  if (level === 'stored')
    return replicas !== undefined && replicas !== 1
      ? ['DURABILITY_REPLICAS is set, and DURABILITY is stored: no update waits for a replica']
      : [];
  if (level === undefined) return [];
  if (!isSet('STORE_URL'))
    return [`DURABILITY is ${level} without STORE_URL: the embedded store has no replicas`];
  if (replicas === ALL && url?.target.kind === 'standalone')
    return [
      'DURABILITY_REPLICAS is all, and STORE_URL names a single server: only sentinels and ' +
        'clusters say how many replicas are configured, so give their number',
    ];
  return [];
}

/** What former services left is in Redis, and becomes sessions there. */
function legacyProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  const set = [
    ...(values.LEGACY_STATE === 'read' ? ['LEGACY_STATE=read'] : []),
    ...(isSet('LEGACY_STORE_URL') ? ['LEGACY_STORE_URL'] : []),
  ];
  return set.map(
    (name) =>
      `${name} is set without STORE_URL: the embedded store (SQLite) takes over no sessions of ` +
      'other services, only a store on Redis does',
  );
}

function deadlineProblems(values: ReadableValues): string[] {
  const { STORE_COMMAND_TIMEOUT_MS: commandMs, REQUEST_DEADLINE_MS: deadlineMs } = values;
  if (commandMs === undefined || deadlineMs === undefined || commandMs <= deadlineMs) return [];
  return [
    `STORE_COMMAND_TIMEOUT_MS (${commandMs}) must be at most ` +
      `REQUEST_DEADLINE_MS (${deadlineMs}): a command cannot outlive its request`,
  ];
}

function clashProblems(values: ReadableValues): string[] {
  const names = ['WEBHOOK_LISTEN', 'RPC_LISTEN', 'ADMIN_LISTEN'] as const;
  const listeners = names.flatMap((name) => {
    const address = addressOf(values, name);
    return address === undefined ? [] : [{ name, address }];
  });
  return listeners.flatMap((a, index) =>
    listeners
      .slice(index + 1)
      .filter((b) => listenAddressesClash(a.address, b.address))
      .map(
        (b) => `${a.name} and ${b.name} claim the same address, ${listenAddressText(b.address)}`,
      ),
  );
}

/** The address of a listener; undefined if it is off, or could not be read. */
function addressOf(
  values: ReadableValues,
  name: 'WEBHOOK_LISTEN' | 'RPC_LISTEN' | 'ADMIN_LISTEN',
): ListenAddress | undefined {
  const address = values[name];
  return address === OFF ? undefined : address;
}
