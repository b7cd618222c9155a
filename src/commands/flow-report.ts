// The output of the command check-flows, in lines. It shows names and places of a body, never a
// value.

import type { LibraryFile } from '../flows/flow-library.ts';
import { problemText } from '../flows/problem-text.ts';
import type { Refusal } from '../session/errors.ts';
import type { PostedParts, ValidatedParts } from '../session/flow/definition.ts';
import { VIOLATIONS_MAX } from '../session/flow/violation.ts';
import type { KeyValue } from '../session/json/value.ts';

type Property = { type?: string | string[]; $ref?: string };
type PartSchema = {
  properties?: Record<string, Property | boolean>;
  required?: string[];
  additionalProperties?: unknown;
};

/** A file with its contents, or what is wrong with it. */
export function definitionText({ name, flowId, file, problems, slow }: LibraryFile): string[] {
  const head = `${name}: flow ${JSON.stringify(flowId)}`;
  if (!file) return [`${head} cannot be used`, ...indented(problems.map(problemText))];
  const { description, variables, context, coerce, ttl, fallback, historyMaxEntries } = file;
  return [
    flowId === 'default' ? `${head}, and every flow without a definition of its own` : head,
    ...indented([
      ...(description === undefined ? [] : [description]),
      `variables: ${variables ? schemaText(variables) : 'not validated'}`,
      `context: ${context ? schemaText(context) : 'not validated'}`,
      ...(coerce === undefined ? [] : [`coerce: ${coerce}`]),
      ...(ttl === undefined ? [] : [`ttl: ${ttl}`]),
      ...(historyMaxEntries === undefined ? [] : [`historyMaxEntries: ${historyMaxEntries}`]),
      ...(fallback === undefined
        ? []
        : [
            `fallback: variables ${namesText(Object.keys(fallback.variables ?? {}))}; ` +
              `context ${namesText(Object.keys(fallback.context ?? {}))}`,
          ]),
      ...slow.map((problem) => `warning: ${problemText(problem)}`),
    ]),
  ];
}

/** Whether a body is accepted, and why. `file` is the definition that applies to it, if any. */
export function verdictText(verdict: {
  name: string;
  posted: PostedParts & { flowId: string };
  file: LibraryFile | undefined;
  validated: ValidatedParts | undefined;
}): string[] {
  const { name, posted, file, validated } = verdict;
  const flow = posted.flowId === '' ? 'without a flow' : `flow ${JSON.stringify(posted.flowId)}`;
  if (!file || !validated) return [`${name}: ${flow}, no definition applies: accepted`];
  const head = `${name}: ${flow}, validated by ${file.name}`;
  const { violations } = validated;
  if (file.problems.length > 0)
    return [`${head}, which cannot be used: everything is accepted until it can`];
  if (violations.length > 0) {
    const lines = violations.map(
      ({ pointer, keyword, message }) => `${pointer} (${keyword}): ${message}`,
    );
    const orMore = violations.length < VIOLATIONS_MAX ? '' : ' or more';
    return [`${head}: refused, ${violations.length} violations${orMore}`, ...indented(lines)];
  }
  const parts = (['variables', 'context'] as const).map(
    (part) => `${part}: ${entriesText(posted[part], validated[part])}`,
  );
  return [`${head}: accepted`, ...indented(parts)];
}

/** Why a body is refused before it is validated by any definition. */
export function refusalText(name: string, { message, violations }: Refusal): string[] {
  const lines = violations
    .map((violation) => violation.pointer)
    .filter((pointer) => pointer !== '');
  return [`${name}: refused: ${message}`, ...indented(lines)];
}

function schemaText(schema: PartSchema): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const names = [...new Set([...Object.keys(properties), ...required])];
  const texts = names.map((name) => {
    const facts = [typeText(properties[name]), ...(required.includes(name) ? ['required'] : [])];
    return `${name} (${facts.join(', ')})`;
  });
  const others = additionalProperties === false ? ['no others'] : [];
  return [...texts, ...others].join(', ') || 'a schema without properties';
}

function typeText(property: Property | boolean | undefined): string {
  if (typeof property !== 'object') return 'any';
  return [property.type ?? property.$ref ?? 'any'].flat().join(' or ');
}

function entriesText(posted: KeyValue[] | undefined, validated: KeyValue[] | undefined): string {
  if (!posted || !validated) return 'not posted, not validated';
  return namesText(
    validated.map(({ key, json }, place) =>
      json === posted[place]?.json ? key : `${key} (coerced)`,
    ),
  );
}

function namesText(names: readonly string[]): string {
  return names.join(', ') || 'none';
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
