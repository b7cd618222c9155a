// What `helm test` does, at the gateway's Service: it posts a session, restores it, compares, is refused
// without the secret and with a wrong one, and erases the session.
//
// It posts only visited nodes: flow definitions validate variables and context, and might refuse those of
// a test.
//
//   GATEWAY_URL   http://name.namespace.svc:80, or https
//   FILES         folder with `webhook-secret` and, for https, `tls.crt` and perhaps `ca.crt`
//   SERVER_NAME   name in the gateway's certificate, if it is not the one in the URL

import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { env, stderr, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';

/** How long the gateway and its store may take to become available. */
const PATIENCE_MS = 90_000;
const RETRY_AFTER_MS = 1_000;
const ANSWER_TIMEOUT_MS = 10_000;

type Answer = { status: number; body: Record<string, unknown> };

const { GATEWAY_URL = '', FILES = '', SERVER_NAME } = env;
// While secrets are rotated there are several, separated by commas.
const [secret = ''] = readFileSync(join(FILES, 'webhook-secret'), 'utf8').split(',');
const authorities = ['ca.crt', 'tls.crt']
  .map((name) => join(FILES, name))
  .filter((path) => existsSync(path));
const tls: RequestOptions = {
  ca: [...rootCertificates, ...authorities.map((path) => readFileSync(path, 'utf8'))],
  // Without a CA, the certificate in the Secret itself is trusted.
  allowPartialTrustChain: true,
  ...(SERVER_NAME === undefined ? {} : { servername: SERVER_NAME }),
};

const sessionId = `helm-test-${randomUUID()}`;
const history = [
  { nodeId: 'posted', timestamp: '2024-06-15T10:00:00Z' },
  { nodeId: 'restored', timestamp: '2024-06-15T10:01:30Z' },
];

try {
  await step('posts a session', async () => {
    const { body } = await postUntilServed('/webhook/cognigy/session', { sessionId, history });
    deepStrictEqual(
      { status: body.status, sessionId: body.sessionId },
      { status: 'accepted', sessionId },
    );
  });
  await step('restores what it posted', async () => {
    const { status, body } = await post('/webhook/cognigy/restore', { sessionId });
    const { found, outcome, history: restored } = body;
    deepStrictEqual(
      { status, found, outcome, restored },
      { status: 200, found: true, outcome: 'intact', restored: history },
    );
  });
  await step('is refused without a secret', async () => {
    const { status } = await post('/webhook/cognigy/session', { sessionId, history }, {});
    deepStrictEqual(status, 401);
  });
  await step('is refused with another secret', async () => {
    const { status } = await post(
      '/webhook/cognigy/session',
      { sessionId, history },
      { 'x-api-key': randomUUID() },
    );
    deepStrictEqual(status, 401);
  });
  await step('erases the session', async () => {
    const { status, body } = await post('/webhook/cognigy/delete', { sessionId });
    deepStrictEqual({ status, found: body.found }, { status: 200, found: true });
  });
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function step(name: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`failed: ${name} at ${GATEWAY_URL}\n${(error as Error).message}`);
  }
  stdout.write(`ok: ${name}\n`);
}

/** Posts until the answer is 200: the installation may just have started. */
async function postUntilServed(path: string, body: object): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const last = await post(path, body).catch((error: Error) => error);
    if (!(last instanceof Error) && last.status === 200) return last;
    const isWorthAnother = last instanceof Error ? isOfTheNetwork(last) : last.status === 503;
    const what =
      last instanceof Error ? last.message : `${last.status} ${JSON.stringify(last.body)}`;
    if (!isWorthAnother || Date.now() > deadline) throw new Error(what);
    await sleep(RETRY_AFTER_MS);
  }
}

/** A certificate that does not match will not match in a minute either. */
function isOfTheNetwork(error: Error & { code?: string }): boolean {
  return [
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
  ].includes(error.code ?? '');
}

function post(
  path: string,
  body: object,
  headers: Record<string, string> = { 'x-api-key': secret.trim() },
): Promise<Answer> {
  const url = new URL(path, GATEWAY_URL);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      { ...tls, method: 'POST', headers, agent: false, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
          } catch {
            reject(new Error(`${response.statusCode}, and no JSON: ${text.slice(0, 200)}`));
          }
        });
      },
    );
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
