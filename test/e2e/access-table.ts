// The right that each RPC and each route of the webhook needs.

import type { Client as ClientOf } from '@connectrpc/connect';
import type { SessionService } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';
import type { Scope } from '../../src/session/caller.ts';

export type Client = ClientOf<typeof SessionService>;

/** The session that every one of them names. */
export const sessionId = 'of-everybody';

/** The right that each method needs. */
export const METHODS: Record<string, { right: Scope; call: (client: Client) => Promise<unknown> }> =
  {
    persist: { right: 'save', call: (client) => client.persist({ sessionId }) },
    restore: { right: 'restore', call: (client) => client.restore({ sessionId }) },
    touch: { right: 'save', call: (client) => client.touch({ sessionId }) },
    inspect: {
      right: 'inspect',
      call: (client) => client.inspect({ target: { case: 'sessionId', value: sessionId } }),
    },
    inspectUser: {
      right: 'inspect',
      call: (client) => client.inspect({ target: { case: 'userId', value: 'user-1' } }),
    },
    listSessions: { right: 'inspect', call: (client) => client.listSessions({}) },
    timeline: { right: 'inspect', call: (client) => client.timeline({ sessionId }) },
    explain: {
      right: 'inspect',
      call: (client) => client.explain({ sessionId, pointer: '/userId' }),
    },
    exportUser: {
      right: 'inspect',
      async call(client) {
        for await (const _ of client.exportUser({ userId: 'user-1' }));
      },
    },
    watch: {
      right: 'restore',
      async call(client) {
        const request = { target: { case: 'sessionId' as const, value: sessionId } };
        for await (const _ of client.watch(request)) break;
      },
    },
    lock: { right: 'lock', call: (client) => client.lock({ sessionId: 'locked' }) },
    erase: { right: 'erase', call: (client) => client.erase({ sessionId: 'unknown' }) },
    eraseUser: { right: 'erase', call: (client) => client.eraseUser({ userId: 'user-2' }) },
  };

/** The right that each route of the webhook needs. */
export const ROUTES: [right: Scope, method: string, path: string, body?: object][] = [
  ['save', 'POST', '/webhook/cognigy/session', { sessionId }],
  ['save', 'POST', '/webhook/cognigy/touch', { sessionId }],
  ['restore', 'POST', '/webhook/cognigy/restore', { sessionId }],
  ['restore', 'GET', `/api/v1/state/${sessionId}/restore`],
  ['restore', 'POST', '/webhook/cognigy/sessions', { userId: 'user-1' }],
  ['restore', 'GET', '/api/v1/users/user-1/sessions?pageSize=5'],
  ['inspect', 'GET', `/api/v1/state/${sessionId}`],
  ['inspect', 'GET', `/debug/session/${sessionId}`],
  ['inspect', 'GET', '/api/v1/users/user-1/export'],
  ['erase', 'POST', '/webhook/cognigy/delete', { sessionId: 'unknown' }],
  ['erase', 'DELETE', '/api/v1/state/unknown'],
  ['erase', 'DELETE', '/api/v1/users/unknown'],
];
