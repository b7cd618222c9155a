// Bytes that are no request, or were one before they were mutated: as a port scanner or another
// protocol sends them.

import type { Random } from '../../model/random.ts';
import { PREFACE } from '../http2/frame.ts';
import type { Input, ListenerName, Target } from '../input.ts';
import { mutated } from '../mutate.ts';
import { someBytes } from '../odd-texts.ts';
import { connectCall } from './connect.ts';
import { grpcWebCall } from './grpc-web.ts';
import { webhookBody } from './webhook-body.ts';
import { webhookTarget } from './webhook-target.ts';

const GREETINGS = [
  ...[
    'PRI * HTTP/2.0\r\n\r\n',
    'PRI ',
    'PRI * HTTP/1.1\r\n\r\n',
    'PR',
    'SSH-2.0-x\r\n',
    '*1\r\n$4\r\nPING\r\n',
    '\r\n\r\n',
  ],
  ...[
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n',
    '\x05\x01\x00',
    'HELO x\r\n',
  ],
];

export function rawBytes(random: Random, target: Target): Input {
  const leave = random.chance(0.8) ? 'finish' : 'reset';
  const listener = random.pick<ListenerName>(['webhook', 'rpc', 'admin']);
  const bytes = random.pick<() => Buffer>([
    () => someBytes(random, random.below(200)),
    () => Buffer.from(random.pick(GREETINGS), 'latin1'),
    () => Buffer.concat([PREFACE, someBytes(random, random.below(100))]),
    () => mutated(random, validRequest(random, target)),
    () => mutated(random, validRequest(random, target)),
  ])();
  return { transport: 'http1', listener, bytes, answers: 'any', leave };
}

function validRequest(random: Random, target: Target): Buffer {
  const input = random.pick([webhookBody, webhookTarget, connectCall, grpcWebCall])(random, target);
  return input.transport === 'http1' ? input.bytes : Buffer.alloc(0);
}
