// What clients make the process of the image hold, seen from outside: its resident memory.

import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { heapFlags } from '../../src/process/heap-flags.ts';
import { madeBundle } from '../bundle/made-bundle.ts';
import { until } from '../support/until.ts';
import { startProcess } from './running-process.ts';

/** On a busy machine a thousand requests take their time. */
const TIMEOUT_MS = 180_000;

const MIB = 1024 * 1024;
const SECRET = 'a-secret-of-the-memory-test';
/** The heap is as large as in a container with this limit, and the budget follows from the heap. */
const CONTAINER_MIB = 256;

const open: { destroy(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

async function startSmall() {
  const { folder } = await madeBundle();
  const service = startProcess(
    { COGNIGY_WEBHOOK_SECRET: SECRET },
    { main: join(folder, 'main.cjs'), nodeArguments: heapFlags(CONTAINER_MIB * MIB) },
  );
  const webhook = await service.address('webhook');
  const rpc = await service.address('rpc');
  const admin = await service.address('admin');
  const url = `http://${webhook}/webhook/cognigy`;
  const headers = { 'x-api-key': SECRET, 'content-type': 'application/json' };
  const post = (path: string, body: object) =>
    fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const metric = async (name: string) => {
    const { exitCode, signalCode } = service.child;
    const end = exitCode ?? signalCode;
    if (end !== null)
      throw new Error(`the service ended (${end}): ${service.stderr().slice(-2000)}`);
    const text = await (await fetch(`http://${admin}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  };
  const rssMib = async () => (await metric('cognigy_session_process_resident_memory_bytes')) / MIB;
  // What the first requests load stays.
  for (let index = 0; index < 50; index++)
    await post('session', { sessionId: 'warm', variables: { index } });
  return { service, webhook, rpc, post, metric, rssMib };
}

function connection(address: string): Socket {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  open.push(socket);
  return socket;
}

test('a thousand half-sent bodies leave room for a small update, and stay within the budget', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { service, webhook, post, rssMib, metric } = await startSmall();
  const head = `POST /webhook/cognigy/session HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\nContent-Length: 1000000\r\n\r\n`;
  const half = Buffer.alloc(500_000, 'x');
  let highestMib = 0;
  const statuses: number[] = [];
  for (let index = 0; index < 1000; index++) {
    const socket = connection(webhook);
    socket.resume();
    await new Promise<void>((resolve) => {
      socket.write(head);
      socket.write(half, () => resolve());
      socket.once('close', () => resolve());
    });
    if (index % 50 !== 49) continue;
    highestMib = Math.max(highestMib, await rssMib());
    statuses.push((await post('session', { sessionId: 'honest', variables: { index } })).status);
  }
  expect(statuses).toEqual(Array(20).fill(200));
  expect(highestMib).toBeLessThan(CONTAINER_MIB);
  await until(
    'the others to be refused',
    async () =>
      (await metric('cognigy_session_errors_total{error_type="overloaded"}')) > 900 || undefined,
  );
  expect(await metric('cognigy_session_errors_total{error_type="internal"}')).toBe(0);
  expect(service.child.exitCode).toBe(null);
});

const CUTS = 'cognigy_session_clients_cut_total{listener="webhook",cause="unread_answer"}';
const LARGE = { sessionId: 'large', variables: { text: 'x'.repeat(400_000) } };

test('five hundred unread answers, pipelined, stay within the budget and are cut for those who read', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { webhook, post, rssMib, metric } = await startSmall();
  expect((await post('session', LARGE)).status).toBe(200);
  const get = `GET /api/v1/state/large/restore HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRET}\r\n\r\n`;
  const unread = connection(webhook).pause();
  const closed = new Promise((resolve) => unread.once('close', resolve));
  unread.write(get.repeat(500));
  let highestMib = 0;
  // Where they take longer than a second, the first ones make way for the others already.
  await until('the answers to be held, or to be cut', async () => {
    highestMib = Math.max(highestMib, await rssMib());
    const restores = await metric('cognigy_session_restores_total{outcome="intact"}');
    return restores >= 500 || (await metric(CUTS)) > 0 || undefined;
  });
  for (let index = 0; index < 20; index++) highestMib = Math.max(highestMib, await rssMib());
  // A client that reads is answered, once those who do not have had their second.
  await until('an honest restore', async () => {
    const answer = await post('restore', { sessionId: 'large' });
    await answer.text();
    return answer.status === 200 || undefined;
  });
  expect(highestMib).toBeLessThan(CONTAINER_MIB);
  expect(await metric(CUTS)).toBe(1);
  unread.resume();
  await closed;
});

test('answers over HTTP/2 that no window takes stay within the budget', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { webhook, post, rssMib, metric } = await startSmall();
  expect((await post('session', LARGE)).status).toBe(200);
  for (let count = 0; count < 4; count++) {
    const session = connectHttp2(`http://${webhook}`, { settings: { initialWindowSize: 0 } });
    session.on('error', () => {});
    open.push(session);
    for (let index = 0; index < 125; index++) {
      const stream = session.request({
        ':path': '/api/v1/state/large/restore',
        'x-api-key': SECRET,
      });
      stream.on('error', () => {}).resume();
    }
  }
  let highestMib = 0;
  await until('the answers to be held', async () => {
    highestMib = Math.max(highestMib, await rssMib());
    // Node takes no more streams of a session that holds 10 MB.
    return (await metric('cognigy_session_restores_total{outcome="intact"}')) >= 300 || undefined;
  });
  for (let index = 0; index < 20; index++) highestMib = Math.max(highestMib, await rssMib());
  await until('an honest restore', async () => {
    const answer = await post('restore', { sessionId: 'large' });
    await answer.text();
    return answer.status === 200 || undefined;
  });
  expect(highestMib).toBeLessThan(CONTAINER_MIB);
});
