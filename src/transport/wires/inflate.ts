// gzip, the one compression of requests. What comes out is charged to the call: a body of one
// kilobyte may become a thousand.

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ConnectError } from '@connectrpc/connect';
import { Refusal } from '../../session/errors.ts';
import type { ByteAccount } from '../server/byte-budget.ts';
import { bodyTooLarge } from '../too-large.ts';
import { connectErrorFrom, unreadable } from './rpc-error.ts';

/** The name of the compression that requests may have. */
export const GZIP = 'gzip';

/** Bodies that are decompressed at once; the next ones wait. Nobody knows before how large they
 * become, and zlib's threads are no more than this. */
const AT_ONCE_MAX = 4;

const inflateGzip = promisify(gunzip);
const waiting: (() => void)[] = [];
let running = 0;

/** The bytes of a compressed message, charged to the account. Refuses (`too_large`) more than
 * `maxBytes`, (`overloaded`) what there is no memory for, and (`invalid`) what is no gzip. */
export async function inflate(
  bytes: Uint8Array,
  { maxBytes, account }: { maxBytes: number; account: Pick<ByteAccount, 'chargeExpanded'> },
): Promise<Uint8Array> {
  if (bytes.length === 0) return bytes;
  if (running >= AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    const expanded = await inflateGzip(bytes, { maxOutputLength: maxBytes }).catch((error) => {
      throw error.code === 'ERR_BUFFER_TOO_LARGE'
        ? bodyTooLarge(maxBytes)
        : unreadable('it is not gzip');
    });
    account.chargeExpanded(expanded.length);
    return expanded;
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** Whether messages of this coding are compressed; none is `identity`. Refuses (`unimplemented`) a
 * coding that is not known; `acceptHeader` is where the answer says which are. */
export function isGzip(coding: string | string[] | undefined, acceptHeader: string): boolean {
  if (coding === undefined || coding === 'identity') return false;
  if (coding === GZIP) return true;
  throw unknownCompression(acceptHeader);
}

function unknownCompression(acceptHeader: string): ConnectError {
  const message = `the compression of the request is not known: send ${GZIP}, or none`;
  const error = connectErrorFrom(new Refusal('unimplemented', message));
  error.metadata.set(acceptHeader, GZIP);
  return error;
}
