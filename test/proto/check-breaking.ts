// Refuses a change of the proto that breaks callers or stored frames: compares it with what was
// released, proto/released.binpb, by the rules of buf.yaml. A commit of this repository would not
// do: in a fresh clone the latest one is the change itself.
//
// With each release, and at no other time:
//   buf build proto --exclude-source-info -o proto/released.binpb

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const RELEASED = join(import.meta.dirname, '../../proto/released.binpb');

const { version, modules } = parse(readFileSync('buf.yaml', 'utf8'));
const [{ breaking }] = modules;
const folder = mkdtempSync(join(tmpdir(), 'session-proto-'));
try {
  const image = join(folder, 'now.binpb');
  const rules = JSON.stringify({ version, breaking });
  const isBuilt = buf('build', 'proto', '-o', image);
  const isKept = isBuilt && buf('breaking', image, '--against', RELEASED, '--config', rules);
  process.exitCode = isKept ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

function buf(...args: string[]): boolean {
  const { error, status } = spawnSync('buf', args, { stdio: 'inherit' });
  if (error)
    throw new Error('buf is needed to compare the proto; npm ci brings it', { cause: error });
  return status === 0;
}
