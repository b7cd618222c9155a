// Valkey reports changes of keys as Redis does.

import { expect, it, onTestFinished } from 'vitest';
import type { KeyLook } from '../../src/store/key-follower.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { appendOf, openStore, standaloneTarget } from '../support/redis-store.ts';
import { until } from '../support/until.ts';

it('a session that is watched is reported by Valkey when it changes', async () => {
  const server = await startRedisServer({ program: 'valkey-server' });
  onTestFinished(() => server.stop());
  const store = await openStore(standaloneTarget(server));
  onTestFinished(() => store.close());
  const looks: KeyLook[] = [];
  let changes = 0;
  const stop = store.watch('s', {
    changed: () => void changes++,
    looked: (how) => void looks.push(how),
  });
  onTestFinished(stop);
  const reported = await until('a report', async () => {
    const before = changes;
    await store.append(appendOf({ sessionId: 's' }));
    await until('the change', () => (changes > before ? true : undefined));
    return looks.includes('pushed') ? true : undefined;
  });
  expect(reported).toBe(true);
});
