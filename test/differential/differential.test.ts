// Requests of every kind, sent to our listener and to connect-node's own server with the same
// methods behind it: the answers have to be the same, except where ours is known to be better.

import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { differing, type Observed } from './compare.ts';
import type { Case } from './corpus/case.ts';
import { CONNECT_CASES } from './corpus/connect.ts';
import { FRAMED_CASES } from './corpus/framed.ts';
import { GET_CASES } from './corpus/get.ts';
import { METHOD_CASES } from './corpus/methods.ts';
import { PATH_CASES } from './corpus/paths.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { outcomeOf } from './outcome.ts';
import { type ServerUnderTest, startOurs, startReference } from './servers.ts';
import { sendCall } from './wire-call.ts';

const CASES: readonly Case[] = [
  ...METHOD_CASES,
  ...FRAMED_CASES,
  ...CONNECT_CASES,
  ...GET_CASES,
  ...PATH_CASES,
];

test('we answer as connect-node does, or better in a known way', async () => {
  const [ours, reference] = await Promise.all([startOurs(), startReference()]);
  const unexpected: Record<string, unknown> = {};
  const unexplained: string[] = [];
  const seen = new Set<Difference>();
  for (const each of CASES) {
    const [one, other] = [await observe(ours, each), await observe(reference, each)];
    const found = differing(one, other);
    const known = DIFFERENCES.find(({ cases }) => cases.test(each.name));
    const isExpected = isDeepStrictEqual(
      { ours: known?.ours ?? {}, reference: known?.reference ?? {} },
      found,
    );
    if (!isExpected) unexpected[each.name] = found;
    else if (known) seen.add(known);
    if (!isExplained(one)) unexplained.push(each.name);
  }
  expect(unexpected).toEqual({});
  // An answer of one of ours that is no success says why, in a form for programs.
  expect(unexplained).toEqual([]);
  expect(DIFFERENCES.filter((difference) => !seen.has(difference))).toEqual([]);
}, 120_000);

test('the corpus has no two cases of one name', () => {
  const names = CASES.map(({ name }) => name);
  expect(names.filter((name, place) => names.indexOf(name) < place)).toEqual([]);
  expect(names.length).toBeGreaterThan(550);
});

async function observe(server: ServerUnderTest, { call, method }: Case): Promise<Observed> {
  server.calls.length = 0;
  const answer = await sendCall(server.addresses[call.version], call);
  return { outcome: outcomeOf(answer, method), calls: [...server.calls] };
}

/** Errors of a protocol carry a RefusalInfo; one of HTTP alone has the code of a refusal. */
function isExplained({ outcome }: Observed): boolean {
  const { code, details = [], status, contentType } = outcome;
  if (code === 'ok' || details.includes('cognigy.session.v1.RefusalInfo')) return true;
  return [404, 405, 415].includes(status) && contentType === 'application/json';
}
