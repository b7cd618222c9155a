// A machine dies with all its Pods, after a rolling update that has left two masters on it. Nothing
// that a replica had is lost, and the other shards are served.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { until } from '../../support/until.ts';
import { createPods, type Pods } from './pods.ts';
import { startWriter } from './writer.ts';

// Six servers take their time, and handovers wait for half a minute without a change.
vi.setConfig({ testTimeout: 150_000 });

const SIX = [0, 1, 2, 3, 4, 5];
/** The machines of the Pods: with these, a roll leaves two masters on one (placement.test.ts). */
const MACHINES = [0, 0, 1, 1, 2, 2];
const ZONES = ['north', 'south', 'west'];

let pods: Pods;
beforeAll(async () => {
  const places = {
    machineOf: (pod: number) => MACHINES[pod] as number,
    zoneOf: (pod: number) => ZONES[MACHINES[pod] as number] as string,
  };
  pods = await createPods({ nodeTimeoutMs: 2000 }, {}, places);
  await pods.start(...SIX);
  expect((await pods.runJob()).stdout).not.toContain('losing it');
  await allReady(SIX);
});
afterAll(() => pods.remove());

test('masters are handed over after a roll, so that one machine takes one of them with it', async () => {
  for (const pod of SIX.toReversed()) {
    await pods.end('SIGTERM', pod);
    await pods.start(pod);
    await allReady([pod]);
  }
  const [first, second, third] = await machinesOfMasters();
  expect(new Set([first, second, third]).size).toBe(2);
  const dying = first === second ? first : third;
  expect(await placement()).toMatch(
    /2 of 3 masters are in zone (north|south|west): losing it stops/,
  );

  const writer = await startWriter(pods, '', true);
  await until(
    'a master on each machine',
    async () => (new Set(await machinesOfMasters()).size === 3 ? true : undefined),
    60_000,
  );
  expect(await placement()).not.toContain('losing it');
  const logs = await Promise.all(SIX.map(pods.logs));
  expect(logs.join('\n').match(/healing: takes over from/g)).toHaveLength(1);

  const dead = SIX.filter((pod) => MACHINES[pod] === dying);
  const alive = SIX.filter((pod) => MACHINES[pod] !== dying);
  await pods.end('SIGKILL', ...dead);
  await until('all slots to be served without it', async () =>
    (await pods.ask(alive[0] as number, 'CLUSTER', 'INFO')).includes('cluster_slots_ok:16384') &&
    (await mastersAmong(alive)).length === 3
      ? true
      : undefined,
  );
  await pods.start(...dead);
  await allReady(SIX);
  const account = await writer.end();
  expect(account.total).toBeGreaterThan(100);
  expect(account.lost).toBe(0);
});

test('without a majority, one replica that is made a master brings the others back, and nothing is lost', async () => {
  const writer = await startWriter(pods, '', true);
  const [one] = (await mastersAmong(SIX)) as [number];
  const place = MACHINES[one];
  const beside = SIX.find((pod) => pod !== one && MACHINES[pod] === place) as number;
  await pods.ask(beside, 'CLUSTER', 'FAILOVER');
  await until('two masters on one machine', async () =>
    (await mastersAmong([one, beside])).length === 2 ? true : undefined,
  );
  await pods.end('SIGKILL', one, beside);
  const alive = SIX.filter((pod) => MACHINES[pod] !== place);
  const [third] = (await mastersAmong(alive)) as [number];
  await until('the loss to be known', async () =>
    (await pods.ask(third, 'CLUSTER', 'INFO')).includes('cluster_state:fail') ? true : undefined,
  );
  const lost = await lostMasters(third);
  expect(lost).toHaveLength(2);
  const [replica] = (await replicasOf(third, lost)) as [number];
  await pods.ask(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
  await until('all slots to be served again', async () =>
    (await pods.ask(third, 'CLUSTER', 'INFO')).includes('cluster_state:ok') ? true : undefined,
  );
  await pods.start(one, beside);
  await allReady(SIX);
  const account = await writer.end();
  expect(account.total).toBeGreaterThan(100);
  expect(account.lost).toBe(0);
});

/** Ids of masters that do not answer, as a node knows them. */
async function lostMasters(asked: number): Promise<string[]> {
  const lines = (await pods.ask(asked, 'CLUSTER', 'NODES')).split('\n');
  return lines.flatMap((line) => (/ master,fail\??/.test(line) ? (line.split(' ')[0] ?? []) : []));
}

/** Pods of the replicas of these masters. */
async function replicasOf(asked: number, masters: string[]): Promise<number[]> {
  const lines = (await pods.ask(asked, 'CLUSTER', 'NODES')).split('\n');
  return SIX.filter((pod) =>
    lines.some((line) => {
      const [, address = '', flags = '', of = ''] = line.split(' ');
      return address.includes(pods.hostOf(pod)) && flags.includes('slave') && masters.includes(of);
    }),
  );
}

/** What placement.awk says of the cluster. */
async function placement(): Promise<string> {
  const look = '. /etc/valkey/client.sh && survey 127.0.0.1 | evaluate placement.awk';
  return (await pods.exec(0, 'sh', '-c', look)).stdout;
}

async function mastersAmong(some: number[]): Promise<number[]> {
  const roles = await Promise.all(some.map((pod) => pods.ask(pod, 'ROLE')));
  return some.filter((_, index) => roles[index]?.startsWith('master'));
}

const machinesOfMasters = async (): Promise<(number | undefined)[]> =>
  (await mastersAmong(SIX)).map((pod) => MACHINES[pod]);

/** Waits until the readiness probes of these Pods succeed. */
async function allReady(expected: number[]): Promise<void> {
  await until(
    `Pods ${expected.join()} to be ready`,
    async () => ((await Promise.all(expected.map(pods.isReady))).every(Boolean) ? true : undefined),
    40_000,
  );
}
