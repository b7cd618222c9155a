// What `helm test` runs: posts a session to a gateway as a flow does, restores it, compares, is
// refused without the secret and with a wrong one, and erases the session.
//
// It posts only visited nodes: flow definitions validate variables and context, and might refuse
// those of a test.
//
// Exit codes: 0 all of it worked; 1 a step failed; 64 wrong arguments; 78 the secret cannot be
// used.

import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { secretListFrom, whatIsWrongWithSecrets } from '../config/secret-list.ts';
import { EXIT_CONFIG, end, warn } from '../process/exit.ts';
import type { AcceptedSecret, Scope } from '../session/caller.ts';
import { readArguments } from './command-line.ts';
import { createGatewayClient, type GatewayAddress, untilServed } from './gateway-client.ts';

const HELP = `usage: npm run check-gateway -- URL [--certificates FOLDER] [--server-name NAME]

Posts a session to the gateway at this URL, restores it, and erases it; checks that it is
refused without the secret and with a wrong one. The secret is COGNIGY_WEBHOOK_SECRET, or in
the file that COGNIGY_WEBHOOK_SECRET_FILE names.

  --certificates FOLDER  trust its ca.crt and tls.crt as well as public authorities
  --server-name NAME     the name in the gateway's certificate, if not the host of the URL

Exit codes: 0 all of it worked; 1 a step failed.
`;

/** What is left behind where no caller may erase. */
const TTL_SECONDS = 60;

const HISTORY = [
  { nodeId: 'posted', timestamp: '2024-06-15T10:00:00Z' },
  { nodeId: 'restored', timestamp: '2024-06-15T10:01:30Z' },
];

run(readAddress(), readSecrets()).catch((error: Error) => {
  warn(error.message);
  process.exitCode = 1;
});

async function run(address: GatewayAddress, secrets: readonly AcceptedSecret[]): Promise<void> {
  const post = createGatewayClient(address);
  const saver = secrets.find(may('save', 'restore'));
  if (saver === undefined) throw new Error('failed: no caller may both save and restore');
  const { idPrefix } = saver.caller;
  const eraser = secrets.filter(may('erase')).find(({ caller }) => caller.idPrefix === idPrefix);
  const sessionId = `${idPrefix}check-gateway-${randomUUID()}`;
  const posted = { sessionId, history: HISTORY, ttl: TTL_SECONDS };

  await step('posts a session', async () => {
    const { body } = await untilServed(() =>
      post('/webhook/cognigy/session', posted, saver.secret),
    );
    deepStrictEqual(
      { status: body.status, sessionId: body.sessionId },
      { status: 'accepted', sessionId },
    );
  });
  await step('restores what it posted', async () => {
    const { status, body } = await post('/webhook/cognigy/restore', { sessionId }, saver.secret);
    const { found, outcome, history: restored } = body;
    deepStrictEqual(
      { status, found, outcome, restored },
      { status: 200, found: true, outcome: 'intact', restored: HISTORY },
    );
  });
  await step('is refused without a secret', async () => {
    const { status } = await post('/webhook/cognigy/session', posted);
    deepStrictEqual(status, 401);
  });
  await step('is refused with another secret', async () => {
    const { status } = await post('/webhook/cognigy/session', posted, randomUUID());
    deepStrictEqual(status, 401);
  });
  if (eraser === undefined)
    return say(`ok: leaves the session for ${TTL_SECONDS} s: none may erase`);
  await step('erases the session', async () => {
    const { status, body } = await post('/webhook/cognigy/delete', { sessionId }, eraser.secret);
    deepStrictEqual({ status, found: body.found }, { status: 200, found: true });
  });

  async function step(name: string, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      const url = address.url.href.replace(/\/$/, '');
      throw new Error(`failed: ${name} at ${url}\n${(error as Error).message}`);
    }
    say(`ok: ${name}`);
  }
}

function may(...needed: Scope[]) {
  return ({ caller }: AcceptedSecret) => needed.every((scope) => caller.scopes.includes(scope));
}

function readSecrets(): readonly AcceptedSecret[] {
  const { COGNIGY_WEBHOOK_SECRET, COGNIGY_WEBHOOK_SECRET_FILE } = process.env;
  let text = COGNIGY_WEBHOOK_SECRET;
  try {
    if (COGNIGY_WEBHOOK_SECRET_FILE) text = readFileSync(COGNIGY_WEBHOOK_SECRET_FILE, 'utf8');
  } catch (error) {
    end(EXIT_CONFIG, `COGNIGY_WEBHOOK_SECRET_FILE: ${(error as Error).message}`);
  }
  if (!text) end(EXIT_CONFIG, 'set COGNIGY_WEBHOOK_SECRET or COGNIGY_WEBHOOK_SECRET_FILE');
  const secrets = secretListFrom(text);
  if (secrets === undefined)
    end(EXIT_CONFIG, `COGNIGY_WEBHOOK_SECRET: ${whatIsWrongWithSecrets(text)}`);
  return secrets;
}

function readAddress(): GatewayAddress {
  const options = { certificates: { type: 'string' }, 'server-name': { type: 'string' } } as const;
  return readArguments({ help: HELP, options, allowPositionals: true }, (values, positionals) => {
    const url = URL.parse(positionals[0] ?? '');
    if (positionals.length !== 1 || url === null || !/^https?:$/.test(url.protocol))
      throw new Error('URL is that of a gateway: http://host:port, or https');
    return { url, certificates: values.certificates, serverName: values['server-name'] };
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
