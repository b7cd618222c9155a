// The check of the proto against what was released turns red where it should.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const STATE = 'proto/cognigy/session/v1/session_state.proto';
const SERVICE = 'proto/cognigy/session/v1/session_service.proto';

/** Runs the check on a copy of the proto in which some text is replaced. */
function checkWith(path: string, [text, replacement]: readonly [string | RegExp, string]) {
  const folder = mkdtempSync(join(tmpdir(), 'changed-proto-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const copied of ['buf.yaml', 'proto']) {
    cpSync(copied, join(folder, copied), { recursive: true });
  }
  const before = readFileSync(path, 'utf8');
  const after = before.replace(text, replacement);
  expect(after).not.toBe(before);
  writeFileSync(join(folder, path), after);
  const env = { ...process.env, PATH: `${resolve('node_modules/.bin')}:${process.env.PATH}` };
  const script = resolve('test/proto/check-breaking.ts');
  const { status, stdout, stderr } = spawnSync('node', [script], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

test.each([
  ['a field has another number', STATE, ['string key_id = 3;', 'string key_id = 31;']],
  ['a field is gone', STATE, ['  string key_id = 3;\n', '']],
  ['a field has another type', STATE, ['string key_id = 3;', 'int64 key_id = 3;']],
  ['a field has another name', STATE, ['string key_id = 3;', 'string key_name = 3;']],
  ['an RPC is gone', SERVICE, [/ {2}rpc Unlock\([^}]*?\}\n/s, '']],
] as const)('it fails where %s', (_, path, change) => {
  const { status, said } = checkWith(path, change);
  expect(said).toMatch(/Previously present|changed|Unlock/);
  expect(status).toBe(1);
});

test('it passes where a field is added', () => {
  const { status, said } = checkWith(STATE, [
    'string key_id = 3;',
    'string key_id = 3;\n  string of_tomorrow = 999;',
  ]);
  expect([said, status]).toEqual(['', 0]);
});

test('it fails where the proto cannot be read', () => {
  expect(checkWith(STATE, ['string key_id = 3;', 'string key_id 3;']).status).toBe(1);
});
