// A signal that comes before anything is served. A process that dies by one had no handler for it,
// and as the first process of a container would have lived on: so what is told apart is the exit
// code 0 and the name of a signal.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { createFolder, preloading, startProcess } from './running-process.ts';

const SECRET = 'configured-secret-configured';

/** A file whose reader waits: opening it succeeds once somebody reads. */
function createPipe() {
  const path = join(createFolder(), 'secret');
  execFileSync('mkfifo', [path]);
  const readBySomebody = () =>
    waitFor(() => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  const answer = (descriptor: number) => {
    writeSync(descriptor, SECRET);
    closeSync(descriptor);
  };
  return { path, readBySomebody, answer };
}

test('SIGTERM while the configuration is read ends the first start, with 0', async () => {
  const { path, readBySomebody, answer } = createPipe();
  const running = startProcess({ COGNIGY_WEBHOOK_SECRET_FILE: path });
  const descriptor = await readBySomebody();
  running.child.kill('SIGTERM');
  answer(descriptor);
  expect(await running.exited).toBe(0);
  expect([running.stdout(), running.stderr()]).toEqual(['', '']);
});

test('SIGINT while the configuration is read ends the second start, with 0', async () => {
  const { path, readBySomebody, answer } = createPipe();
  const running = startProcess({ COGNIGY_WEBHOOK_SECRET_FILE: path });
  answer(await readBySomebody());
  await waitFor(() => expect(argumentsOf(running.child.pid)).toContain('--permission'));
  const descriptor = await readBySomebody();
  running.child.kill('SIGINT');
  answer(descriptor);
  expect(await running.exited).toBe(0);
  expect([running.stdout(), running.stderr()]).toEqual(['', '']);
});

test('SIGTERM while the service is loaded ends the process before it opens its store, with 0', async () => {
  const whileLoading = `
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    if (url.endsWith('/process/run-service.ts')) process.kill(process.pid, 'SIGTERM');
    return next(url, context);
  } });`;
  const running = startProcess(
    { COGNIGY_WEBHOOK_SECRET: SECRET },
    { nodeArguments: preloading(whileLoading) },
  );
  expect(await running.exited).toBe(0);
  expect([running.stdout(), running.stderr()]).toEqual(['', '']);
  expect(readdirSync(join(running.folder, 'data'))).toEqual([]);
});

test('SIGINT while the store is waited for ends the process at once, with 0', async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve()).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await waitFor(() => expect(silent.listening).toBe(true));
  const { port } = silent.address() as { port: number };
  const running = startProcess({
    STORE_URL: `redis://127.0.0.1:${port}`,
    COGNIGY_WEBHOOK_SECRET: SECRET,
  });
  await asked.promise;
  running.child.kill('SIGINT');
  expect(await running.exited).toBe(0);
  expect(running.log().map(({ message }) => message)).not.toContain('shutting down');
});

function argumentsOf(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}
