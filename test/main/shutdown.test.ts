import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { logged, preloading, type RunningProcess, startProcess } from './running-process.ts';

const SECRET = 'a-secret-for-the-webhook';
const BODY = '{"sessionId":"session-1"}';

/** A request whose body is one byte short, so that it stays in flight. */
async function hangingRequest(running: RunningProcess): Promise<Socket> {
  const [host, port] = (await running.address('webhook')).split(':');
  const socket = connect(Number(port), host);
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  const head = [
    'POST /webhook/cognigy/session HTTP/1.1',
    'host: h',
    `x-api-key: ${SECRET}`,
    'expect: 100-continue',
    'content-type: application/json',
    `content-length: ${BODY.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // The service has the request once it asks for its body.
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
  socket.write(BODY.slice(0, -1));
  return socket;
}

const ENVIRONMENT = { COGNIGY_WEBHOOK_SECRET: SECRET };

test('SIGTERM ends the process with 0 once what is in flight is answered', async () => {
  const running = startProcess(ENVIRONMENT);
  const socket = await hangingRequest(running);
  running.child.kill('SIGTERM');
  expect(await logged(running, /^shutting down$/)).toMatchObject({
    level: 'info',
    signal: 'SIGTERM',
    graceMs: 10_000,
  });
  socket.write(BODY.slice(-1));
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
  expect(await running.exited).toBe(0);
  expect(running.log().at(-1)).toMatchObject({ level: 'info', message: 'shut down' });
});

const UPLOADS: Record<string, string[]> = {
  'of the webhook': [
    `POST /webhook/cognigy/session HTTP/1.1`,
    `x-api-key: ${SECRET}`,
    'content-length: 9',
  ],
  'of the webhook in chunks': [
    `POST /webhook/cognigy/session HTTP/1.1`,
    `x-api-key: ${SECRET}`,
    'transfer-encoding: chunked',
  ],
  'by Connect': [
    'POST /cognigy.session.v1.SessionService/Persist HTTP/1.1',
    `x-api-key: ${SECRET}`,
    'content-type: application/json',
    'content-length: 9',
  ],
};

test('SIGTERM with uploads that stopped halfway answers them 503, and ends the process with 0 soon', async () => {
  const running = startProcess({ ...ENVIRONMENT, SHUTDOWN_GRACE_MS: '60000' });
  const [host, port] = (await running.address('webhook')).split(':');
  const answers = Object.values(UPLOADS).map(async (head) => {
    const socket = connect(Number(port), host);
    onTestFinished(() => void socket.destroy());
    const body = head.some((line) => line.includes('chunked')) ? '9\r\n{"a"' : '{"a"';
    socket.write(`${head.join('\r\n')}\r\nhost: h\r\n\r\n${body}`);
    return String(Buffer.concat(await socket.toArray().catch(() => [])));
  });
  const session = connectHttp2(`http://${host}:${port}`);
  onTestFinished(() => session.destroy());
  const streams = ['/webhook/cognigy/session', '/cognigy.session.v1.SessionService/Persist'].map(
    (path) => {
      const type = path.startsWith('/cognigy') ? 'application/grpc' : 'application/json';
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'x-api-key': SECRET,
        'content-type': type,
      });
      stream.write('{"a"');
      return stream.on('error', () => {});
    },
  );
  const responses = streams.map((stream) => once(stream.resume(), 'response'));
  const inFlight = async () => {
    const metrics = await fetch(`http://${await running.address('admin')}/metrics`);
    return /cognigy_session_in_flight\{listener="webhook"\} (\d+)/.exec(await metrics.text())?.[1];
  };
  await waitFor(async () => expect(await inFlight()).toBe('5'));

  const startedMs = performance.now();
  running.child.kill('SIGTERM');
  expect((await responses[0])?.[0][':status']).toBe(503);
  // An error of gRPC has one block of headers, which is its trailers, too.
  expect((await responses[1])?.[0]['grpc-status']).toBe('14');
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*shutting down/s);
    expect(answer).toMatch(/^connection: close\r$/im);
  }
  expect(await running.exited).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

test.each([
  ['SIGINT', 'SIGTERM', 143],
  ['SIGTERM', 'SIGINT', 130],
] as const)(
  'after %s, a second signal (%s) ends the process at once with %d',
  async (first, second, code) => {
    const running = startProcess(ENVIRONMENT);
    await hangingRequest(running);
    running.child.kill(first);
    expect(await logged(running, /^shutting down$/)).toMatchObject({ signal: first });
    running.child.kill(second);
    expect(await running.exited).toBe(code);
  },
);

test('shutting down that takes longer than SHUTDOWN_GRACE_MS is cut off, logged, and exits with 1', async () => {
  const running = startProcess({ ...ENVIRONMENT, SHUTDOWN_GRACE_MS: '100' });
  await hangingRequest(running);
  running.child.kill('SIGTERM');
  expect(await running.exited).toBe(1);
  expect(running.log().at(-1)).toMatchObject({
    level: 'error',
    message: expect.stringMatching(/took too long/),
    graceMs: 100,
  });
});

test('a disk that does not answer does not keep the process alive', async () => {
  // A named pipe that nobody writes to blocks a thread of the pool, as such a disk does.
  // In one step: two signals may come in either order.
  const stall = `process.on('SIGUSR2', () => {
    fs.open('data/pipe', 'r', () => {});
    process.kill(process.pid, 'SIGTERM');
  })`;
  const running = startProcess(ENVIRONMENT, {
    nodeArguments: preloading(`import fs from 'node:fs'; ${stall}`),
  });
  await running.address('webhook');
  execFileSync('mkfifo', [join(running.folder, 'data/pipe')]);
  running.child.kill('SIGUSR2');
  expect(await running.exited).toBe('SIGKILL');
  expect(running.log().slice(-2)).toMatchObject([
    { message: 'shut down' },
    {
      level: 'error',
      message: expect.stringContaining('does not answer'),
      blocked: ['FSReqCallback'],
    },
  ]);
});

test.each([
  ['an exception that nobody catches', "throw new TypeError('a bug')", 'uncaughtException'],
  [
    'a rejection that nobody handles',
    "Promise.reject(new TypeError('a bug'))",
    'unhandledRejection',
  ],
])('%s is logged with its stack, and exits with 1', async (_, bug, origin) => {
  const running = startProcess(
    {},
    { nodeArguments: preloading(`process.on('SIGUSR2', () => { ${bug} })`) },
  );
  await running.address('webhook');
  running.child.kill('SIGUSR2');
  expect(await running.exited).toBe(1);
  expect(running.log().at(-1)).toMatchObject({
    level: 'error',
    origin,
    error: { name: 'TypeError', message: 'a bug', stack: expect.stringContaining('at ') },
  });
});

test('a warning of Node is a line of the log, and nothing else is written to standard error', async () => {
  const warn = "process.on('SIGUSR2', () => process.emitWarning('careful'))";
  const running = startProcess({}, { nodeArguments: preloading(warn) });
  await running.address('webhook');
  running.child.kill('SIGUSR2');
  expect(await logged(running, /^Node warns$/)).toMatchObject({
    level: 'warn',
    error: { message: 'careful' },
  });
  for (const line of running.stderr().trimEnd().split('\n'))
    expect(() => JSON.parse(line), line).not.toThrow();
});
