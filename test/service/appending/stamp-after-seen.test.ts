// What an update with an etag or a lock replaces it wins over, whatever the clocks of the sidecars
// say.

import { beforeEach, describe, expect, test } from 'vitest';
import type { PersistCommand } from '../../../src/service/session-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

const SECOND_MICROS = 1_000_000n;

let scratch: Scratch;
let service: Service;
beforeEach(() => {
  scratch = openScratch();
  service = scratch.open();
});

/** Received by a sidecar whose clock differs by so much. */
function receiptOf(skewMicros: bigint) {
  const receipt = scratch.receipt();
  return { ...receipt, wallMicros: receipt.wallMicros + skewMicros };
}

async function counted(): Promise<unknown> {
  const session = await scratch.restore(service);
  return JSON.parse(session?.variables.find(({ key }) => key === 'count')?.json ?? 'null');
}

/** What a session may hold that looks later than an update which comes now. */
const LATER_LOOKING: [string, () => Partial<PersistCommand>][] = [
  ['one of a sidecar whose clock is 50 ms ahead', () => ({ receipt: receiptOf(50_000n) })],
  [
    'one with a timestamp 9 s ahead',
    () => ({ timestamp: new Date(Date.now() + 9000).toISOString() }),
  ],
  ['one with a counter', () => ({ sequence: 7n })],
  [
    'one with a counter, received a minute ahead',
    () => ({ sequence: 7n, receipt: receiptOf(60n * SECOND_MICROS) }),
  ],
];

describe('wins over what it was made from:', () => {
  test.each(LATER_LOOKING)('an update with an etag over %s', async (_, given) => {
    const { etag } = await scratch.persist(service, { ...given(), ...variable('count', 1) });
    await scratch.persist(service, {
      receipt: receiptOf(-50_000n),
      ifMatch: etag,
      ...variable('count', 2),
    });
    expect(await counted()).toBe(2);
  });

  test.each(LATER_LOOKING)('an update under a lock over %s', async (_, given) => {
    await scratch.persist(service, { ...given(), ...variable('count', 1) });
    const { token } = await scratch.lock(service);
    for (const count of [2, 3]) {
      const receipt = receiptOf(count === 2 ? 0n : -50_000n);
      await scratch.persist(service, { receipt, lockToken: token, ...variable('count', count) });
    }
    expect(await counted()).toBe(3);
  });

  test('also where that has been folded, and a removal is what it replaces', async () => {
    await scratch.persist(service, {
      receipt: receiptOf(9n * SECOND_MICROS),
      removedVariables: ['count'],
    });
    const { etag } = await scratch.persist(service, {
      receipt: receiptOf(0n),
      ...variable('other', 1),
    });
    await service.compactor.compact('s');
    await scratch.persist(service, {
      receipt: receiptOf(0n),
      ifMatch: etag,
      ...variable('count', 1),
    });
    expect(await counted()).toBe(1);
  });

  test('with the timestamp that it sends, which is answered as sent', async () => {
    const { etag } = await scratch.persist(service, {
      timestamp: '1718445602',
      ...variable('count', 1),
    });
    await scratch.persist(service, {
      timestamp: '1718445601',
      ifMatch: etag,
      ...variable('count', 2),
    });
    expect(await counted()).toBe(2);
    expect((await scratch.restore(service))?.timestamp).toBe('1718445601');
  });
});

test('an update without either comes where its clock puts it', async () => {
  await scratch.persist(service, { receipt: receiptOf(50_000n), ...variable('count', 1) });
  await scratch.persist(service, { receipt: receiptOf(-50_000n), ...variable('count', 2) });
  expect(await counted()).toBe(1);
});

test('the repetition of a conditional update is the same update', async () => {
  const { etag } = await scratch.persist(service, {
    receipt: receiptOf(50_000n),
    ...variable('count', 1),
  });
  const update = { ifMatch: etag, updateId: 'once', ...variable('count', 2) };
  await scratch.persist(service, update);
  expect(await scratch.persist(service, update)).toMatchObject({ known: true, revision: 2 });
  expect(await counted()).toBe(2);
});
