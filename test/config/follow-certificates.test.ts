import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followFiles } from '../../src/config/follow-files.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createLog } from '../../src/telemetry/log.ts';
import {
  createAuthority,
  type IssuedCertificate,
  type TestAuthority,
} from '../support/certificates.ts';
import { publishConfigMap } from '../support/config-map.ts';
import { waitFor } from '../support/wait-for.ts';

const EVERY_MS = 5;

let authority: TestAuthority;
let folder: string;
let first: IssuedCertificate;
let config: Config;
let lines: Record<string, unknown>[];
let looks: { loaded: number; failed: number }[];
let following: { stop(): void };

/** As a Secret of type kubernetes.io/tls is brought into a Pod. */
function publish({ cert, key }: { cert: string; key: string }): void {
  publishConfigMap(folder, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.ca });
}

function shown(): string | undefined {
  return config.tls.webhook?.current().cert;
}

beforeEach(() => {
  authority = createAuthority();
  folder = mkdtempSync(join(tmpdir(), 'follow-certificates-'));
  first = authority.issue('first');
  publish(first);
  const result = readConfig(
    { WEBHOOK_TLS_CERT: join(folder, 'tls.crt'), WEBHOOK_TLS_KEY: join(folder, 'tls.key') },
    {
      readFile: (file) => readFileSync(file, 'utf8'),
      createSecret: () => 'made for this test alone',
    },
  );
  if (result.config === undefined) throw new Error(result.problems.join('\n'));
  config = result.config;
  [lines, looks] = [[], []];
  following = followFiles(config.followedFiles, {
    log: createLog({ level: 'info', write: (line) => lines.push(JSON.parse(line)) }),
    everyMs: EVERY_MS,
    onChecked: (files) => looks.push(files),
  });
});

afterEach(() => {
  following.stop();
  rmSync(folder, { recursive: true });
  authority.remove();
});

test('a certificate and its key follow when Kubernetes exchanges the folder behind them', async () => {
  const second = authority.issue('second');
  publish(second);
  await waitFor(() => expect(shown()).toBe(second.cert));
  expect(config.tls.webhook?.current()).toEqual({ cert: second.cert, key: second.key });
  expect(lines).toMatchObject([
    {
      level: 'info',
      message: 'a certificate was replaced',
      variable: 'WEBHOOK_TLS_CERT, WEBHOOK_TLS_KEY',
    },
  ]);
});

test('a pair that does not fit leaves the last good one, is logged once, and is tried again', async () => {
  const second = authority.issue('second');
  publish({ cert: second.cert, key: first.key });
  await waitFor(() => expect(looks.at(-1)).toEqual({ loaded: 0, failed: 2 }));
  const lookedBefore = looks.length;
  await waitFor(() => expect(looks.length).toBeGreaterThan(lookedBefore + 2));
  expect(shown()).toBe(first.cert);
  expect(lines).toMatchObject([
    {
      level: 'warn',
      message: 'a certificate cannot be replaced; the last one stays in force',
      reason: expect.stringMatching(/^WEBHOOK_TLS_KEY .* does not belong to /),
    },
  ]);
  publish(second);
  await waitFor(() => expect(shown()).toBe(second.cert));
  await waitFor(() => expect(looks.at(-1)).toEqual({ loaded: 2, failed: 0 }));
  expect(lines.map(({ message }) => message)).toEqual([
    'a certificate cannot be replaced; the last one stays in force',
    'a certificate was replaced',
  ]);
});

test('files that are gone leave the last good pair', async () => {
  rmSync(join(folder, '..data'));
  await waitFor(() => expect(looks.at(-1)).toEqual({ loaded: 0, failed: 2 }));
  expect(shown()).toBe(first.cert);
  expect(lines[0]).toMatchObject({ level: 'warn', reason: expect.stringMatching(/ENOENT/) });
});

test('before the first look all that was configured counts as loaded', () => {
  expect(looks[0]).toEqual({ loaded: 2, failed: 0 });
});
