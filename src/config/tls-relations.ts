// Rules between the settings of TLS, and between them and the addresses of the listeners.

import { isLoopback } from '../listen-address.ts';
import { listenAddressText } from './listen-address-text.ts';
import { OFF, type ReadableValues } from './settings.ts';

type IsSet = (name: keyof ReadableValues) => boolean;

/** Problems between settings of TLS that are each in range. */
export function tlsProblems(values: ReadableValues, isSet: IsSet): string[] {
  return [
    ...pairProblems(isSet),
    ...clientCaProblems(isSet),
    ...clientNameProblems(isSet),
    ...webhookProblems(values, isSet),
    ...rpcProblems(values, isSet),
  ];
}

function pairProblems(isSet: IsSet): string[] {
  return (['WEBHOOK', 'RPC', 'STORE'] as const).flatMap((use) => {
    const [cert, key] = [`${use}_TLS_CERT`, `${use}_TLS_KEY`] as const;
    if (isSet(cert) === isSet(key)) return [];
    return isSet(cert)
      ? [`${cert} is set without ${key}: a certificate needs its key`]
      : [`${key} is set without ${cert}: a key needs its certificate`];
  });
}

function clientCaProblems(isSet: IsSet): string[] {
  if (!isSet('RPC_TLS_CLIENT_CA') || isSet('RPC_TLS_CERT')) return [];
  return [
    'RPC_TLS_CLIENT_CA is set without RPC_TLS_CERT: callers present certificates only over TLS',
  ];
}

function clientNameProblems(isSet: IsSet): string[] {
  if (!isSet('RPC_TLS_CLIENT_NAMES') || isSet('RPC_TLS_CLIENT_CA')) return [];
  return [
    'RPC_TLS_CLIENT_NAMES is set without RPC_TLS_CLIENT_CA: ' +
      'callers present certificates only where a CA is set',
  ];
}

function webhookProblems({ WEBHOOK_LISTEN }: ReadableValues, isSet: IsSet): string[] {
  if (WEBHOOK_LISTEN !== OFF) return [];
  return (['WEBHOOK_TLS_CERT', 'WEBHOOK_TLS_KEY'] as const)
    .filter(isSet)
    .map((name) => `${name} is set, and WEBHOOK_LISTEN is off`);
}

function rpcProblems({ RPC_LISTEN, RPC_PLAINTEXT }: ReadableValues, isSet: IsSet): string[] {
  if (RPC_LISTEN === undefined) return [];
  if ('path' in RPC_LISTEN) {
    return (['RPC_TLS_CERT', 'RPC_TLS_KEY', 'RPC_TLS_CLIENT_CA'] as const)
      .filter(isSet)
      .map((name) => `${name} is set, and RPC_LISTEN is a unix socket, which does not use TLS`);
  }
  // For a value that could not be read there is already a problem.
  if (RPC_PLAINTEXT !== 'loopback' || isSet('RPC_TLS_CERT') || isLoopback(RPC_LISTEN)) return [];
  return [
    `RPC_LISTEN (${listenAddressText(RPC_LISTEN)}) is reachable beyond this machine ` +
      'and needs RPC_TLS_CERT and RPC_TLS_KEY, or RPC_PLAINTEXT=anywhere to do without',
  ];
}
