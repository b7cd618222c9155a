import { describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../../src/store/redis/redis-store.ts';
import { startRedisServer } from '../../../support/redis-server.ts';
import { clusterTarget, standaloneTarget, storeOptions } from '../../../support/redis-store.ts';
import { closing, kept, untilRefused } from './refused-calls.ts';

describe.each([
  ['a wrong password', { username: '', password: () => 'open sesame' }, 'WRONGPASS'],
  ['an unknown user', { username: 'nobody', password: () => 'open sesame' }, 'WRONGPASS'],
  ['no password', { username: '', password: () => '' }, 'NOAUTH'],
])('a store with %s', (_, credentials, reason) => {
  it.each(['standalone', 'cluster'])(
    `says ${reason} (%s), names the host, and repeats no password`,
    async (kind) => {
      const settings = {
        requirepass: 'right',
        ...(kind === 'cluster' ? { 'cluster-enabled': 'yes' } : {}),
      };
      const server = kept(await startRedisServer({ settings }));
      const target = kind === 'cluster' ? clusterTarget([server]) : standaloneTarget(server);
      const told: string[] = [];
      const store = closing(
        createRedisStore({
          ...storeOptions(target),
          ...credentials,
          onConnectionError: (failure) => told.push(failure.reason),
        }),
      );
      const message = await untilRefused(store, reason);
      expect(message).toContain(`127.0.0.1:${server.port}`);
      expect(message + told.join()).not.toContain('sesame');
      const failure = await store.ping().catch((error) => error);
      expect(failure.message).toContain(reason);
      expect(failure.cause).toBeUndefined();
    },
  );
});
