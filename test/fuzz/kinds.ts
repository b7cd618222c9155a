// The kinds of inputs, how often each is sent, and the input of a number.

import { createRandom, type Random } from '../model/random.ts';
import type { Generator, Input, Target } from './input.ts';
import { adminPage } from './kinds/admin-page.ts';
import { bodyFraming } from './kinds/body-framing.ts';
import { connectCall } from './kinds/connect.ts';
import { grpcCall } from './kinds/grpc.ts';
import { grpcWebCall } from './kinds/grpc-web.ts';
import { headerLines } from './kinds/header-lines.ts';
import { http2Frames } from './kinds/http2-frames.ts';
import { pipeline } from './kinds/pipeline.ts';
import { rawBytes } from './kinds/raw-bytes.ts';
import { requestLine } from './kinds/request-line.ts';
import { webhookBody } from './kinds/webhook-body.ts';
import { webhookTarget } from './kinds/webhook-target.ts';

/** A kind's share, in percent, and whether some of its inputs must be answered with success: a
 * generator whose inputs are all refused at the door tests nothing behind it. */
type Kind = { share: number; generate: Generator; isServed: boolean };

export const KINDS: Readonly<Record<string, Kind>> = {
  'raw bytes': { share: 6, generate: rawBytes, isServed: false },
  'request lines': { share: 8, generate: requestLine, isServed: true },
  headers: { share: 9, generate: headerLines, isServed: true },
  'body framing': { share: 7, generate: bodyFraming, isServed: true },
  pipelines: { share: 4, generate: pipeline, isServed: true },
  'webhook bodies': { share: 16, generate: webhookBody, isServed: true },
  'webhook paths and queries': { share: 10, generate: webhookTarget, isServed: true },
  'Connect calls': { share: 12, generate: connectCall, isServed: true },
  'gRPC-Web calls': { share: 7, generate: grpcWebCall, isServed: true },
  'gRPC calls': { share: 10, generate: grpcCall, isServed: true },
  'HTTP/2 frames': { share: 7, generate: http2Frames, isServed: true },
  'admin pages': { share: 4, generate: adminPage, isServed: true },
};

/** How often an input comes in two pieces. */
const CUT_CHANCE = 0.08;

export type NumberedInput = { number: number; kind: string; input: Input };

/** The input of a run that has this number: the same for the same seed and target. */
export function inputOf(run: { seed: number; target: Target }, number: number): NumberedInput {
  const random = createRandom(
    Math.imul(run.seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(number, 0xc2b2ae35),
  );
  const kind = someKind(random);
  const { generate } = KINDS[kind] as Kind;
  const input = generate(random, run.target);
  const cutAt = random.chance(CUT_CHANCE) ? random.below(1000) / 1000 : undefined;
  return { number, kind, input: cutAt === undefined ? input : { ...input, cutAt } };
}

function someKind(random: Random): string {
  let left = random.below(100);
  for (const [name, { share }] of Object.entries(KINDS)) {
    left -= share;
    if (left < 0) return name;
  }
  throw new Error('the shares of the kinds are less than 100 percent');
}
