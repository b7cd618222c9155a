// Rules between the settings of TLS, and between them and the addresses of the listeners.

import { isLoopback } from '../listen-address.ts';
import { listenAddressText } from './listen-address-text.ts';
import { OFF, type ReadableValues } from './settings.ts';

/** Whether a value was set, and is not the default. */
export type IsSet = (name: keyof ReadableValues) => boolean;

/** Whether a rule is broken, and what to say then. */
export type Rule = readonly [isBroken: boolean, problem: string];

/** The rules between settings of TLS that are each in range. */
export function tlsRules(values: ReadableValues, isSet: IsSet): Rule[] {
  const { WEBHOOK_LISTEN, RPC_LISTEN, RPC_PLAINTEXT } = values;
  const isUnixSocket = RPC_LISTEN !== undefined && 'path' in RPC_LISTEN;
  const isOpen = RPC_LISTEN !== undefined && !isUnixSocket && !isLoopback(RPC_LISTEN);
  return [
    ...(['WEBHOOK', 'RPC', 'STORE'] as const).flatMap((use): Rule[] => {
      const [cert, key] = [`${use}_TLS_CERT`, `${use}_TLS_KEY`] as const;
      return [
        [isSet(cert) && !isSet(key), `${cert} is set without ${key}: a certificate needs its key`],
        [isSet(key) && !isSet(cert), `${key} is set without ${cert}: a key needs its certificate`],
      ];
    }),
    [
      isSet('RPC_TLS_CLIENT_CA') && !isSet('RPC_TLS_CERT'),
      'RPC_TLS_CLIENT_CA is set without RPC_TLS_CERT: callers present certificates only over TLS',
    ],
    [
      isSet('RPC_TLS_CLIENT_NAMES') && !isSet('RPC_TLS_CLIENT_CA'),
      'RPC_TLS_CLIENT_NAMES is set without RPC_TLS_CLIENT_CA: ' +
        'callers present certificates only where a CA is set',
    ],
    ...(['WEBHOOK_TLS_CERT', 'WEBHOOK_TLS_KEY'] as const).map(
      (name): Rule => [
        WEBHOOK_LISTEN === OFF && isSet(name),
        `${name} is set, and WEBHOOK_LISTEN is off`,
      ],
    ),
    ...(['RPC_TLS_CERT', 'RPC_TLS_KEY', 'RPC_TLS_CLIENT_CA'] as const).map(
      (name): Rule => [
        isUnixSocket && isSet(name),
        `${name} is set, and RPC_LISTEN is a unix socket, which does not use TLS`,
      ],
    ),
    // For a value that could not be read there is already a problem.
    [
      isOpen && RPC_PLAINTEXT === 'loopback' && !isSet('RPC_TLS_CERT'),
      `RPC_LISTEN (${RPC_LISTEN && listenAddressText(RPC_LISTEN)}) is reachable beyond this ` +
        'machine and needs RPC_TLS_CERT and RPC_TLS_KEY, or RPC_PLAINTEXT=anywhere to do without',
    ],
  ];
}
