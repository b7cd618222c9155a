// The fields of "Save session", and how the flow builder shows them.

import type { INodeDescriptor } from '@cognigy/extension-tools';
import { answerFields, answerSection } from '../answer';
import { connectionField } from '../connection';
import { timeLimitField } from '../limits';
import { onFailureField } from '../on-failure';

/** The fields of "Save session". */
export const saveFields: NonNullable<INodeDescriptor['fields']> = [
  connectionField,
  {
    key: 'store',
    type: 'select',
    label: 'What to save',
    defaultValue: 'context',
    params: {
      options: [
        { label: 'Context', value: 'context' },
        { label: 'Variables', value: 'variables' },
        { label: 'Context and variables', value: 'both' },
      ],
      required: true,
    },
  },
  {
    key: 'variables',
    type: 'json',
    label: 'Variables',
    description: 'An object. Without one, the contact profile is saved.',
    condition: { key: 'store', value: ['variables', 'both'] },
  },
  {
    key: 'contextKeys',
    type: 'textArray',
    label: 'Only these keys of the context',
    description: 'Without any, all of it is saved.',
    condition: { key: 'store', value: ['context', 'both'] },
  },
  {
    key: 'replace',
    type: 'toggle',
    label: 'Remove what is not saved now',
    description:
      'What is saved replaces what was saved before. Off: keys that are not sent stay as they ' +
      'are. The service needs WRITE_FORMAT=2 for it.',
    defaultValue: false,
  },
  {
    key: 'sessionId',
    type: 'cognigyText',
    label: 'Session',
    defaultValue: '{{input.sessionId}}',
    params: { required: true },
  },
  { key: 'userId', type: 'cognigyText', label: 'User', defaultValue: '{{input.userId}}' },
  { key: 'flowId', type: 'cognigyText', label: 'Flow', defaultValue: '{{input.flowName}}' },
  {
    key: 'updateId',
    type: 'cognigyText',
    label: 'Id of the update',
    description: 'Empty: each execution is an update of its own, and may be repeated.',
  },
  {
    key: 'ttlSeconds',
    type: 'cognigyText',
    label: 'Lives for, in seconds',
    description: 'Empty: as long as the service says (SESSION_TTL, or the definition of the flow).',
  },
  onFailureField('continue'),
  timeLimitField,
  ...answerFields('savedSession'),
];

/** How they are shown: what is rarely touched is in sections that are closed. */
export const saveForm: Required<Pick<INodeDescriptor, 'sections' | 'form'>> = {
  sections: [
    {
      key: 'parts',
      label: 'Parts',
      defaultCollapsed: true,
      fields: ['variables', 'contextKeys', 'replace'],
    },
    {
      key: 'identity',
      label: 'Session, user and flow',
      defaultCollapsed: true,
      fields: ['sessionId', 'userId', 'flowId', 'updateId', 'ttlSeconds'],
    },
    {
      key: 'failure',
      label: 'Failure',
      defaultCollapsed: true,
      fields: ['onFailure', 'timeLimitSeconds'],
    },
    answerSection,
  ],
  form: [
    { type: 'field', key: 'connection' },
    { type: 'field', key: 'store' },
    { type: 'section', key: 'parts' },
    { type: 'section', key: 'identity' },
    { type: 'section', key: 'failure' },
    { type: 'section', key: 'answer' },
  ],
};
