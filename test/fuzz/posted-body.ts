// Bodies of updates and restores as binary JSON texts: mostly right, each field at times of another
// type, under another name, twice, or missing.

import type { Random } from '../model/random.ts';
import type { Target } from './input.ts';
import {
  EXCESSES,
  quoted,
  someHistory,
  someJson,
  someKeys,
  someObject,
  someParts,
} from './json-text.ts';
import { oddText, someId, someTimestamp } from './odd-texts.ts';

/** How a field is written: its names, the first the usual one, and a value that is right. */
type Field = {
  names: readonly [string, ...string[]];
  chance: number;
  value: (random: Random) => string;
};

export type BodyOptions = Target & {
  /** The names that only the lenient contract of the webhook takes. */
  withAliases: boolean;
};

const LOCK_TOKENS = ['', 'AAAAAAAAAAAAAAAAAAAAAA', 'too-short'];
/** Answered by the service to nobody. */
const ETAGS = [
  'none',
  '*',
  '00000000000000000000',
  'ffffffffffffffffffff',
  '"00000000000000000000"',
  'W/"0"',
];

function persistFields(nearIds: readonly Buffer[]): readonly Field[] {
  return [
    {
      names: ['sessionId', 'session_id'],
      chance: 0.98,
      value: (random) => quoted(someId(random, 's', nearIds)),
    },
    {
      names: ['userId', 'user_id'],
      chance: 0.5,
      value: (random) => quoted(someId(random, 'u', nearIds)),
    },
    {
      names: ['flowId', 'flow_id', 'flowName'],
      chance: 0.3,
      value: (random) => quoted(random.pick(['checkout', 'checkout', 'other', oddText(random)])),
    },
    { names: ['variables'], chance: 0.6, value: someObject },
    { names: ['context'], chance: 0.6, value: someObject },
    { names: ['removedVariables', 'removed_variables'], chance: 0.15, value: someKeys },
    { names: ['removedContext', 'removed_context'], chance: 0.15, value: someKeys },
    { names: ['replace'], chance: 0.1, value: someParts },
    { ...TTL_FIELD, chance: 0.1 },
    {
      names: ['ttlMode', 'ttl_mode'],
      chance: 0.05,
      value: (random) => quoted(random.pick(['extend', 'exact', 'other', ''])),
    },
    { names: ['history'], chance: 0.3, value: someHistory },
    { names: ['timestamp'], chance: 0.4, value: (random) => quoted(someTimestamp(random)) },
    {
      names: ['updateId', 'update_id'],
      chance: 0.2,
      value: (random) => quoted(`update-${random.below(500)}`),
    },
    {
      names: ['inputId', 'input_id'],
      chance: 0.2,
      value: (random) => quoted(`input-${random.below(500)}`),
    },
    { names: ['sequence', 'execution'], chance: 0.2, value: (random) => String(random.below(50)) },
    {
      names: ['lockToken', 'lock_token'],
      chance: 0.02,
      value: (random) => quoted(random.pick(LOCK_TOKENS)),
    },
    { names: ['ifMatch', 'if_match'], chance: 0.05, value: (random) => quoted(random.pick(ETAGS)) },
  ];
}

function restoreFields(nearIds: readonly Buffer[]): readonly Field[] {
  return [
    {
      names: ['sessionId', 'session_id'],
      chance: 0.8,
      value: (random) => quoted(someId(random, 's', nearIds)),
    },
    {
      names: ['userId', 'user_id'],
      chance: 0.4,
      value: (random) => quoted(someId(random, 'u', nearIds)),
    },
    { names: ['revision'], chance: 0.2, value: (random) => String(random.below(10)) },
  ];
}

const TTL_FIELD: Field = {
  names: ['ttl'],
  chance: 0.5,
  value: (random) => random.pick(['60', '"3600"', '0', '-1', '1.5', '34560001', '"1h"']),
};

const OTHER_FIELDS: readonly Field[] = [
  TTL_FIELD,
  { names: ['ttlMs', 'ttl_ms'], chance: 0.4, value: (random) => String(100 + random.below(200)) },
  { names: ['waitMs', 'wait_ms'], chance: 0.6, value: (random) => String(random.below(20)) },
  { names: ['token'], chance: 0.3, value: (random) => quoted(random.pick(LOCK_TOKENS)) },
  { names: ['includeRaw', 'include_raw'], chance: 0.2, value: () => 'true' },
  { names: ['pageSize', 'page_size'], chance: 0.2, value: (random) => `${random.below(120)}` },
  { names: ['allSessions'], chance: 0.2, value: () => 'true' },
];

/** An update. */
export function persistBody(random: Random, options: BodyOptions): string {
  return bodyOf(random, persistFields(options.nearIds), options);
}

/** What names a session or a user. */
export function restoreBody(random: Random, options: BodyOptions): string {
  return bodyOf(random, restoreFields(options.nearIds), options);
}

/** What the other methods take, of which each knows but a part. */
export function otherBody(random: Random, options: BodyOptions): string {
  return bodyOf(random, [...restoreFields(options.nearIds), ...OTHER_FIELDS], options);
}

function bodyOf(random: Random, fields: readonly Field[], options: BodyOptions): string {
  const members = fields.flatMap((field) =>
    random.chance(field.chance) ? membersOf(random, field, options) : [],
  );
  if (random.chance(0.02)) members.push(`${quoted(oddText(random))}:${someJson(random)}`);
  return `{${members.join(',')}}`;
}

function membersOf(
  random: Random,
  { names, value }: Field,
  { withAliases }: BodyOptions,
): string[] {
  const member = () =>
    `${quoted(withAliases ? random.pick(names) : names[0])}:${writtenValue(random, value)}`;
  return random.chance(0.01) ? [member(), member()] : [member()];
}

function writtenValue(random: Random, value: Field['value']): string {
  if (random.chance(0.004)) return random.pick(EXCESSES)(random);
  return random.chance(0.02) ? someJson(random) : value(random);
}
