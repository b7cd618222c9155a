import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startRpcServer } from './rpc-server.ts';

const run = promisify(execFile);
const SERVICE = 'cognigy.session.v1.SessionService';

test('curl posts JSON, and gets what changes nothing by GET, never to be stored', async () => {
  const { baseUrl } = await startRpcServer();
  const curl = async (...args: string[]) =>
    (await run('curl', ['--silent', '--show-error', ...args])).stdout;

  const body = '{"sessionId":"session-1","userId":"user-1","variables":{"name":"Ada"}}';
  const posted = await curl('--json', body, `${baseUrl}/${SERVICE}/Persist`);
  expect(JSON.parse(posted)).toMatchObject({ revision: 1, status: 'PERSIST_STATUS_ACCEPTED' });

  const query = ['--get', '--include', '--data-urlencode', 'encoding=json'];
  const restored = await curl(
    ...query,
    '--data-urlencode',
    'message={"userId":"user-1"}',
    `${baseUrl}/${SERVICE}/Restore`,
  );
  expect(restored).toMatch(/^cache-control: no-store\r$/im);
  expect(JSON.parse(restored.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    session: { sessionId: 'session-1', variables: { name: 'Ada' }, outcome: 'OUTCOME_INTACT' },
  });

  const inspected = await curl(
    ...query,
    '--data-urlencode',
    'message={"sessionId":"session-1"}',
    `${baseUrl}/${SERVICE}/Inspect`,
  );
  expect(inspected).toMatch(/^HTTP\/1\.1 200 OK\r$/m);
  expect(inspected).toMatch(/^cache-control: no-store\r$/im);

  const message = ['--data-urlencode', `message=${body}`];
  for (const method of ['Persist', 'Lock', 'Unlock', 'Erase', 'EraseUser']) {
    expect(await curl(...query, ...message, `${baseUrl}/${SERVICE}/${method}`)).toMatch(
      /^HTTP\/1\.1 405 /,
    );
  }
});
