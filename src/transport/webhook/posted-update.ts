// A webhook body as an update. Both tutorials' contracts: every field may come under any of its
// names, unknown fields are ignored.

import type { PersistCommand } from '../../service/session-service.ts';
import { checkCount } from '../../session/count-limit.ts';
import { invalid, Refusal } from '../../session/errors.ts';
import { type KeyValue, keyValuesFrom } from '../../session/json/value.ts';
import { UPDATE_KEYS_MAX, UPDATE_STEPS_MAX } from '../../session/limits.ts';
import type { PostedStep } from '../../session/posted-steps.ts';
import { type Field, fieldOf, listFrom, numberFrom, objectFrom, textFrom } from './body-fields.ts';
import { BODY_FIELDS, STEP_FIELDS } from './fields.ts';
import { type Body, kindOf, NO_BODY } from './read-body.ts';

/** The update that a body posts. Refuses (`invalid`) a field that cannot be understood, and
 * (`too_large`) one with more keys, steps or values than an update may have. */
export function postedUpdateFrom(body: Body): Omit<PersistCommand, 'receipt'> {
  const field = (name: keyof typeof BODY_FIELDS) => fieldOf(body, BODY_FIELDS[name]);
  return {
    sessionId: textFrom(field('sessionId')),
    userId: textFrom(field('userId')),
    flowId: textFrom(field('flowId')),
    variables: entriesFrom(field('variables')),
    context: entriesFrom(field('context')),
    removedVariables: textsFrom(field('removedVariables'), 'a removed key'),
    removedContext: textsFrom(field('removedContext'), 'a removed key'),
    replace: textsFrom(field('replace'), 'a part to replace'),
    history: historyFrom(field('history')),
    timestamp: timestampFrom(field('timestamp')),
    updateId: textFrom(field('updateId')),
    inputId: textFrom(field('inputId')),
    sequence: sequenceFrom(field('sequence')),
    lockToken: textFrom(field('lockToken')),
    ifMatch: textFrom(field('ifMatch')),
    ttlSeconds: numberFrom(field('ttl')),
    ttlMode: textFrom(field('ttlMode')),
  };
}

/** What was sent, be it empty; undefined if nothing was: then no definition validates it. */
function entriesFrom(field: Field): KeyValue[] | undefined {
  const object = objectFrom(field);
  return object && keyValuesFrom(object, field.pointer);
}

/** `what`: one of them, as messages name it. */
function textsFrom(field: Field, what: string): string[] {
  const keys = listFrom(field);
  checkCount(keys.length, { max: UPDATE_KEYS_MAX, parts: 'keys', pointer: field.pointer });
  return keys.map((key, index) => {
    if (typeof key === 'string') return key;
    throw invalid(`${field.pointer}/${index}`, `${what} must be a text, not ${kindOf(key)}`);
  });
}

function historyFrom(field: Field): PostedStep[] {
  const steps = listFrom(field);
  checkCount(steps.length, { max: UPDATE_STEPS_MAX, parts: 'steps', pointer: field.pointer });
  return steps.map(stepFrom);
}

function stepFrom(step: unknown): PostedStep {
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    return { unusable: `a step must be an object {nodeId, timestamp}, not ${kindOf(step)}` };
  }
  // Within a value the last of two members of one name counts.
  const body: Body = { ...NO_BODY, values: step as Record<string, unknown> };
  try {
    return {
      nodeId: textFrom(fieldOf(body, STEP_FIELDS.nodeId)),
      timestamp: timestampFrom(fieldOf(body, STEP_FIELDS.timestamp)),
    };
  } catch (error) {
    if (error instanceof Refusal) return { unusable: error.message };
    throw error;
  }
}

/** A timestamp's text. Cognigy's `input.currentTime` is an object that carries it as `ISODate`. */
function timestampFrom({ pointer, value }: Field): string {
  const isStructure = typeof value === 'object' && value !== null && 'ISODate' in value;
  return textFrom({ pointer, value: isStructure ? value.ISODate : value });
}

function sequenceFrom(field: Field): bigint {
  const text = textFrom(field);
  if (text === '') return 0n;
  if (/^\d{1,16}$/.test(text)) return BigInt(text);
  throw invalid(field.pointer, `${field.pointer.slice(1)} must be a whole number from 0 on`);
}
