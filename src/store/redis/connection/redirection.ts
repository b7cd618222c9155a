import type { NodeAddress } from './node-address.ts';
import { SLOTS } from './slot-of-key.ts';

/** Where a server of a cluster says that a key is. */
export type Redirection = {
  slot: number;
  /** An empty host: that of the server that says so. */
  address: NodeAddress;
  /** For this one command; the slot itself has not moved yet. */
  isAsked: boolean;
};

const REDIRECTION = /^(MOVED|ASK) (\d+) (.*):(\d+)$/;

/** The redirection in an error; undefined if it is not one. */
export function redirectionFrom(error: unknown): Redirection | undefined {
  const [, kind, slot, host = '', port] =
    (error instanceof Error && REDIRECTION.exec(error.message)) || [];
  if (kind === undefined || Number(slot) >= SLOTS) return undefined;
  return { slot: Number(slot), address: { host, port: Number(port) }, isAsked: kind === 'ASK' };
}
