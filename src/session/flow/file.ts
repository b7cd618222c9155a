// A flow definition in its file, one JSON object:
//
//   flowId              where the flow's name is not the file's
//   description         for people
//   variables, context  JSON Schema 2020-12 of what an update posts of each
//   coerce              true: "42.5" becomes 42.5 where a number is expected
//   ttl                 as SESSION_TTL
//   fallback            variables and context to answer where nothing can be read
//   historyMaxEntries   as HISTORY_MAX_ENTRIES
//
// All members are optional. Unknown members are refused, since a misspelt one would have no effect
// without anybody noticing.

import { durationMsFrom } from '../duration.ts';
import { Refusal } from '../errors.ts';
import { type KeyValue, keyValuesFrom } from '../json/value.ts';
import { ID_MAX_LENGTH, SESSION_TTL_MAX_MS, SESSION_TTL_MIN_MS } from '../limits.ts';
import type { FlowDefinition, FlowState } from './definition.ts';
import { type FlowFile, flowFileFrom } from './file-form.ts';
import { loopProblems } from './reference-loop.ts';
import { compilePartSchema } from './schema.ts';
import { type FlowProblem, schemaProblemFrom } from './schema-problem.ts';
import { createTimeLimit, type TimeLimitOptions } from './time-limit.ts';
import { brokenIn, type PartValidators, validateParts } from './validate.ts';

/** A file that was read: its definition, with what makes it slow on some updates; or what is
 * wrong with it. `flowId` is undefined if the flow's name could not be read either. */
export type ParsedFlowFile =
  | {
      flowId: string;
      definition: FlowDefinition;
      file: FlowFile;
      slow: FlowProblem[];
      problems?: undefined;
    }
  | { flowId: string | undefined; definition?: undefined; problems: FlowProblem[] };

/** Most problems of one file that are reported. */
const PROBLEMS_MAX = 20;

const PARTS = ['variables', 'context'] as const;

/** Validating an update may take 100 ms of CPU: a thousand times what most updates take, and short
 * enough for the requests that wait meanwhile. If a definition exceeds the limit again and again,
 * so that it takes more than a twentieth of all time, its updates get 5 ms each. */
const VALIDATION_LIMIT: TimeLimitOptions = { maxMs: 100, leastMs: 5, share: 0.05 };

/** Reads a definition. `name` is the flow's, unless the file has another. */
export function parseFlowFile(text: string, name: string): ParsedFlowFile {
  const problems: FlowProblem[] = [];
  const json = jsonFrom(text, problems);
  const flowId = problems.length > 0 ? undefined : flowIdIn(json, name);
  const form = problems.length > 0 ? { problems } : flowFileFrom(json);
  if (!form.file || flowId === undefined) return refused(flowId, form.problems ?? []);

  const { file } = form;
  const ttlMs = ttlMsFrom(file.ttl, problems);
  const slow: FlowProblem[] = [];
  const validators = validatorsFrom(file, { problems, slow });
  const fallback = fallbackFrom(file, validators, problems);
  if (problems.length > 0) return refused(flowId, problems);
  const { historyMaxEntries } = file;
  const validate: FlowDefinition['validate'] = (posted) =>
    validateParts(posted, validators, flowId);
  const definition = { flowId, ttlMs, historyMaxEntries, fallback, validate };
  return { flowId, definition, file, slow };
}

function refused(flowId: string | undefined, problems: FlowProblem[]): ParsedFlowFile {
  return { flowId, problems: problems.slice(0, PROBLEMS_MAX) };
}

function jsonFrom(text: string, problems: FlowProblem[]): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    problems.push({ pointer: '', message: `it is not JSON: ${(error as Error).message}` });
    return undefined;
  }
}

/** The flow that a file is for, also where the file has other mistakes: its problems are then
 * reported for the right flow. */
function flowIdIn(json: unknown, name: string): string | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'flowId')) return name;
  const { flowId } = json as { flowId: unknown };
  return typeof flowId === 'string' && flowId !== '' && flowId.length <= ID_MAX_LENGTH
    ? flowId
    : undefined;
}

function ttlMsFrom(ttl: FlowFile['ttl'], problems: FlowProblem[]): number | undefined {
  if (ttl === undefined) return undefined;
  const ttlMs = durationMsFrom(String(ttl));
  if (ttlMs !== undefined && ttlMs >= SESSION_TTL_MIN_MS && ttlMs <= SESSION_TTL_MAX_MS)
    return ttlMs;
  const message =
    'it must be a duration such as 24h, 90m, PT24H, P7D or 3600 (seconds), ' +
    'from 1 second to 400 days';
  problems.push({ pointer: '/ttl', message });
  return undefined;
}

function validatorsFrom(
  file: FlowFile,
  { problems, slow }: { problems: FlowProblem[]; slow: FlowProblem[] },
): PartValidators {
  const validators: PartValidators = {};
  const timeLimit = createTimeLimit(VALIDATION_LIMIT);
  for (const part of PARTS) {
    const schema = file[part];
    if (schema === undefined) continue;
    const root = `/${part}`;
    const loops = loopProblems(schema, root);
    problems.push(...loops);
    if (loops.length > 0) continue;
    try {
      const compiled = compilePartSchema(schema, { root, coerce: file.coerce ?? false, timeLimit });
      validators[part] = compiled.validate;
      slow.push(...compiled.slow);
    } catch (error) {
      problems.push(schemaProblemFrom(error as Error, schema, root));
    }
  }
  return validators;
}

/** A part that the fallback does not have is empty, and is not validated, like a part that was not
 * posted. */
function fallbackFrom(
  file: FlowFile,
  validators: PartValidators,
  problems: FlowProblem[],
): FlowState | undefined {
  if (file.fallback === undefined) return undefined;
  const entriesOf = (part: (typeof PARTS)[number]) =>
    entriesFrom(file.fallback?.[part], part, problems);
  const posted = { variables: entriesOf('variables'), context: entriesOf('context') };
  const { variables = [], context = [], broken } = brokenIn(posted, validators);
  for (const { pointer, rule } of broken)
    problems.push({ pointer: `/fallback${pointer}`, message: `it ${rule}` });
  return { variables, context };
}

function entriesFrom(
  object: Record<string, unknown> | undefined,
  part: string,
  problems: FlowProblem[],
): KeyValue[] | undefined {
  if (object === undefined) return undefined;
  try {
    return keyValuesFrom(object, `/fallback/${part}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.push(...error.violations);
    return undefined;
  }
}
