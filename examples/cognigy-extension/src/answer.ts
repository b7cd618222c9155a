// The answer of a node: an object in the input or in the context of the flow.

import type { INodeDescriptor } from '@cognigy/extension-tools';
import type { FlowApi, JsonObject } from './flow-api';

type Field = NonNullable<INodeDescriptor['fields']>[number];
type Section = NonNullable<INodeDescriptor['sections']>[number];

/** Where a node stores its answer. */
export type AnswerConfig = {
  storeLocation: 'input' | 'context';
  inputKey: string;
  contextKey: string;
};

/** Marks answers, so that a save does not put them into the session that they came from. */
const MARK = { answerOf: 'cognigy-session-sidecar' };

/** The fields that say where the answer is stored. */
export function answerFields(key: string): Field[] {
  return [
    {
      key: 'storeLocation',
      type: 'select',
      label: 'Where to store the answer',
      defaultValue: 'input',
      params: {
        options: [
          { label: 'Input', value: 'input' },
          { label: 'Context', value: 'context' },
        ],
        required: true,
      },
    },
    {
      key: 'inputKey',
      type: 'cognigyText',
      label: 'Input key of the answer',
      defaultValue: key,
      condition: { key: 'storeLocation', value: 'input' },
    },
    {
      key: 'contextKey',
      type: 'cognigyText',
      label: 'Context key of the answer',
      defaultValue: key,
      condition: { key: 'storeLocation', value: 'context' },
    },
  ];
}

/** The section of these fields. */
export const answerSection: Section = {
  key: 'answer',
  label: 'Answer',
  defaultCollapsed: true,
  fields: ['storeLocation', 'inputKey', 'contextKey'],
};

/** An answer as it is stored. */
export function markedAnswer(answer: JsonObject): JsonObject {
  return { ...answer, ...MARK };
}

/** Whether a value of the context is the answer of one of these nodes. */
export function isMarkedAnswer(value: unknown): boolean {
  return Object(value).answerOf === MARK.answerOf;
}

/** Stores an answer, by one call of the flow's API. */
export function storeAnswer(api: FlowApi, config: AnswerConfig, answer: JsonObject): void {
  const marked = markedAnswer(answer);
  if (config.storeLocation === 'context') api.addToContext(config.contextKey, marked, 'simple');
  else api.addToInput(config.inputKey, marked);
}
