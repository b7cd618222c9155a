// A user who may not run INFO: every connection counts as one to another master, so what was
// acknowledged on an earlier one is offered again.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { type EchoedShard, startEchoedShard, untilNames, update } from './echoed-shard.ts';

const USER = { username: 'echoing', password: () => 'a-password' };
const RULES = ['on', '>a-password', 'allkeys', 'allchannels', 'allcommands', '-info'];

let shard: EchoedShard;
beforeEach(async () => {
  shard = await startEchoedShard();
  for (const { client } of [shard.first, shard.second])
    await client.call('acl', ['setuser', USER.username, ...RULES]);
});
afterEach(() => shard?.stop());

test('what the promoted replica never saw is given back, without INFO', async () => {
  const store = await shard.sidecar(USER);
  const [seen, lost] = [update('s'), update('s')];
  await store.append(seen);
  await shard.untilReplicated();
  await shard.promote();
  await store.append(lost);
  const behind = await shard.at('second');
  shard.switch();
  await untilNames(behind, 's', [seen.updateId, lost.updateId]);
  expect(await behind.read('s')).toMatchObject({ isWhole: true, damage: [], revision: 2 });
  await until('both to be offered', () => shard.offered.length >= 2 || undefined);
  expect(shard.offered.map(({ kind }) => kind)).toEqual(['update', 'update']);
  expect(shard.offered.map(({ result }) => result).sort()).toEqual(['restored', 'there']);
});
