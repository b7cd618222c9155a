// The module that a release pushes to the Buf Schema Registry is complete: what it needs besides
// its own files are the dependencies that it declares.

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { writeProtoModule } from '../../.ci/release/proto-module.ts';

const PROTOVALIDATE = 'buf.build/bufbuild/protovalidate';

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proto-module-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function buf(cwd: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(resolve('node_modules/.bin/buf'), words, {
    cwd,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

test('it has our protos, a README and the license, and nothing else', () => {
  const folder = folderOfTest();
  writeProtoModule(folder);
  const protos = globSync('cognigy/**/*.proto', { cwd: 'proto' });
  expect(protos.length).toBeGreaterThan(2);
  const files = globSync('**/*.*', { cwd: folder });
  expect(files.sort()).toEqual([...protos, 'README.md', 'buf.yaml'].sort());
  expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
});

test('with its dependency it is built, linted and compared with the last release', () => {
  const folder = folderOfTest();
  const name = writeProtoModule(join(folder, 'module'));
  const { modules, deps } = parse(readFileSync(join(folder, 'module/buf.yaml'), 'utf8'));
  expect(deps).toEqual([PROTOVALIDATE]);
  expect(buf(join(folder, 'module'), 'build').said).toMatch(/imported file does not exist/);

  // The registry, for lack of a network: the dependency lies next to the module.
  cpSync('proto/buf', join(folder, 'dependency/buf'), { recursive: true });
  const workspace = {
    version: 'v2',
    modules: [
      { ...modules[0], path: 'module' },
      {
        path: 'dependency',
        name: PROTOVALIDATE,
        lint: { ignore: ['dependency'] },
        breaking: { ignore: ['dependency'] },
      },
    ],
    deps,
  };
  writeFileSync(join(folder, 'buf.yaml'), stringify(workspace));
  rmSync(join(folder, 'module/buf.yaml'));
  expect(buf(folder, 'lint')).toEqual({ status: 0, said: '' });
  const image = join(folder, 'module.binpb');
  expect(buf(folder, 'build', 'module', '-o', image)).toEqual({ status: 0, said: '' });
  const rules = JSON.stringify({ version: 'v2', breaking: modules[0].breaking });
  const released = resolve('proto/released.binpb');
  const compared = buf(folder, 'breaking', image, '--against', released, '--config', rules);
  expect(compared).toEqual({ status: 0, said: '' });
  expect(buf(folder, 'dep', 'graph').said).toContain(`"${name}" -> "${PROTOVALIDATE}"`);
});
