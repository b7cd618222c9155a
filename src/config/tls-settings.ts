// The settings of TLS on the listeners. Those of the store are among its own.

import { resolve } from 'node:path';
import { choice, type Setting, text } from './setting.ts';

/** The path of a file in PEM. What stands in it is read and judged with the configuration, and
 * followed. */
export function pemFile(description: string) {
  return text({
    default: '',
    range: 'the path of a file in PEM',
    description,
    parse: (path) => resolve(path),
  });
}

export const TLS_SETTINGS = {
  WEBHOOK_TLS_CERT: pemFile(
    'Certificate of the webhook listener, with those that lead to its CA; with it the listener speaks TLS alone.',
  ),
  WEBHOOK_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  RPC_TLS_CERT: pemFile(
    'Certificate of the rpc listener, with those that lead to its CA; with it the listener speaks TLS alone.',
  ),
  RPC_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  RPC_TLS_CLIENT_CA: pemFile(
    'CA of the certificates that every caller of the rpc listener must present, probes included.',
  ),
  RPC_PLAINTEXT: choice({
    default: 'loopback',
    words: ['loopback', 'anywhere'],
    description: 'Where the rpc listener may stand without TLS.',
  }),
} as const satisfies Record<string, Setting<unknown>>;
