// Rules between settings. Only values that could be read are compared: for the others there is
// already a problem.

import { isLoopback } from '../listen-address.ts';
import { listenAddressesClash, listenAddressText } from './listen-address-text.ts';
import { OFF, type ReadableValues } from './settings.ts';
import { ALL } from './store-settings.ts';
import { type IsSet, type Rule, tlsRules } from './tls-relations.ts';

const LISTENERS = ['WEBHOOK_LISTEN', 'RPC_LISTEN', 'ADMIN_LISTEN'] as const;
const OF_SENTINELS = ['STORE_SENTINEL_USERNAME', 'STORE_SENTINEL_PASSWORD'] as const;
const OF_TLS = [
  ...(['STORE_TLS_CA', 'STORE_TLS_CERT', 'STORE_TLS_KEY', 'STORE_TLS_SERVER_NAME'] as const),
];

/** Problems between settings that are each in range. */
export function relationProblems(values: ReadableValues, isSet: IsSet): string[] {
  const rules = [
    ...credentialRules(values, isSet),
    ...tlsRules(values, isSet),
    ...(isSet('STORE_URL') ? redisRules(values, isSet) : embeddedRules(values, isSet)),
    ...timeRules(values),
    ...clashRules(values),
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => problem);
}

function credentialRules(values: ReadableValues, isSet: IsSet): Rule[] {
  const pairs = [
    ['WEBHOOK_LISTEN', ['COGNIGY_WEBHOOK_SECRET']],
    ['RPC_LISTEN', ['RPC_TOKEN', 'RPC_TLS_CLIENT_CA']],
  ] as const;
  return pairs.flatMap(([listen, credentials]): Rule[] => {
    const address = values[listen];
    if (address === undefined || address === OFF) return [];
    const isOpen = !isLoopback(address) && !credentials.some(isSet);
    const place = `${listen} (${listenAddressText(address)})`;
    const needed = credentials.join(' or ');
    return [[isOpen, `${place} is reachable beyond this machine and needs ${needed}`]];
  });
}

/** What only a store on Redis has, or needs. */
function embeddedRules(values: ReadableValues, isSet: IsSet): Rule[] {
  const { EXPIRY_EVENTS: events = 'off', DURABILITY: level = 'stored' } = values;
  const refuse = (name: keyof ReadableValues, why: string): Rule => [
    isSet(name),
    `${name} is set without STORE_URL: ${why}`,
  ];
  const noLegacy =
    'the embedded store (SQLite) takes over no sessions of other services, only a store on ' +
    'Redis does';
  return [
    ...(['STORE_USERNAME', 'STORE_PASSWORD', ...OF_SENTINELS] as const).map((name) =>
      refuse(name, 'the embedded store takes no credentials'),
    ),
    ...OF_TLS.map((name) => refuse(name, 'the embedded store is a file')),
    [values.LEGACY_STATE === 'read', `LEGACY_STATE=read is set without STORE_URL: ${noLegacy}`],
    refuse('LEGACY_STORE_URL', noLegacy),
    [
      events === 'on' || events === 'enable',
      `EXPIRY_EVENTS is ${events} without STORE_URL: only Redis reports keys`,
    ],
    [
      values.SPOOL === 'on',
      'SPOOL is on without STORE_URL: the embedded store is on the local disk itself',
    ],
    [
      level !== 'stored',
      `DURABILITY is ${level} without STORE_URL: the embedded store has no replicas`,
    ],
  ];
}

function redisRules(values: ReadableValues, isSet: IsSet): Rule[] {
  const { STORE_URL: url, LEGACY_STORE_URL: legacyUrl } = values;
  if (url === undefined) return [];
  const { DURABILITY: level = 'stored', DURABILITY_REPLICAS: replicas } = values;
  const isPlain = !url.tls && !legacyUrl?.tls;
  return [
    ...OF_TLS.map(
      (name): Rule => [
        isPlain && isSet(name),
        `${name} is set, and STORE_URL does not begin with rediss: nothing would be encrypted`,
      ],
    ),
    [
      url.username !== '' && isSet('STORE_USERNAME'),
      'STORE_URL holds a user name and STORE_USERNAME is set: set one of them',
    ],
    [
      url.password !== '' && isSet('STORE_PASSWORD'),
      'STORE_URL holds a password and STORE_PASSWORD is set: set one of them',
    ],
    ...OF_SENTINELS.map(
      (name): Rule => [
        url.target.kind !== 'sentinel' && isSet(name),
        `${name} is set, and STORE_URL names no sentinels: only redis+sentinel:// does`,
      ],
    ),
    [
      level !== 'stored' && replicas === ALL && url.target.kind === 'standalone',
      'DURABILITY_REPLICAS is all, and STORE_URL names a single server: only sentinels and ' +
        'clusters say how many replicas are configured, so give their number',
    ],
  ];
}

function timeRules(values: ReadableValues): Rule[] {
  const { DURABILITY: level, DURABILITY_REPLICAS: replicas = 1 } = values;
  // Every comparison with what could not be read is false.
  const { SPOOL_AFTER_MS: afterMs = Number.NaN, STORE_COMMAND_TIMEOUT_MS: commandMs = Number.NaN } =
    values;
  const { REQUEST_DEADLINE_MS: deadlineMs = Number.NaN } = values;
  return [
    // One replica is the default.
    [
      level === 'stored' && replicas !== 1,
      'DURABILITY_REPLICAS is set, and DURABILITY is stored: no update waits for a replica',
    ],
    [
      values.SPOOL === 'on' && afterMs >= deadlineMs,
      `SPOOL_AFTER_MS (${afterMs}) must be less than REQUEST_DEADLINE_MS (${deadlineMs}): ` +
        'an update is written to the spool in what is left',
    ],
    [
      commandMs > deadlineMs,
      `STORE_COMMAND_TIMEOUT_MS (${commandMs}) must be at most ` +
        `REQUEST_DEADLINE_MS (${deadlineMs}): a command cannot outlive its request`,
    ],
  ];
}

function clashRules(values: ReadableValues): Rule[] {
  const listeners = LISTENERS.flatMap((name) => {
    const address = values[name];
    return address === undefined || address === OFF ? [] : [{ name, address }];
  });
  return listeners.flatMap((a, index) =>
    listeners
      .slice(index + 1)
      .map(
        (b): Rule => [
          listenAddressesClash(a.address, b.address),
          `${a.name} and ${b.name} claim the same address, ${listenAddressText(b.address)}`,
        ],
      ),
  );
}
