// .ci/kind/try-upgrade, with programs that only write down how they are called: in which order it
// installs, upgrades and rolls back, and that it fails where a session is missing.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const INTACT = '{"found":true,"outcome":"intact"}';

/** Runs it on a cluster that answers restores with `answer`, after a last tag or without one. */
function run({ answer = INTACT, tag = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kind-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const scripts = {
    git: `case $1 in describe) [ -n "${tag}" ] && echo "${tag}";; esac`,
    kubectl: 'case $* in *port-forward*) exec sleep 60;; esac; echo the-secret',
    curl: `case $* in */restore) echo '${answer}';; *) echo '{"status":"accepted"}';; esac`,
    ...Object.fromEntries(['docker', 'kind', 'helm'].map((name) => [name, ':'])),
  };
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>${log}\n${script}\n`);
    chmodSync(path, 0o755);
  }
  const { status, stderr } = spawnSync('.ci/kind/try-upgrade', ['kind'], {
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  return { status, stderr, calls, helm: calls.filter((call) => call.startsWith('helm ')) };
}

/** What a call of Helm does, and with which image. */
function meaningOf(call: string): string {
  const [, command = ''] = /\b(install|upgrade|test|rollback)\b/.exec(call) ?? [];
  const [, image] = /image\.tag=(\w+)/.exec(call) ?? [];
  return image ? `${command} ${image}` : command;
}

test('the last tag is installed, upgraded, rolled back and upgraded again, each time tested', () => {
  const { status, stderr, helm, calls } = run({ tag: 'v0.1.0' });
  expect(status, stderr).toBe(0);
  expect(helm.map(meaningOf)).toEqual([
    ...['install former', 'test', 'upgrade now', 'test'],
    ...['rollback', 'test', 'upgrade now', 'test'],
  ]);
  expect(calls).toContainEqual(expect.stringMatching(/^git worktree add .* v0\.1\.0$/));
  expect(calls.filter((call) => call.startsWith('kind load'))).toHaveLength(2);
});

test('without a tag this version is installed, and upgraded to itself', () => {
  const { status, stderr, helm } = run();
  expect(status, stderr).toBe(0);
  expect(helm.map(meaningOf).slice(0, 3)).toEqual(['install now', 'test', 'upgrade now']);
});

test.each([
  ['is damaged', '{"found":true,"outcome":"recovered"}'],
  ['is missing', '{"found":false}'],
])('it fails where the session of the first version %s', (_, answer) => {
  expect(run({ answer, tag: 'v0.1.0' }).status).not.toBe(0);
});
