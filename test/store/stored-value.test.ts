import { expect, it } from 'vitest';
import type { StoredFrame } from '../../src/store/session-store.ts';
import { STORED_HEAD_BYTES, storedHead } from '../../src/store/stored-head.ts';
import {
  byRevision,
  fingerprintOf,
  isFrameName,
  snapshotName,
  storedFrameFrom,
} from '../../src/store/stored-value.ts';

const ETAG = '0123456789abcdef0123';
const UPDATE_ID = 'abcdefghijklmnopqrst-_';

it('a stored value is read back as it was written, for each revision of a session', () => {
  for (const revision of [1, 10, 4_294_967_294]) {
    const head = storedHead(revision, ETAG);
    expect(Buffer.byteLength(head)).toBe(STORED_HEAD_BYTES);
    const value = Buffer.concat([Buffer.from(head), Buffer.from([0, 255, 13, 10])]);
    const frame = storedFrameFrom(UPDATE_ID, value);
    expect(frame).toMatchObject({ name: UPDATE_ID, kind: 'delta', revision, etag: ETAG });
    expect([...frame.bytes]).toEqual([0, 255, 13, 10]);
  }
});

it('a snapshot is told by its name', () => {
  expect(storedFrameFrom(snapshotName('ab12', ''), Buffer.from(storedHead(1, ETAG))).kind).toBe(
    'snapshot',
  );
});

it.each([
  ['no bytes', ''],
  ['half a head', '00000'],
  ['a revision that is no number', `00000x0001${ETAG}frame`],
  ['an etag in capitals', `0000000001${ETAG.toUpperCase()}frame`],
])('a damaged head (%s) counts as revision 0 and keeps the frame', (_, text) => {
  const frame = storedFrameFrom(UPDATE_ID, Buffer.from(text));
  expect(frame).toMatchObject({ revision: 0, etag: '' });
  expect(Buffer.from(frame.bytes).toString()).toBe(text.slice(STORED_HEAD_BYTES));
});

it('a value seen through a window on a larger buffer is that window alone', () => {
  const value = Buffer.from(`${storedHead(3, ETAG)}frame`);
  const around = Buffer.concat([Buffer.from('before'), value, Buffer.from('after')]);
  const window = new Uint8Array(around.buffer, around.byteOffset + 6, value.length);
  expect(storedFrameFrom(UPDATE_ID, window)).toEqual(storedFrameFrom(UPDATE_ID, value));
});

it('the fingerprint tells of any change in length, head or last 32 bytes', () => {
  const value = Buffer.concat([Buffer.from(storedHead(3, ETAG)), Buffer.alloc(100, 0xfe)]);
  const changes = [value.subarray(0, -1), Buffer.concat([value, Buffer.from('x')])];
  for (const place of [0, STORED_HEAD_BYTES - 1, value.length - 32, value.length - 1]) {
    const changed = Buffer.from(value);
    changed[place] = (changed[place] ?? 0) ^ 1;
    changes.push(changed);
  }
  const fingerprints = [value, ...changes].map(fingerprintOf);
  expect(new Set(fingerprints).size).toBe(changes.length + 1);
  expect(fingerprintOf(Buffer.from(value))).toBe(fingerprints[0]);
});

it('frames sort by revision as numbers, then by name', () => {
  const frame = (revision: number, name: string) => ({ revision, name }) as StoredFrame;
  const sorted = [frame(10, 'a'), frame(9, 'b'), frame(9, 'a'), frame(0, 'z')].sort(byRevision);
  expect(sorted.map(({ revision, name }) => `${revision}${name}`)).toEqual([
    '0z',
    '9a',
    '9b',
    '10a',
  ]);
});

it('field names of metadata are no frame names', () => {
  const metadata = [
    'revision',
    'incarnation',
    'created_at',
    'expires_at',
    'flow',
    'chain',
    'recent',
  ];
  expect(
    [...metadata, '', `${UPDATE_ID}x`, UPDATE_ID.slice(1), 'snapshot'].filter(isFrameName),
  ).toEqual([]);
  expect([UPDATE_ID, snapshotName('0', ''), 'snapshot:'].every(isFrameName)).toBe(true);
});
