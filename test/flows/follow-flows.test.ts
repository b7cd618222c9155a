import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { followFlows } from '../../src/flows/follow-flows.ts';
import { openFlows } from '../../src/flows/open-flows.ts';
import type { FlowDefinitions } from '../../src/session/flow/definition.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { publishConfigMap } from '../support/config-map.ts';
import { waitFor } from '../support/wait-for.ts';

const REQUIRING = (name: string) => JSON.stringify({ variables: { required: [name] } });
const BROKEN = '{"variables":{"requird":[]}}';
const MIB = 1024 * 1024;

async function follow(folder: string, everyMs = 5) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)) });
  const counts: unknown[] = [];
  const metrics = { flowDefinitions: { setEach: (files: unknown) => void counts.push(files) } };
  const followed = await followFlows(folder, { log, metrics, everyMs });
  onTestFinished(() => followed.stop());
  return { ...followed, lines, counted: () => counts.at(-1), looks: () => counts.length };
}

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flows-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the definition of a flow requires; undefined without a definition. */
function requiredBy(flows: FlowDefinitions, flowId: string): string[] | undefined {
  const { violations } = flows.of(flowId)?.validate({ variables: [], context: undefined }) ?? {};
  return violations?.map(({ pointer }) => pointer.slice('/variables/'.length));
}

test('definitions are in force from the first look on', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'checkout.json'), REQUIRING('a'));
  const { flows, failures, lines, counted } = await follow(folder);
  expect(requiredBy(flows, 'checkout')).toEqual(['a']);
  expect(failures()).toEqual([]);
  expect(counted()).toEqual({ loaded: 1, failed: 0 });
  expect(lines).toMatchObject([
    { level: 'info', message: 'flow definitions were loaded', flows: ['checkout'] },
  ]);
});

test('definitions follow a ConfigMap that is exchanged, and what did not change is not loaded again', async () => {
  const folder = createFolder();
  publishConfigMap(folder, { 'a.json': REQUIRING('a'), 'b.json': REQUIRING('b') });
  const { flows, lines } = await follow(folder);
  const unchanged = flows.of('a');
  publishConfigMap(folder, {
    'a.json': REQUIRING('a'),
    'b.json': REQUIRING('c'),
    'd.json': REQUIRING('d'),
  });
  await waitFor(() => expect(requiredBy(flows, 'b')).toEqual(['c']));
  await waitFor(() => expect(requiredBy(flows, 'd')).toEqual(['d']));
  expect(flows.of('a')).toBe(unchanged);
  publishConfigMap(folder, { 'a.json': REQUIRING('a') });
  await waitFor(() => expect(flows.of('b')).toBeUndefined());
  expect(flows.of('a')).toBe(unchanged);
  expect(lines.flatMap((line) => line.flows).sort()).toEqual(['a', 'b', 'b', 'b', 'd', 'd']);
});

test('a file that fails is reported once, in log and failures, and again when it is repaired', async () => {
  const folder = createFolder();
  const path = join(folder, 'a.json');
  writeFileSync(path, REQUIRING('a'));
  const { flows, failures, lines, counted, looks } = await follow(folder);
  writeFileSync(path, BROKEN);
  await waitFor(() => expect(counted()).toEqual({ loaded: 0, failed: 1 }));
  expect(requiredBy(flows, 'a')).toEqual(['a']);
  expect(failures()).toEqual([
    'a.json: /variables/requird: "requird" is not a keyword of JSON Schema; flow "a" keeps its last good one',
  ]);
  const seen = looks();
  await waitFor(() => expect(looks()).toBeGreaterThan(seen + 3));
  expect(lines.slice(1)).toMatchObject([
    {
      ...{ level: 'error', message: 'a flow definition cannot be used', file: 'a.json', flow: 'a' },
      ...{
        inForce: 'last good',
        problems: ['/variables/requird: "requird" is not a keyword of JSON Schema'],
      },
    },
  ]);
  writeFileSync(path, REQUIRING('b'));
  await waitFor(() => expect(failures()).toEqual([]));
  expect(requiredBy(flows, 'a')).toEqual(['b']);
  expect(lines.slice(2)).toMatchObject([
    { level: 'info', message: 'flow definitions were loaded', flows: ['a'] },
    { level: 'info', message: 'a flow definition is in force again', file: 'a.json' },
  ]);
});

test('a folder that cannot be read keeps all, is reported once, and is followed again when it is back', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'a.json'), REQUIRING('a'));
  const { flows, failures, lines, counted, looks } = await follow(folder);
  renameSync(folder, `${folder}-away`);
  await waitFor(() => expect(failures()).toEqual([expect.stringMatching(/^ENOENT/)]));
  await waitFor(() => expect(counted()).toEqual({ loaded: 1, failed: 1 }));
  const seen = looks();
  await waitFor(() => expect(looks()).toBeGreaterThan(seen + 3));
  expect(requiredBy(flows, 'a')).toEqual(['a']);
  expect(lines.slice(1)).toMatchObject([
    {
      level: 'error',
      message: 'the folder of the flow definitions cannot be read; all stay as they are',
    },
  ]);
  renameSync(`${folder}-away`, folder);
  await waitFor(() => expect(failures()).toEqual([]));
  expect(lines.slice(2)).toMatchObject([
    { level: 'info', message: 'the folder of the flow definitions can be read again' },
  ]);
});

test('a mount whose links lead nowhere for a while keeps the last good definitions', async () => {
  const folder = createFolder();
  publishConfigMap(folder, { 'a.json': REQUIRING('a') });
  const { flows, failures } = await follow(folder);
  renameSync(join(folder, '..data'), join(folder, '..away'));
  await waitFor(() =>
    expect(failures()).toEqual([expect.stringMatching(/^a.json: it cannot be read: ENOENT/)]),
  );
  expect(requiredBy(flows, 'a')).toEqual(['a']);
});

test('what is no definition is left alone; what could be one and is none is reported', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'README.md'), '#');
  writeFileSync(join(folder, '.hidden.json'), '{');
  writeFileSync(join(folder, 'large.json'), `{"description":"${'x'.repeat(MIB)}"}`);
  writeFileSync(join(folder, 'bytes.json'), Buffer.from([0xff]));
  mkdirSync(join(folder, 'folder.json'));
  execFileSync('mkfifo', [join(folder, 'pipe.json')]);
  symlinkSync('nowhere', join(folder, 'link.json'));
  const { failures, counted } = await follow(folder);
  expect(failures().map((line) => line.replace(/; flow ".*" accepts everything$/, ''))).toEqual([
    'bytes.json: it is not UTF-8',
    'folder.json: it is not a file',
    `large.json: it has ${MIB + 18} bytes, the most is 262144`,
    'link.json: it cannot be read: ENOENT',
    'pipe.json: it is not a file',
  ]);
  expect(counted()).toEqual({ loaded: 0, failed: 5 });
});

test('a byte order mark in front of a definition is no harm', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'a.json'), `\uFEFF${REQUIRING('a')}`);
  const { flows } = await follow(folder);
  expect(requiredBy(flows, 'a')).toEqual(['a']);
});

test('a folder with too many files is not read, and at most twenty failures are listed one by one', async () => {
  const folder = createFolder();
  for (let file = 0; file < 30; file++) writeFileSync(join(folder, `broken${file}.json`), '{');
  const { flows, failures, counted } = await follow(folder);
  expect(failures()).toHaveLength(21);
  expect(failures().at(-1)).toBe('10 more files');
  for (let file = 0; file < 201; file++)
    writeFileSync(join(folder, `flow${file}.json`), REQUIRING('a'));
  await waitFor(() =>
    expect(failures()[0]).toMatch(/has 231 files of definitions, the most is 200$/),
  );
  expect(requiredBy(flows, 'flow200')).toBeUndefined();
  await waitFor(() => expect(counted()).toMatchObject({ failed: 31 }));
});

test('following that is stopped looks no more, and keeps nobody from ending', async () => {
  const folder = createFolder();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { stop } = await follow(folder, 2000);
  expect(vi.getTimerCount()).toBe(1);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('without a folder everything is accepted', async () => {
  const log = createLog({ level: 'debug', write: () => {} });
  const { flows, failures } = await openFlows(undefined, {
    log,
    metrics: { flowDefinitions: { setEach() {} } },
  });
  expect(flows.of('default')).toBeUndefined();
  expect(failures()).toEqual([]);
});
