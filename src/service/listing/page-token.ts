// The token of a page: where the walk is. It is bound to the filters of its list, and to the
// prefix of its caller: a page with others would leave out sessions without a word. It is no secret
// and no proof: what it names is checked like anything else that a caller sends.

import { hash } from 'node:crypto';
import { invalid, type Refusal } from '../../session/errors.ts';
import type { IndexedSession } from '../../store/session-walks.ts';

/** Where a walk is: in a user's index, after the last entry that was looked at; in a scan, at a
 * position of the store, undefined at the end, with sessions that were found and not looked at. */
export type WalkState =
  | { after: IndexedSession; position?: undefined; waiting?: undefined }
  | { position: string | undefined; waiting: readonly string[]; after?: undefined };

type Sent = { v: number; q: string; w: WalkState };

const VERSION = 1;
const DIGEST_CHARACTERS = 16;

/** Writes a token. `query` is what it is bound to. */
export function tokenOf(walk: WalkState, query: readonly unknown[]): string {
  const sent: Sent = { v: VERSION, q: digestOf(query), w: walk };
  return Buffer.from(JSON.stringify(sent)).toString('base64url');
}

/** Reads a token; undefined if it is empty. Refuses (`invalid`) one that is not of this method, or
 * of a list with other filters. */
export function walkFrom(token: string, query: readonly unknown[]): WalkState | undefined {
  if (token === '') return undefined;
  const sent = parsed(token);
  if (sent === undefined) throw unusableToken('it is no token of this method');
  if (sent.q !== digestOf(query)) throw unusableToken('it belongs to a list with other filters');
  return sent.w;
}

/** The refusal of a token, with the reason. */
export function unusableToken(why: string): Refusal {
  return invalid('/pageToken', `page_token cannot be used: ${why}; begin again without one`);
}

function parsed(token: string): Sent | undefined {
  try {
    const sent = JSON.parse(Buffer.from(token, 'base64url').toString()) as Sent;
    const { after, position, waiting } = sent.w;
    const isWalk = after ? isEntry(after) : isScan(position, waiting);
    return sent.v === VERSION && isWalk ? sent : undefined;
  } catch {
    return undefined;
  }
}

function isEntry({ sessionId, eventMs }: IndexedSession): boolean {
  return typeof sessionId === 'string' && Number.isFinite(eventMs);
}

function isScan(position: unknown, waiting: unknown): boolean {
  const isPosition = position === undefined || typeof position === 'string';
  return isPosition && Array.isArray(waiting) && waiting.every((id) => typeof id === 'string');
}

function digestOf(query: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(query)).slice(0, DIGEST_CHARACTERS);
}
