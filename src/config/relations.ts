// What must hold between settings. Only values that could be read are compared: one that could not has its
// own problem already.

import { isLoopback, type ListenAddress } from '../transport/listen-address.ts';
import { listenAddressesClash, listenAddressText } from './listen-address-text.ts';
import type { ReadableValues } from './settings.ts';

/** The problems between settings that are each in range. `isSet` tells a value from a default. */
export function relationProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  return [
    ...credentialProblems(values, isSet),
    ...storeProblems(values, isSet),
    ...deadlineProblems(values),
    ...clashProblems(values),
  ];
}

function credentialProblems(
  values: ReadableValues,
  isSet: (name: keyof ReadableValues) => boolean,
): string[] {
  const pairs = [
    ['WEBHOOK_LISTEN', 'COGNIGY_WEBHOOK_SECRET'],
    ['RPC_LISTEN', 'RPC_TOKEN'],
  ] as const;
  return pairs.flatMap(([listen, secret]) => {
    const address = values[listen];
    if (address === undefined || isLoopback(address) || isSet(secret)) return [];
    return [`${listen} (${listenAddressText(address)}) is reachable beyond this machine and needs ${secret}`];
  });
}

function storeProblems(values: ReadableValues, isSet: (name: keyof ReadableValues) => boolean): string[] {
  const ofSentinels = (['STORE_SENTINEL_USERNAME', 'STORE_SENTINEL_PASSWORD'] as const).filter(isSet);
  const credentials = [...(['STORE_USERNAME', 'STORE_PASSWORD'] as const).filter(isSet), ...ofSentinels];
  if (!isSet('STORE_URL'))
    return credentials.map(
      (name) => `${name} is set without STORE_URL: the embedded store takes no credentials`,
    );
  const url = values.STORE_URL;
  return [
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

function deadlineProblems(values: ReadableValues): string[] {
  const { STORE_COMMAND_TIMEOUT_MS: commandMs, REQUEST_DEADLINE_MS: deadlineMs } = values;
  if (commandMs === undefined || deadlineMs === undefined || commandMs <= deadlineMs) return [];
  return [
    `STORE_COMMAND_TIMEOUT_MS (${commandMs}) must be at most REQUEST_DEADLINE_MS (${deadlineMs}): ` +
      'a command cannot outlive its request',
  ];
}

function clashProblems(values: ReadableValues): string[] {
  const names = ['WEBHOOK_LISTEN', 'RPC_LISTEN', 'ADMIN_LISTEN'] as const;
  const listeners = names.flatMap((name) => {
    const address: ListenAddress | undefined = values[name];
    return address === undefined ? [] : [{ name, address }];
  });
  return listeners.flatMap((a, index) =>
    listeners
      .slice(index + 1)
      .filter((b) => listenAddressesClash(a.address, b.address))
      .map((b) => `${a.name} and ${b.name} claim the same address, ${listenAddressText(b.address)}`),
  );
}
