// The life of a cluster, in the order in which it happens to one: the rendered scripts and
// configuration with real servers, while a client writes. Whatever happens, no write that was
// acknowledged is lost.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { until } from '../../support/until.ts';
import { createPods, type Pods } from './pods.ts';
import { startWriter, type Writer } from './writer.ts';

// Six servers take their time.
vi.setConfig({ testTimeout: 60_000 });

const SIX = [0, 1, 2, 3, 4, 5];
const NODE_TIMEOUT_MS = 5000;

let pods: Pods;
beforeAll(async () => {
  pods = await createPods({ nodeTimeoutMs: NODE_TIMEOUT_MS });
  await pods.start(...SIX);
});
afterAll(() => pods.remove());

test('the Job makes a cluster in which each replica has another machine than its master', async () => {
  expect(await Promise.all(SIX.map(pods.isReady))).not.toContain(true);
  const { code, stdout, stderr } = await pods.runJob();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const shards = [
    ...stdout.matchAll(/^546[12] slots: \S+ on (machine-\d), \S+ on (machine-\d)$/gm),
  ];
  expect(shards, stdout).toHaveLength(3);
  expect(new Set(shards.map(([, master]) => master)).size).toBe(3);
  for (const [line, master, replica] of shards) expect(master, line).not.toBe(replica);
  await allReady(SIX);
});

test('the Job changes nothing when it runs again', async () => {
  const before = await rolesOf(SIX);
  const { code, stdout } = await pods.runJob();
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/gives|moves/);
  expect(await rolesOf(SIX)).toEqual(before);
});

test('a replica that has lost its master is not ready, until it has everything again', async () => {
  const replica = (await rolesOf(SIX)).indexOf('slave');
  const password = await readFile(pods.passwordFile, 'utf8');
  await pods.ask(replica, 'CONFIG', 'SET', 'primaryauth', 'another');
  await pods.ask(replica, 'CLIENT', 'KILL', 'TYPE', 'primary');
  expect(await pods.isReady(replica)).toBe(false);
  await pods.ask(replica, 'CONFIG', 'SET', 'primaryauth', password);
  await allReady([replica]);
});

test('the password stands in no command line, and nothing is told without it', async () => {
  // Long enough for a round of healing.
  const look =
    'while [ $(date +%s) -lt $1 ]; do cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; done 2>/dev/null | sort -u';
  const until = String(Math.ceil(Date.now() / 1000) + 3);
  const { stdout } = await pods.exec(0, 'sh', '-c', look, 'sh', until);
  expect(stdout).toContain('valkey-cli -e -h 127.0.0.1');
  expect(stdout).not.toContain('first "password"');
  expect((await pods.exec(0, 'valkey-cli', 'CLUSTER', 'NODES')).stdout).toMatch(/^NOAUTH/);
});

test('a rolling update hands each master over, within less than a node timeout', async () => {
  const writer = await startWriter(pods);
  for (const pod of SIX.toReversed()) {
    await pods.end('SIGTERM', pod);
    await pods.start(pod);
    await allReady([pod]);
  }
  await expectNothingLost(writer, NODE_TIMEOUT_MS);
});

test('all Pods that were killed find each other again, and copy nobody else at an address they knew', async () => {
  const writer = await startWriter(pods);
  const roles = await rolesOf(SIX);
  const [late, other] = SIX.filter((pod) => roles[pod] === 'master') as [number, number];
  const id = await pods.ask(late, 'CLUSTER', 'MYID');
  const nodes = (await pods.ask(late, 'CLUSTER', 'NODES')).split('\n');
  const replica = SIX.findIndex((pod) =>
    nodes.some((line) => line.includes(pods.hostOf(pod)) && line.includes(` slave ${id.trim()}`)),
  );
  await pods.end('SIGKILL', ...SIX);
  await pods.lead(other, late);
  await pods.start(...SIX.filter((pod) => pod !== late));
  const [said] = await until(
    'an answer from its master’s address',
    async () => /WRONGPASS|Full resync from/.exec(await pods.logs(replica)) ?? undefined,
  );
  expect(said).toBe('WRONGPASS');
  await pods.start(late);
  await allReady(SIX);
  await expectNothingLost(writer, 40_000);
  // The one that started at an address of another had forgotten its own.
  await until('all machines to be known', async () =>
    (await pods.ask(0, 'CLUSTER', 'SHARDS')).match(/machine-\d/g)?.length === SIX.length
      ? true
      : undefined,
  );
});

test('a node that lost its volume comes back as a replica, and nobody remembers the former one', async () => {
  const writer = await startWriter(pods);
  const [lost] = (await rolesOf(SIX)).flatMap((role, pod) => (role === 'master' ? [pod] : [])) as [
    number,
  ];
  await pods.end('SIGTERM', lost);
  await pods.loseVolume(lost);
  await pods.start(lost);
  await allReady(SIX);
  expect((await rolesOf(SIX))[lost]).toBe('slave');
  await expectNothingLost(writer, NODE_TIMEOUT_MS);
  for (const pod of SIX)
    await until(`six nodes at ${pod}`, async () => {
      const known = (await pods.ask(pod, 'CLUSTER', 'NODES')).trim().split('\n');
      return known.length === SIX.length ? true : undefined;
    });
});

test('a changed password is in force without a restart, at first beside the old one', async () => {
  const writer = await startWriter(pods);
  await pods.setPassword('second');
  for (const pod of SIX)
    await until(`the new password at ${pod}`, async () =>
      (await ping(pod, 'second')).includes('PONG') ? true : undefined,
    );
  expect(await ping(0, 'first "password" \\ of all')).toContain('PONG');
  // As if it had been five minutes ago.
  await pods.exec(0, 'touch', '-d', '6 minutes ago', '/run/valkey/retired');
  await until('the end of the old password', async () =>
    (await ping(0, 'first "password" \\ of all')).includes('PONG') ? undefined : true,
  );
  await until('one password for each user', async () =>
    /#.* #/.test(await pods.ask(0, 'ACL', 'LIST')) ? undefined : true,
  );
  await expectNothingLost(writer, NODE_TIMEOUT_MS);
  expect(await pods.isReady(0)).toBe(true);
});

test('a cluster grows by a shard while it serves', async () => {
  const writer = await startWriter(pods);
  await pods.upgrade({ shards: 4 });
  await pods.start(6, 7);
  const { code, stdout, stderr } = await pods.runJob();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.match(/^4096 slots: .*, /gm), stdout).toHaveLength(4);
  await allReady([...SIX, 6, 7]);
  await expectNothingLost(writer, NODE_TIMEOUT_MS);
});

test('shards cannot be removed, and the Job says so and does not try again', async () => {
  await pods.upgrade({ shards: 3 });
  const { code, stderr } = await pods.runJob();
  expect(stderr).toMatch(/^refused: .*shards cannot be removed/);
  expect(code).toBe(3);
});

test('a name that leads to another node is nobody to meet', async () => {
  await pods.end('SIGKILL', 7);
  await pods.lead(7, 1);
  await until(
    'the loss of a node',
    async () =>
      /-7\..* (\S*fail|.*disconnected)/.exec(await pods.ask(0, 'CLUSTER', 'NODES')) ?? undefined,
  );
  const { stdout } = await pods.exec(0, 'sh', '/etc/valkey/heal.sh');
  expect(stdout).not.toContain('meets');
});

test('a cluster that does not come together is said to, by what is missing', async () => {
  await pods.upgrade({ shards: 4 });
  const { code, stderr } = await pods.runJob({ WAIT_SECONDS: '2' });
  expect(stderr).toMatch(/^given up after 2 s: \S+ does not (see|answer)/);
  expect(code).toBe(1);
});

/** Waits until the readiness probes of these Pods succeed. */
async function allReady(expected: number[]): Promise<void> {
  await until(
    `Pods ${expected.join()} to be ready`,
    async () => ((await Promise.all(expected.map(pods.isReady))).every(Boolean) ? true : undefined),
    40_000,
  );
}

/** Master or slave, by Pod. */
async function rolesOf(expected: number[]): Promise<string[]> {
  const answers = await Promise.all(expected.map((pod) => pods.ask(pod, 'ROLE')));
  return answers.map((answer) => answer.split('\n')[0] ?? '');
}

async function ping(pod: number, password: string): Promise<string> {
  const { stdout, stderr } = await pods.exec(
    pod,
    'env',
    `REDISCLI_AUTH=${password}`,
    'valkey-cli',
    'PING',
  );
  return stderr + stdout;
}

async function expectNothingLost(writer: Writer, longestGapMs: number): Promise<void> {
  const account = await writer.end();
  expect(account.total).toBeGreaterThan(100);
  expect(account.lost).toBe(0);
  expect(account.longestGapMs).toBeLessThan(longestGapMs);
}
