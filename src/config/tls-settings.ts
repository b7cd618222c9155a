// The settings of TLS on the listeners. The store's TLS settings are in store-settings.ts.

import { resolve } from 'node:path';
import { choice, type Setting, text } from './setting.ts';

/** The path of a file in PEM. Its contents are read and checked with the configuration, and
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
    'Certificate of the webhook listener, with the chain to its CA. ' +
      'With it the listener accepts only TLS.',
  ),
  WEBHOOK_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  RPC_TLS_CERT: pemFile(
    'Certificate of the rpc listener, with the chain to its CA. ' +
      'With it the listener accepts only TLS.',
  ),
  RPC_TLS_KEY: pemFile('Private key of that certificate, without a passphrase.'),
  RPC_TLS_CLIENT_CA: pemFile(
    'CA of the certificates that every caller of the rpc listener must present, including probes.',
  ),
  RPC_PLAINTEXT: choice({
    default: 'loopback',
    words: ['loopback', 'anywhere'],
    description: 'Where the rpc listener may be without TLS.',
  }),
} as const satisfies Record<string, Setting<unknown>>;
