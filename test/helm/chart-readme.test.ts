// The README of the chart and the pages about Kubernetes, where they can be wrong: the table of
// values, what must be pasted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startRedisServer } from '../support/redis-server.ts';
import { post, startTestApp } from '../support/running-app.ts';
import { CHARTS } from './render.ts';

const README = readFileSync(join(CHARTS.application, 'README.md'), 'utf8');
const ACL_PAGE = readFileSync('docs/operate/redis.md', 'utf8');
const VALUES = parse(readFileSync(join(CHARTS.application, 'values.yaml'), 'utf8'));

type Leaf = { path: string; value: unknown };

/** Every value that has no others in it. */
function leavesOf(value: unknown, path: string[] = []): Leaf[] {
  const members =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [];
  if (members.length === 0) return [{ path: path.join('.'), value }];
  return members.flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

/** Rows of the table of values. */
function documentedValues(): { path: string; shown: string }[] {
  const [, table = ''] = README.split('\n## Values\n');
  return [...table.matchAll(/^\| `([\w.]+)` \| (.*?) \| .+ \|$/gm)].map(
    ([, path = '', shown = '']) => ({
      path,
      shown,
    }),
  );
}

const AS_THERE = 'as in `values.yaml`';

function shownAs(value: unknown): string {
  const isEmpty =
    value === '' ||
    value === null ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  if (isEmpty) return '–';
  return typeof value === 'object' ? AS_THERE : `\`${value}\``;
}

test('the table of values has each value once, alone or with those beside it, and no other', () => {
  const rows = documentedValues();
  const covers = (path: string) => rows.filter((row) => `${path}.`.startsWith(`${row.path}.`));
  const leaves = leavesOf(VALUES);
  expect(leaves.filter(({ path }) => covers(path).length !== 1)).toEqual([]);
  const isThere = (row: string) => leaves.some(({ path }) => `${path}.`.startsWith(`${row}.`));
  expect(rows.filter(({ path }) => !isThere(path))).toEqual([]);
});

test('the table of values has the defaults', () => {
  const shown = new Map(documentedValues().map((row) => [row.path, row.shown]));
  const wrong = leavesOf(VALUES).filter(({ path, value }) => {
    const said = shown.get(path);
    return said !== undefined && said !== shownAs(value);
  });
  expect(wrong).toEqual([]);
});

test('the ACL user that it tells to make may do all that the service does', async () => {
  const [, rule = ''] = /^ACL SETUSER sessions (.*)$/m.exec(ACL_PAGE) ?? [];
  const redis = await startRedisServer();
  try {
    await redis.client.call('ACL', 'SETUSER', 'sessions', ...rule.split(' '));
    const app = await startTestApp({
      STORE_URL: `redis://127.0.0.1:${redis.port}`,
      STORE_USERNAME: 'sessions',
      STORE_PASSWORD: 'a-long-password',
    });
    try {
      const session = { sessionId: 'session-1', userId: 'user-1' };
      const answers = [
        await post(`${app.webhook}/webhook/cognigy/session`, {
          ...session,
          variables: { paid: true },
        }),
        await post(`${app.webhook}/webhook/cognigy/restore`, { userId: 'user-1' }),
        await post(
          `${app.rpc}/cognigy.session.v1.SessionService/Lock`,
          { sessionId: 'session-2' },
          {
            'content-type': 'application/json',
          },
        ),
        await post(`${app.webhook}/webhook/cognigy/delete`, {
          userId: 'user-1',
          allSessions: true,
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
    } finally {
      await app.stop();
    }
  } finally {
    await redis.stop();
  }
});
