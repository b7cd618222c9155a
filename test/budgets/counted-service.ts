// The service of counted-app.ts for the tests of a file, over a Redis of its own: what asks it to
// save and restore sessions, and how much it has allocated meanwhile.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { saveBody } from '../../bench/conversation/turns.ts';
import { SESSION_MARK } from '../../bench/example-update.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { post } from '../support/running-app.ts';
import type { Asked, Counted } from './counted-app.ts';

const SAVE_BYTES = 1000;

const NOTHING_OPTIMIZED = ['--no-opt', '--no-maglev', '--no-sparkplug', '--single-threaded'];

/** Starts the service before the tests of a file, without optimizations of V8. */
export function declareCountedService(flags: string[] = []) {
  let redis: RedisServer;
  let app: ChildProcess;
  let webhook: string;
  beforeAll(async () => {
    redis = await startRedisServer();
    app = fork(join(import.meta.dirname, 'counted-app.ts'), {
      execArgv: [...NOTHING_OPTIMIZED, ...flags],
      env: { ...process.env, STORE_URL: `redis://127.0.0.1:${redis.port}` },
    });
    [{ webhook }] = await once(app, 'message');
  });
  afterAll(async () => {
    app?.kill('SIGKILL');
    await redis?.stop();
  });

  return {
    /** Saves so many bytes in the session of this number. */
    async save(session: number, bytes = SAVE_BYTES): Promise<void> {
      const text = JSON.stringify(saveBody(0, bytes));
      const body = text.replaceAll(SESSION_MARK, nameOf(session));
      const answer = await post(`${webhook}/webhook/cognigy/session`, body);
      expect(answer.status).toBe(200);
    },
    async restore(session: number): Promise<void> {
      const body = { sessionId: nameOf(session) };
      const answer = await post(`${webhook}/webhook/cognigy/restore`, body);
      expect(answer).toMatchObject({ status: 200, body: { found: true } });
    },
    async ask(asked: Asked): Promise<Counted> {
      app.send(asked);
      const [counted] = await once(app, 'message');
      return counted;
    },
  };
}

function nameOf(session: number): string {
  return `session-${String(session).padStart(8, '0')}`;
}
