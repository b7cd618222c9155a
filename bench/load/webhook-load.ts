// What Cognigy's webhook nodes send: loads of saves and restores.

import { SESSION_MARK } from '../example-update.ts';
import type { Numbers } from '../rounds.ts';
import { SECRET } from '../servers/start.ts';
import type { Load, Message } from './load.ts';

/** A load whose requests are numbered later, by the round. */
export type RoundLoad = Omit<Load, keyof Numbers>;

/** The sessions of a load. */
export type Sessions = Pick<Load, 'firstSession' | 'sessions'>;

const IN_FLIGHT = 64;

export function webhookLoad(port: number, message: Message, sessions: Sessions): RoundLoad {
  return {
    ...{ protocol: 'http1', port, message, inFlight: IN_FLIGHT, ...sessions },
    headers: { 'content-type': 'application/json', 'x-api-key': SECRET },
  };
}

/** A save; the body holds SESSION_MARK where the session's name goes. */
export function save(body: object, path = '/webhook/cognigy/session'): Message {
  return { path, body: Buffer.from(JSON.stringify(body)), answerHolds: '"revision":' };
}

/** A restore by session. */
export function restore(sessionId = SESSION_MARK): Message {
  return {
    path: '/webhook/cognigy/restore',
    body: Buffer.from(JSON.stringify({ sessionId })),
    answerHolds: '"outcome":"intact"',
  };
}
