// A webhook body as an update. Both tutorials' contracts, on either route: every field may come
// under either name, unknown fields are ignored.

import type { PersistCommand } from '../../service/session-service.ts';
import { checkCount } from '../../session/count-limit.ts';
import { invalid, Refusal } from '../../session/errors.ts';
import { type KeyValue, keyValuesFrom } from '../../session/json/value.ts';
import { UPDATE_KEYS_MAX, UPDATE_STEPS_MAX } from '../../session/limits.ts';
import type { PostedStep } from '../../session/posted-steps.ts';
import { type Body, type Field, fieldOf, listFrom, objectFrom, textFrom } from './body-fields.ts';
import { kindOf } from './read-body.ts';

/** The update that a body posts. Refuses (`invalid`) a field that cannot be understood, and
 * (`too_large`) one with more keys, steps or values than an update may have. */
export function postedUpdateFrom(body: Body): Omit<PersistCommand, 'receipt'> {
  return {
    sessionId: textFrom(fieldOf(body, ['sessionId', 'session_id'])),
    userId: textFrom(fieldOf(body, ['userId', 'user_id'])),
    flowId: textFrom(fieldOf(body, ['flowId', 'flow_id', 'flowName'])),
    variables: entriesFrom(fieldOf(body, ['variables'])),
    context: entriesFrom(fieldOf(body, ['context'])),
    removedVariables: textsFrom(fieldOf(body, ['removedVariables', 'removed_variables'])),
    removedContext: textsFrom(fieldOf(body, ['removedContext', 'removed_context'])),
    history: historyFrom(fieldOf(body, ['history'])),
    timestamp: timestampFrom(fieldOf(body, ['timestamp'])),
    updateId: textFrom(fieldOf(body, ['updateId', 'update_id'])),
    inputId: textFrom(fieldOf(body, ['inputId', 'input_id'])),
    sequence: sequenceFrom(fieldOf(body, ['sequence', 'execution'])),
    lockToken: textFrom(fieldOf(body, ['lockToken', 'lock_token'])),
    ifMatch: textFrom(fieldOf(body, ['ifMatch', 'if_match'])),
  };
}

/** What was sent, be it empty; undefined if nothing was: then no definition judges it. */
function entriesFrom(field: Field): KeyValue[] | undefined {
  const object = objectFrom(field);
  return object && keyValuesFrom(object, field.pointer);
}

function textsFrom(field: Field): string[] {
  const keys = listFrom(field);
  checkCount(keys.length, { max: UPDATE_KEYS_MAX, parts: 'keys', pointer: field.pointer });
  return keys.map((key, index) => {
    if (typeof key === 'string') return key;
    throw invalid(`${field.pointer}/${index}`, `a removed key must be a text, not ${kindOf(key)}`);
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
  try {
    return {
      nodeId: textFrom(fieldOf(step as Body, ['nodeId', 'node_id'])),
      timestamp: timestampFrom(fieldOf(step as Body, ['timestamp'])),
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
