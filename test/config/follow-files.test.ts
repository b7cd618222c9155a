import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followFiles } from '../../src/config/follow-files.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { unnamedSecrets } from '../support/secrets.ts';
import { waitFor } from '../support/wait-for.ts';

const FIRST = 'first-secret-first-secret';
const SECOND = 'second-secret-second-secret';
const EVERY_MS = 5;

let folder: string;
let path: string;
let config: Config;
let lines: string[];
let watching: { stop(): void };

/** As Kubernetes does it: the file is a link into `..data`, which is a link to a folder of a
 * date. */
function publish(secret: string, date: string): void {
  mkdirSync(join(folder, date));
  writeFileSync(join(folder, date, 'token'), secret);
  symlinkSync(date, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-files-'));
  path = join(folder, 'token');
  publish(`${FIRST}\n`, '..2026_01');
  symlinkSync('..data/token', path);
  const result = readConfig(
    { RPC_TOKEN_FILE: path },
    { readFile: (file) => readFileSync(file, 'utf8'), createSecret: () => FIRST },
  );
  if (result.config === undefined) throw new Error(result.problems.join('\n'));
  config = result.config;
  lines = [];
  const log = createLog({ level: 'info', write: (line) => lines.push(line) });
  watching = followFiles(config.followedFiles, { log, everyMs: EVERY_MS });
});

afterEach(() => {
  watching.stop();
  rmSync(folder, { recursive: true });
});

test('a secret follows its file when Kubernetes exchanges the folder behind it', async () => {
  expect(config.secrets.rpc()).toEqual(unnamedSecrets(FIRST));
  publish(`${SECOND},${FIRST}`, '..2026_02');
  await waitFor(() => expect(config.secrets.rpc()).toEqual(unnamedSecrets(SECOND, FIRST)));
  await waitFor(() => expect(lines).toHaveLength(1));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    variable: 'RPC_TOKEN_FILE',
    path,
  });
});

test.each([
  ['too short', 'short', /secret 1 of 1 has 5 characters/],
  ['empty', '\n', /names a file that is empty/],
])(
  'a secret that is %s leaves the last good one, is logged once, and is not shown',
  async (_, content, why) => {
    publish(content, '..2026_02');
    await waitFor(() => expect(lines).toHaveLength(1));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      reason: expect.stringMatching(why),
    });
    expect(lines[0]).not.toContain('"short"');
    expect(config.secrets.rpc()).toEqual(unnamedSecrets(FIRST));
    publish(SECOND, '..2026_03');
    await waitFor(() => expect(config.secrets.rpc()).toEqual(unnamedSecrets(SECOND)));
    // The last line is what holds.
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'info']);
  },
);

test('a file that is gone leaves the last good secret, until it is back', async () => {
  const last = () => JSON.parse(lines.at(-1) ?? '{}');
  const gone = {
    message: 'a secret cannot be replaced; the last one stays in force',
    reason: expect.stringMatching('ENOENT'),
  };
  for (const [place, date] of ['..2026_02', '..2026_03'].entries()) {
    rmSync(join(folder, '..data'));
    await waitFor(() => expect(lines).toHaveLength(2 * place + 1));
    expect(last()).toMatchObject(gone);
    expect(config.secrets.rpc()).toEqual(unnamedSecrets(FIRST));
    publish(FIRST, date);
    await waitFor(() => expect(last().message).toBe('a secret is back as it was'));
  }
  rmSync(join(folder, '..data'));
  publish(SECOND, '..2026_04');
  await waitFor(() => expect(config.secrets.rpc()).toEqual(unnamedSecrets(SECOND)));
});

test.each([
  ['a pipe, which nobody writes to', () => execFileSync('mkfifo', [path]), 'it is not a file'],
  ['a folder', () => mkdirSync(path), 'it is not a file'],
  [
    'larger than the memory of the process',
    () => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 33);
    },
    'it has 8589934592 bytes, the most is 1048576',
  ],
])('a file that becomes %s is not read, and followed on', async (_, make, reason) => {
  rmSync(path);
  make();
  await waitFor(() => expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ reason }));
  rmSync(path, { recursive: true });
  writeFileSync(path, SECOND);
  await waitFor(() => expect(config.secrets.rpc()).toEqual(unnamedSecrets(SECOND)));
});

test('a look that is under way when following ends says nothing', async () => {
  let looks = 0;
  const take = (): never => {
    looks += 1;
    following.stop();
    throw new Error('does not serve');
  };
  const log = createLog({ level: 'info', write: (line) => lines.push(line) });
  const followed = [{ what: 'secret', files: [{ variable: 'FILE', path }], take }];
  const following = followFiles(followed, { log, everyMs: EVERY_MS });
  await waitFor(() => expect(looks).toBe(1));
  await new Promise(setImmediate);
  expect(lines).toEqual([]);
});

test('a watch that is stopped leaves no timer behind', () => {
  vi.useFakeTimers();
  try {
    const log = createLog({ level: 'info', write: () => {} });
    const stopped = followFiles(config.followedFiles, { log });
    expect(vi.getTimerCount()).toBe(1);
    stopped.stop();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
