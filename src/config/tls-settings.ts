// The settings of TLS on the listeners. The store's TLS settings are in store-settings.ts.

import { choice, path, type Setting, text } from './setting.ts';

/** The path of a file in PEM. Its contents are read and checked with the configuration, and
 * followed. */
export function pemFile(description: string) {
  return path({ default: '', of: 'a file in PEM' }, description);
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
  RPC_TLS_CLIENT_NAMES: text(
    {
      default: '',
      range: 'names such as DNS:billing.prod.svc or URI:spiffe://prod/billing, separated by commas',
      parse: namesFrom,
    },
    "The subject alternative names of which a caller's certificate must have one. " +
      'Without it every certificate of the CA is accepted.',
  ),
  RPC_PLAINTEXT: choice(
    { default: 'loopback', words: ['loopback', 'anywhere'] },
    'Where the rpc listener may be without TLS.',
  ),
} as const satisfies Record<string, Setting<unknown>>;

const NAME = /^(DNS|URI|IP Address|email):[^\s,]+$/;

function namesFrom(list: string): readonly string[] | undefined {
  const names = list.split(',').map((name) => name.trim());
  return names.every((name) => NAME.test(name)) ? names : undefined;
}
