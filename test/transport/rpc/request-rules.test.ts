// The rules that the proto gives for the requests of locks, preconditions and erases.

import { Code } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { grpcClient } from './clients.ts';
import { errorOf } from './rpc-failures.ts';
import { startRpcServer } from './rpc-server.ts';

const TOKEN = 'token-of-22-characters';

test.each([
  ['lock', { sessionId: '' }, 'session_id'],
  ['lock', { sessionId: 's', token: 'short' }, 'token'],
  ['lock', { sessionId: 's', token: 'token of 22 characters' }, 'token'],
  ['lock', { sessionId: 's', ttlMs: 99 }, 'ttl_ms'],
  ['lock', { sessionId: 's', ttlMs: 300_001 }, 'ttl_ms'],
  ['lock', { sessionId: 's', waitMs: 30_001 }, 'wait_ms'],
  ['unlock', { sessionId: '', token: TOKEN }, 'session_id'],
  ['unlock', { sessionId: 's' }, 'token'],
  ['persist', { sessionId: 's', lockToken: `${TOKEN} ` }, 'lock_token'],
  ['persist', { sessionId: 's', ifMatch: 'e'.repeat(65) }, 'if_match'],
  ['persist', { sessionId: 's', replace: ['context', 'history'] }, 'replace[1]'],
  ['persist', { sessionId: 's', ttl: 0 }, 'ttl'],
  ['persist', { sessionId: 's', ttl: 34_560_001 }, 'ttl'],
  ['persist', { sessionId: 's', ttl: 60, ttlMode: 'shorten' }, 'ttl_mode'],
  ['touch', { sessionId: '' }, 'session_id'],
  ['touch', { sessionId: 's', ttl: 0 }, 'ttl'],
  ['touch', { sessionId: 's', ttl: 34_560_001 }, 'ttl'],
  ['erase', { sessionId: '' }, 'session_id'],
  ['erase', { sessionId: 's', ifMatch: 'e'.repeat(65) }, 'if_match'],
  ['erase', { sessionId: 's', updateId: 'u'.repeat(513) }, 'update_id'],
  ['eraseUser', { userId: '' }, 'user_id'],
  ['timeline', { sessionId: '' }, 'session_id'],
  ['timeline', { sessionId: 's', pageSize: 201 }, 'page_size'],
  ['timeline', { sessionId: 's', valueMaxBytes: 65_537 }, 'value_max_bytes'],
  ['explain', { sessionId: 's' }, 'pointer'],
] as const)('%s of %j breaks the rule of %s', async (method, request, field) => {
  const { baseUrl, service } = await startRpcServer();
  const call: (request: object) => Promise<unknown> = grpcClient(baseUrl)[method];
  const error = await errorOf(call(request));
  expect([error.code, error.rawMessage]).toEqual([
    Code.InvalidArgument,
    expect.stringContaining(`${field}: `),
  ]);
  const { locks, commands, touches, erases } = service;
  expect([locks, commands, touches, erases].flat()).toEqual([]);
});
