// What it costs to encrypt contents: the same work at a service with keys and at one without.

import { randomBytes } from 'node:crypto';
import { startRedisServer } from '../test/support/redis-server.ts';
import { CONVERSATIONS, withService } from './conversation/cases.ts';
import { titleOf } from './conversation/rows.ts';
import { SESSION_MARK, stateBody, turnBody } from './example-update.ts';
import type { LoadProcess } from './load/load.ts';
import { restore, save, webhookLoad } from './load/webhook-load.ts';
import { type Case, each, type Plan, runRounds } from './rounds.ts';
import { type ServerProcess, startService } from './servers/start.ts';
import { type Row, rowOf } from './table/result-table.ts';

const AT_LEAST = 0.9;
const NEW_SESSIONS = { firstSession: 0, sessions: 1_000_000_000 };
const RESTORED = { firstSession: 2_000_000_000, sessions: 100 };
const CONVERSATION = CONVERSATIONS[0];
const BODIES = { '1 kB': turnBody(), '20 kB': stateBody(SESSION_MARK, 20_000) } as const;

/** What is left of the work per CPU second of the service, where contents are encrypted. */
export async function encryptionRows(options: {
  plan: Plan;
  loadProcess: LoadProcess;
}): Promise<Row[]> {
  const [forPlain, forEncrypted] = [await startRedisServer(), await startRedisServer()];
  const plain = await startService(forPlain);
  const settings = { ENCRYPTION_KEYS: newKeys() };
  const encrypted = await startService(forEncrypted, { settings });
  try {
    const both = async (
      title: string,
      caseOf: (server: ServerProcess, isPlain: boolean) => Case,
    ) => {
      const cases = { plain: caseOf(plain, true), encrypted: caseOf(encrypted, false) };
      const costs = await runRounds(cases, options);
      const shares = costs.encrypted.map(
        ({ serverUs }, round) => (costs.plain[round]?.serverUs ?? Number.NaN) / serverUs,
      );
      return rowOf(`encrypted: ${title}`, shares, { unit: ' of plain', atLeast: AT_LEAST });
    };
    const rows = [
      await both(titleOf(CONVERSATION), (server, isPlain) =>
        withService(server, CONVERSATION, isPlain ? forPlain : forEncrypted),
      ),
      await both('webhook persist', (server) => ({
        server,
        work: each(webhookLoad(server.port, save(turnBody()), NEW_SESSIONS)),
      })),
    ];
    for (const [size, body] of Object.entries(BODIES)) {
      const filling = { firstRequest: 0, requests: RESTORED.sessions };
      for (const { port } of [plain, encrypted])
        await options.loadProcess.run({ ...webhookLoad(port, save(body), RESTORED), ...filling });
      rows.push(
        await both(`webhook restore of ${size}`, (server) => ({
          server,
          work: each(webhookLoad(server.port, restore(), RESTORED)),
        })),
      );
      await Promise.all([forPlain, forEncrypted].map(({ client }) => client.flushall()));
    }
    return rows;
  } finally {
    await Promise.all([plain, encrypted, forPlain, forEncrypted].map((server) => server.stop()));
  }
}

function newKeys(): string {
  const [key, updateIdKey] = [randomBytes(32), randomBytes(32)].map((bytes) =>
    bytes.toString('base64'),
  );
  return JSON.stringify({ current: 'bench', keys: { bench: key }, updateIdKey });
}
