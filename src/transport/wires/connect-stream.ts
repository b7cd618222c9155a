// Streams of Connect, as far as they are not left to its router: the form of their heads, and their
// refusals, which are the last envelope of an answer.

import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { createEndStreamSerialization, endStreamFlag } from '@connectrpc/connect/protocol-connect';
import { connectTimeoutMs } from './deadline.ts';
import { isGzip } from './inflate.ts';
import type { CallForm } from './wire.ts';

const FORMATS = { json: 'json', binary: 'proto' } as const;

export function connectStream(format: CallForm['format']): CallForm {
  const end = createEndStreamSerialization(undefined);
  return {
    format,
    isCompressed: ({ headers }) =>
      isGzip(headers['connect-content-encoding'], 'connect-accept-encoding'),
    timeoutMs: ({ headers }) => connectTimeoutMs(headers),
    refuse: (error) => ({
      status: 200,
      headers: {
        'content-type': `application/connect+${FORMATS[format]}`,
        'cache-control': 'no-store',
        ...Object.fromEntries(error.metadata),
      },
      body: encodeEnvelope(endStreamFlag, end.serialize({ metadata: new Headers(), error })),
    }),
  };
}
