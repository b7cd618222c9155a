// What a node does if the service did not do what it was asked for: the flow continues, or stops.

import type { INodeDescriptor } from '@cognigy/extension-tools';
import { type AnswerConfig, storeAnswer } from './answer';
import { errorOf, type Failure, logTextOf } from './failure';
import type { FlowApi } from './flow-api';

export type OnFailure = 'continue' | 'stop';

/** The field that says it. */
export function onFailureField(
  defaultValue: OnFailure,
): NonNullable<INodeDescriptor['fields']>[number] {
  return {
    key: 'onFailure',
    type: 'select',
    label: 'If it fails',
    description: 'The answer has the error in both cases, and the log too.',
    defaultValue,
    params: {
      options: [
        { label: 'Continue the flow', value: 'continue' },
        { label: 'Stop the flow with the error', value: 'stop' },
      ],
      required: true,
    },
  };
}

/** Logs a failure and stores it in the answer, whose `done` is false; throws if the flow shall
 * stop. */
export function reportFailure(
  api: FlowApi,
  config: AnswerConfig & { onFailure: OnFailure },
  { node, done, failure }: { node: string; done: string; failure: Failure },
): void {
  const unknown = failure.outcomeUnknown ? `, ${done} or not` : `, not ${done}`;
  const text = `${node}${unknown}: ${logTextOf(failure)}`;
  api.log('error', text);
  storeAnswer(api, config, { [done]: false, error: errorOf(failure) });
  if (config.onFailure === 'stop') throw new Error(text);
}
