// Frames of HTTP/2 as no client sends them: wrong lengths, flags and streams, out of order,
// unknown, repeated; header blocks that are cut up or broken; connections that change their own
// rules.

import type { Random } from '../../model/random.ts';
import { FLAG, FRAME, type Frame, numberPayload, settingsPayload } from '../http2/frame.ts';
import { encodeHeaders, encodeInteger } from '../http2/hpack-encode.ts';
import type { HeaderField } from '../http2/hpack-tables.ts';
import type { Http2Input, Input, Target } from '../input.ts';
import { oddText, someBytes } from '../odd-texts.ts';
import { SESSION_PATHS } from './connect.ts';
import { grpcCall, requestFields } from './grpc.ts';

const STREAMS = [0, 1, 1, 1, 3, 5, 2, 4, 0x7fffffff, 0x80000001];
const NUMBERS = [0, 1, 65_535, 0x7fffffff, 0x80000000, 0xffffffff];
const SETTINGS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 0xffff];
const FLAGS = [0, 1, 4, 5, 8, 32, 40, 0x2d, 0xff];
const PSEUDO = [
  ':method',
  ':path',
  ':scheme',
  ':authority',
  ':status',
  ':protocol',
  ':unknown',
  ':',
];
const FORBIDDEN = [
  'connection',
  'transfer-encoding',
  'host',
  'TE',
  'upgrade',
  'content-length',
  'keep-alive',
  'X-Upper',
];

const SINGLE_FRAMES: readonly ((random: Random) => Frame)[] = [
  (random) => ({ type: FRAME.data, payload: someBytes(random, random.below(40)) }),
  (random) => ({ type: FRAME.priority, payload: someBytes(random, random.pick([5, 5, 4, 6])) }),
  (random) => ({
    type: FRAME.resetStream,
    payload: numberPayload(random.pick([0, 1, 8, 11, 0xffff])),
  }),
  (random) => ({ type: FRAME.settings, stream: 0, payload: someSettings(random) }),
  () => ({ type: FRAME.settings, stream: 0, flags: FLAG.acknowledge }),
  (random) => ({ type: FRAME.pushPromise, payload: someBytes(random, random.below(20)) }),
  (random) => ({ type: FRAME.ping, stream: 0, payload: someBytes(random, random.pick([8, 8, 7])) }),
  (random) => ({
    type: FRAME.goAway,
    stream: 0,
    payload: someBytes(random, random.pick([8, 20, 3])),
  }),
  (random) => ({ type: FRAME.windowUpdate, payload: numberPayload(random.pick(NUMBERS)) }),
  (random) => ({
    type: FRAME.windowUpdate,
    stream: 0,
    payload: numberPayload(random.pick(NUMBERS)),
  }),
  (random) => ({ type: FRAME.continuation, payload: brokenBlock(random) }),
  (random) => ({ type: FRAME.headers, flags: random.pick(FLAGS), payload: brokenBlock(random) }),
  (random) => ({ type: FRAME.headers, flags: 5, payload: encodeHeaders(oddFields(random)) }),
  (random) => ({ type: 10 + random.below(246), payload: someBytes(random, random.below(30)) }),
  (random) => ({
    type: random.below(10),
    payload: someBytes(random, random.below(30)),
    length: random.pick([0, 1, 0xffffff, 20_000]),
  }),
];

export function http2Frames(random: Random, target: Target): Input {
  const call = grpcCall(random, target) as Http2Input;
  const frames = random.pick<() => Frame[]>([
    () => withOddFrames(random, call.frames),
    () => withOddFrames(random, call.frames),
    () => [...call.frames],
    () => inPieces(random, call.frames),
    () => flood(random),
    () => Array.from({ length: 1 + random.below(6) }, () => someFrame(random)),
    () => manyCalls(random, call.frames),
  ])();
  const input: Http2Input = { transport: 'http2', listener: call.listener, frames, answers: 'any' };
  return random.chance(0.3) ? { ...input, mutation: random.below(2 ** 32) } : input;
}

function someFrame(random: Random): Frame {
  const frame = { stream: random.pick(STREAMS), ...random.pick(SINGLE_FRAMES)(random) };
  return random.chance(0.1)
    ? { ...frame, flags: random.pick(FLAGS), stream: random.pick(STREAMS) }
    : frame;
}

function withOddFrames(random: Random, frames: readonly Frame[]): Frame[] {
  const changed = [...frames];
  for (let left = 1 + random.below(3); left > 0; left--) {
    changed.splice(random.below(changed.length + 1), random.chance(0.2) ? 1 : 0, someFrame(random));
  }
  return changed;
}

/** The header block in continuations, which may never end. */
function inPieces(random: Random, [first, ...others]: readonly Frame[]): Frame[] {
  const block = first?.payload ?? Buffer.alloc(0);
  const size = 1 + random.below(40);
  const pieces = Array.from({ length: Math.ceil(block.length / size) }, (_, place) => {
    return block.subarray(place * size, place * size + size);
  });
  const isEnded = random.chance(0.7);
  const frames = pieces.map((payload, place): Frame => {
    const type = place === 0 ? FRAME.headers : FRAME.continuation;
    return {
      type,
      stream: 1,
      payload,
      flags: isEnded && place === pieces.length - 1 ? FLAG.endHeaders : 0,
    };
  });
  return [...frames, ...others];
}

/** Many of one frame: what costs the client little may cost the server much. */
function flood(random: Random): Frame[] {
  const frame = someFrame(random);
  const opening: Frame = {
    type: FRAME.headers,
    flags: FLAG.endHeaders,
    stream: 1,
    payload: encodeHeaders(oddFields(random)),
  };
  const count = random.below(random.chance(0.05) ? 2000 : 60);
  return [...(random.chance(0.5) ? [opening] : []), ...Array.from({ length: count }, () => frame)];
}

/** Up to five calls at once, some of which their client resets at once. */
function manyCalls(random: Random, frames: readonly Frame[]): Frame[] {
  return [1, 3, 5, 7, 9].slice(0, 1 + random.below(5)).flatMap((stream): Frame[] => {
    const call = frames.map((frame) => ({ ...frame, stream }));
    const reset: Frame = { type: FRAME.resetStream, stream, payload: numberPayload(8) };
    return random.chance(0.5) ? [...call, reset] : call;
  });
}

function someSettings(random: Random): Buffer {
  if (random.chance(0.1)) return someBytes(random, random.below(20));
  const count = random.below(random.chance(0.05) ? 200 : 4);
  return settingsPayload(
    Array.from({ length: count }, () => [random.pick(SETTINGS), random.pick(NUMBERS)]),
  );
}

function oddFields(random: Random): HeaderField[] {
  const fields = requestFields(
    random.pick([...SESSION_PATHS, '', '*', 'x', oddText(random)]),
    'application/grpc',
  );
  for (let left = 1 + random.below(3); left > 0; left--) {
    const name = random.pick([...PSEUDO, ...FORBIDDEN, oddText(random)]);
    const field = {
      name,
      value: random.pick(['', 'x', 'GET', 'CONNECT', '/', '2', oddText(random)]),
    };
    fields.splice(random.below(fields.length + 1), random.chance(0.3) ? 1 : 0, field);
  }
  return fields;
}

function brokenBlock(random: Random): Buffer {
  const right = encodeHeaders(requestFields('/x', 'application/grpc'));
  return random.pick<() => Buffer>([
    () => someBytes(random, random.below(40)),
    () => Buffer.from(encodeInteger(random.pick([0, 62, 1000, 2 ** 40]), 7, 0x80), 'latin1'),
    () => Buffer.from(encodeInteger(random.pick([0, 4096, 2 ** 31]), 5, 0x20), 'latin1'),
    () => right.subarray(0, random.below(right.length)),
    // A text said to be in Huffman's code, or longer than the block.
    () =>
      Buffer.concat([
        right,
        Buffer.from(`\x00\x85\xff\xff\xff\xff\xff${encodeInteger(5000, 7, 0)}x`, 'latin1'),
      ]),
  ])();
}
