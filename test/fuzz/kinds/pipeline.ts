// Several requests behind one another without waiting, of which any may be broken or break off;
// some clients leave without reading.

import type { Random } from '../../model/random.ts';
import type { Http1Input, Input, Target } from '../input.ts';
import { mutated } from '../mutate.ts';
import { adminPage } from './admin-page.ts';
import { connectCall } from './connect.ts';
import { webhookBody } from './webhook-body.ts';
import { webhookTarget } from './webhook-target.ts';

const REQUESTS_MAX = 12;
const BYTES_MAX = 64 * 1024;

export function pipeline(random: Random, target: Target): Input {
  const parts = random.pick([[webhookBody, webhookTarget], [connectCall], [adminPage]]);
  const first = random.pick(parts)(random, target) as Http1Input;
  const requests = [first.bytes];
  for (let left = random.below(REQUESTS_MAX); left > 0; left--) {
    const next = random.pick(parts)(random, target) as Http1Input;
    if (next.listener === first.listener) requests.push(next.bytes);
  }
  const all = Buffer.concat(requests).subarray(0, BYTES_MAX);
  return {
    transport: 'http1',
    listener: first.listener,
    bytes: brokenOff(random, random.chance(0.2) ? mutated(random, all) : all),
    answers: 'any',
    leave: random.chance(0.7) ? 'finish' : 'reset',
  };
}

function brokenOff(random: Random, bytes: Buffer): Buffer {
  return random.chance(0.3) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}
