// Slots that nobody has are given away: those of a new cluster, and those of a shard whose volumes
// are both gone. Its sessions are lost; what docs/kubernetes/ says costs the other shards
// nothing.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { until } from '../../support/until.ts';
import { createPods, type Pods } from './pods.ts';

// Six servers take their time.
vi.setConfig({ testTimeout: 60_000 });

const SIX = [0, 1, 2, 3, 4, 5];

let pods: Pods;
beforeAll(async () => {
  pods = await createPods({ nodeTimeoutMs: 2000 });
  await pods.start(...SIX);
});
afterAll(() => pods.remove());

const nodesAt = async (pod: number): Promise<string[]> =>
  (await pods.ask(pod, 'CLUSTER', 'NODES')).trim().split('\n');

test('slots that somebody else gives at the same moment, by the same plan, are left as they are', async () => {
  // Whatever gives slots is done twice: the first time is that of the other.
  const beside = `
    timeout() {
      case "$*" in *ADDSLOTSRANGE*) command timeout "$@" ;; esac
      command timeout "$@"
    }
    . /etc/valkey/create.sh`;
  const { code, stdout, stderr } = await pods.exec(0, 'sh', '-c', beside);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.match(/^gives slots/gm)).toHaveLength(3);
  expect(await pods.ask(0, 'CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384');
});

test('slots of a shard that is lost are given away again once all forget its master', async () => {
  const [lost] = (await nodesAt(0)).filter(
    (line) => line.includes(' master ') && !line.includes('myself'),
  );
  const id = lost?.split(' ')[0] ?? '';
  const shard = (await nodesAt(0)).filter((line) => line.includes(id));
  const gone = SIX.filter((pod) => shard.some((line) => line.includes(pods.hostOf(pod))));
  expect(gone).toHaveLength(2);
  await pods.end('SIGKILL', ...gone);
  for (const pod of gone) await pods.loseVolume(pod);
  await pods.start(...gone);
  await until('the loss to be known', async () =>
    (await nodesAt(0)).some((line) => line.startsWith(id) && /master,fail /.test(line))
      ? true
      : undefined,
  );
  expect((await pods.runJob()).stderr).toMatch(/^refused: the slots of .* does not answer/);

  const forget =
    '. /etc/valkey/client.sh && for host in $hosts; do ask $host CLUSTER FORGET "$1"; done';
  await pods.exec(0, 'sh', '-c', forget, 'sh', id);
  const { code, stdout, stderr } = await pods.runJob();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^gives slots/);
  expect(stdout).not.toContain('moves');
  expect(await pods.ask(0, 'CLUSTER', 'INFO')).toContain('cluster_slots_ok:16384');
});
