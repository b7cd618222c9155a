import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSpool } from '../../src/spool/open-spool.ts';
import { prepareSpool } from '../../src/spool/prepare.ts';
import { SEGMENTS_MIN } from '../../src/spool/ring-files.ts';
import type { SpooledRow } from '../../src/spool/spool.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFolder } from './small-spool.ts';

const ROOT = join(import.meta.dirname, '../..');
const WRITER = join(import.meta.dirname, 'killed-writer.ts');
const MAX_BYTES = SEGMENTS_MIN * 4 * 1024 * 1024;

type Writer = { child: ChildProcess; lines(): string[]; errors(): string; ended: Promise<unknown> };

/** Starts a writer with no permissions but those that the service has. */
function startWriter(folder: string, run: string): Writer {
  const permissions = [
    '--permission',
    `--allow-fs-read=${join(ROOT, 'src')}${sep}`,
    `--allow-fs-read=${import.meta.dirname}${sep}`,
    `--allow-fs-read=${join(ROOT, 'package.json')}`,
    `--allow-fs-read=${folder}${sep}`,
    `--allow-fs-write=${folder}${sep}`,
  ];
  // A file: what is written to a full pipe waits in the process, and is lost when that is killed.
  const output = join(createFolder(), run);
  const outputFile = openSync(output, 'w');
  const child = spawn(process.execPath, [...permissions, WRITER, folder, `${MAX_BYTES}`, run], {
    stdio: ['ignore', outputFile, 'pipe'],
  });
  closeSync(outputFile);
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  // What was cut off within a line was not said.
  const lines = () => readFileSync(output, 'utf8').split('\n').slice(0, -1);
  return { child, lines, errors: () => errors, ended: once(child, 'close') };
}

test('whatever was acknowledged before kill -9 is found, and nothing that was not added', async () => {
  const folder = createFolder();
  prepareSpool(folder, MAX_BYTES);
  const live = new Map<number, string>();
  let added = 0;
  for (let run = 1; run <= 12; run += 1) {
    const writer = startWriter(folder, `run${run}`);
    // Later in each run, so that rings turn too.
    await waitFor(() => {
      if (writer.lines().length < 50 + run * run * 40) throw new Error(writer.errors());
    });
    writer.child.kill('SIGKILL');
    await writer.ended;
    expect(writer.errors()).not.toContain('Error');
    for (const line of writer.lines()) {
      const [number = '', name = ''] = line.split(' ');
      if (number === 'done') live.delete(Number(name));
      else if (name !== '') {
        live.set(Number(number), name);
        added += 1;
      }
    }
    const spool = await openSpool({ directory: folder, maxBytes: MAX_BYTES });
    const found = new Map(spool.recovered().map((row) => [row.number, nameOf(row)]));
    expect([...live].filter(([number, name]) => found.get(number) !== name)).toEqual([]);
    await spool.close();
  }
  expect(added).toBeGreaterThan(1000);
});

test('a second process is refused, until the first one is killed', async () => {
  const folder = createFolder();
  prepareSpool(folder, MAX_BYTES);
  const first = startWriter(folder, 'first');
  await waitFor(() => expect(first.lines()).toContain('open'));
  const second = startWriter(folder, 'second');
  await second.ended;
  expect(second.lines()).toEqual([]);
  expect(second.errors()).toContain(`another process uses ${folder}`);
  expect(() => prepareSpool(folder, MAX_BYTES)).toThrow(`another process uses ${folder}`);
  first.child.kill('SIGKILL');
  await first.ended;
  const third = startWriter(folder, 'third');
  await waitFor(() => expect(third.lines()).toContain('open'));
});

/** The name that a row was filled with. Fails if anything else is in it. */
function nameOf({ number, payload }: SpooledRow): string {
  const text = Buffer.from(payload).toString();
  const [name = ''] = /^run\d+-\d+?(?=run)/.exec(text) ?? [];
  expect(text, `row ${number}`).toBe(name.repeat(text.length).slice(0, text.length));
  return name;
}
