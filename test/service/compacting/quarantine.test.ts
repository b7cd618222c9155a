// Frames that cannot be read: who moves them out of the way, which ones, and what is answered
// meanwhile.

import { beforeEach, describe, expect, test } from 'vitest';
import type { CompactionResult } from '../../../src/service/parts.ts';
import { NEWEST_FORMAT } from '../../../src/session/format.ts';
import { encodeFrame } from '../../../src/session/frame.ts';
import { type QuarantineMoves, StoreUnavailable } from '../../../src/store/session-store.ts';
import { createSessionUpdate } from '../../support/session-update.ts';
import { NOTHING } from '../../support/test-service.ts';
import { openScratch, type Scratch, type Service, variable } from '../scratch-services.ts';

let scratch: Scratch;
let service: Service;
let moved: string[][];
let failed: string[];
let compactions: CompactionResult[];
beforeEach(() => {
  scratch = openScratch();
  [moved, failed, compactions] = [[], [], []];
  service = open();
});

function open(faults: Parameters<Scratch['open']>[0] = {}): Service {
  return scratch.open({
    ...faults,
    observer: {
      framesQuarantined: ({ names }) => moved.push(names),
      quarantineFailed: ({ sessionId }) => failed.push(sessionId),
      compactionEnded: ({ result }) => compactions.push(result),
    },
  });
}

/** Stores a frame of session `s` as it is given; answers its name. */
async function storeFrame(letter: string, frame: Uint8Array): Promise<string> {
  const updateId = letter.repeat(22);
  const moment = { receivedAtMonotonicMs: scratch.receipt().monotonicMs, ttlMs: 60_000 };
  const rest = {
    flowId: 'shop',
    sessionMaxBytes: 1e6,
    lockToken: '',
    ifMatch: '',
    userId: '',
    eventMs: 0,
  };
  await scratch.store.append({ sessionId: 's', updateId, frame, ...moment, ...rest });
  return updateId;
}

function frameOf(sessionId: string, { format = NEWEST_FORMAT } = {}): Buffer {
  const { delta } = createSessionUpdate({ ...NOTHING, sessionId, updateId: sessionId }, 1n);
  return Buffer.from(encodeFrame({ ...delta, format }));
}

const badLength = () => Buffer.from('no frame at all');
const badDigest = () =>
  frameOf('s').map((byte, place, all) => (place === all.length - 1 ? byte ^ 1 : byte));

describe('frames that a read finds damaged', () => {
  test('are moved into quarantine behind its answer, and the session stays recovered', async () => {
    await scratch.persist(service, variable('a', 1));
    const names = [
      await storeFrame('x', badLength()),
      await storeFrame('y', badDigest()),
      await storeFrame('z', frameOf('another')),
    ];
    const restored = await scratch.restore(service);
    expect(restored).toMatchObject({ outcome: 'recovered', variables: [{ key: 'a', json: '1' }] });
    expect(moved).toEqual([]);
    await service.compactor.idle();
    expect(moved.map((moves) => moves.toSorted())).toEqual([names]);
    expect(compactions).toEqual(['compacted']);
    const inspected = await scratch.inspect(service);
    expect(inspected?.frames).toMatchObject([{ verdict: 'sound' }]);
    expect(inspected?.state).toMatchObject({
      outcome: 'recovered',
      variables: [{ key: 'a', json: '1' }],
    });
    expect(inspected?.quarantine.map(({ verdict }) => verdict).sort()).toEqual([
      'bad_digest',
      'bad_length',
      'wrong_session',
    ]);
    await service.compactor.idle();
    expect(compactions).toHaveLength(1);
  });

  test('are moved by an inspect, too, as they were found', async () => {
    const name = await storeFrame('x', badLength());
    const before = await scratch.inspect(service);
    expect(before?.frames).toMatchObject([{ verdict: 'bad_length', rawBytes: badLength() }]);
    expect(before?.quarantine).toEqual([]);
    await service.compactor.idle();
    const after = await scratch.inspect(service);
    expect(after?.frames).toEqual([]);
    expect(after?.quarantine).toEqual([
      {
        ...{
          name,
          kind: 'delta',
          revision: 1,
          sizeBytes: badLength().length,
          verdict: 'bad_length',
        },
        ...{
          quarantinedAtMs: expect.any(Number),
          expiresAtMs: expect.any(Number),
          rawBytes: badLength(),
        },
      },
    ]);
  });

  test('leave a fallback of their flow where no sound one is left', async () => {
    await storeFrame('x', badLength());
    for (let turn = 0; turn < 2; turn++) {
      expect(await scratch.restore(service)).toMatchObject({ outcome: 'fallback', flowId: 'shop' });
      await service.compactor.idle();
    }
    expect(moved).toHaveLength(1);
    expect(compactions).toEqual(['skipped']);
  });

  test('are kept as long as the settings say, and then the session is intact', async () => {
    const brief = open({ settings: { quarantineTtlMs: 5_000 } });
    await scratch.persist(brief, variable('a', 1));
    await storeFrame('x', badLength());
    await scratch.restore(brief);
    await brief.compactor.idle();
    expect(await scratch.restore(brief)).toMatchObject({ outcome: 'recovered' });
    scratch.advance(5_001);
    expect(await scratch.restore(brief)).toMatchObject({ outcome: 'intact' });
  });

  test('stay where they are if they cannot be moved, and the next read tries again', async () => {
    let isDown = true;
    const quarantine = (moves: QuarantineMoves) => {
      if (isDown) throw new StoreUnavailable('quarantine', { reason: 'down' });
      return scratch.store.quarantine(moves);
    };
    const failing = open({ faults: { quarantine: async (moves) => quarantine(moves) } });
    await scratch.persist(failing, variable('a', 1));
    await storeFrame('x', badLength());
    await scratch.restore(failing);
    await failing.compactor.idle();
    expect([failed, moved, compactions]).toEqual([['s'], [], ['compacted']]);
    isDown = false;
    await scratch.restore(failing);
    await failing.compactor.idle();
    expect(moved).toHaveLength(1);
  });

  test('are moved by an ordinary compaction as well', async () => {
    await scratch.persist(service, variable('a', 1));
    await storeFrame('x', badLength());
    await service.compactor.compact('s');
    expect(moved).toHaveLength(1);
  });
});

describe('a frame that another sidecar may understand', () => {
  test('of a newer format is never moved, and blocks compaction but not the moving of others', async () => {
    await scratch.persist(service, variable('a', 1));
    const newer = await storeFrame('n', frameOf('s', { format: NEWEST_FORMAT + 1 }));
    const damaged = await storeFrame('x', badLength());
    await scratch.restore(service);
    await service.compactor.idle();
    expect([moved, compactions]).toEqual([[[damaged]], ['blocked']]);
    const inspected = await scratch.inspect(service);
    expect(inspected?.frames.map(({ name }) => name)).toContain(newer);
    await service.compactor.idle();
    expect(compactions).toHaveLength(1);
  });
});

test('the raw bytes of a sound frame are not shown', async () => {
  await scratch.persist(service);
  expect((await scratch.inspect(service))?.frames).toMatchObject([
    { verdict: 'sound', rawBytes: undefined },
  ]);
});
