// JSON bodies on the routes of the webhook.

import type { Random } from '../../model/random.ts';
import {
  delivered,
  encodeRequest,
  type HeaderLine,
  HOST,
  webhookCredential,
} from '../http1-request.ts';
import type { Input, Target } from '../input.ts';
import { EXCESSES, someJson } from '../json-text.ts';
import { mutated } from '../mutate.ts';
import { otherBody, persistBody, restoreBody } from '../posted-body.ts';

const ROUTES = [
  'session',
  'session',
  'session-update',
  'restore',
  'touch',
  'restore',
  'sessions',
  'delete',
] as const;

const ENCODINGS = ['identity', 'Identity', 'gzip', 'br', 'utf-8'];
const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  '*',
  '',
];

export function webhookBody(random: Random, target: Target): Input {
  const route = random.pick(ROUTES);
  const extra: HeaderLine[] = [
    ['Content-Type', random.chance(0.9) ? 'application/json' : random.pick(CONTENT_TYPES)],
  ];
  if (random.chance(0.02)) extra.push(['Content-Encoding', random.pick(ENCODINGS)]);
  return {
    transport: 'http1',
    listener: 'webhook',
    answers: 'one',
    bytes: encodeRequest({
      method: 'POST',
      target: `/webhook/cognigy/${route}`,
      headers: [HOST, webhookCredential(random, target), ...extra],
      ...delivered(random, bodyFor(random, route, target)),
    }),
  };
}

function bodyFor(random: Random, route: (typeof ROUTES)[number], target: Target): Buffer {
  const options = { ...target, withAliases: true };
  if (random.chance(0.03)) return Buffer.from(someJson(random), 'latin1');
  if (random.chance(0.001)) return Buffer.from(random.pick(EXCESSES)(random), 'latin1');
  const write = {
    session: persistBody,
    'session-update': persistBody,
    restore: restoreBody,
    touch: otherBody,
    sessions: otherBody,
    delete: otherBody,
  }[route];
  const body = Buffer.from(write(random, options), 'latin1');
  return random.chance(0.2) ? mutated(random, body) : body;
}
