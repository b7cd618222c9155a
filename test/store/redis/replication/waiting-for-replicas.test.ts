import { expect, it } from 'vitest';
import { startRedisReplicas } from '../../../support/redis-replicas.ts';
import { appendOf, openStore, standaloneTarget } from '../../../support/redis-store.ts';
import { until } from '../../../support/until.ts';
import { closing, kept } from '../connection/refused-calls.ts';
import { describeWaitingForReplicas } from './waiting-for-replicas.ts';

describeWaitingForReplicas();

it('where the disk is required and the server has no WAITAOF, updates are replicated, and it warns', async () => {
  const group = kept(await startRedisReplicas(1));
  const warnings = new Set<string>();
  const store = closing(
    await openStore(standaloneTarget(group.master), {
      durability: { level: 'synced', replicas: 1 },
      onServersChecked(setup) {
        for (const { kind } of setup.warnings) warnings.add(kind);
      },
    }),
  );
  await until('an update that is replicated', async () => {
    const result = await store.append(appendOf());
    return result.status === 'stored' && result.durability === 'replicated' ? true : undefined;
  });
  for (let turn = 0; turn < 10; turn++)
    expect(await store.append(appendOf())).toMatchObject({ durability: 'replicated' });
  await until('the warning', () => (warnings.has('not_synced') ? true : undefined));
});
