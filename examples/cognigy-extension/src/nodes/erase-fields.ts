// The fields of "Erase session", and how the flow builder shows them.

import type { INodeDescriptor } from '@cognigy/extension-tools';
import { answerFields, answerSection } from '../answer';
import { connectionField } from '../connection';
import { timeLimitField } from '../limits';
import { onFailureField } from '../on-failure';

/** The fields of "Erase session". */
export const eraseFields: NonNullable<INodeDescriptor['fields']> = [
  connectionField,
  {
    key: 'erase',
    type: 'select',
    label: 'What to erase',
    defaultValue: 'session',
    params: {
      options: [
        { label: 'This session', value: 'session' },
        { label: 'All sessions of the user', value: 'user' },
      ],
      required: true,
    },
  },
  {
    key: 'sessionId',
    type: 'cognigyText',
    label: 'Session',
    defaultValue: '{{input.sessionId}}',
    condition: { key: 'erase', value: 'session' },
  },
  {
    key: 'userId',
    type: 'cognigyText',
    label: 'User',
    defaultValue: '{{input.userId}}',
    condition: { key: 'erase', value: 'user' },
  },
  // A flow that continues says "your data is erased" to its user.
  onFailureField('stop'),
  timeLimitField,
  ...answerFields('erasedSession'),
];

/** How they are shown: what is rarely touched is in sections that are closed. */
export const eraseForm: Required<Pick<INodeDescriptor, 'sections' | 'form'>> = {
  sections: [
    {
      key: 'identity',
      label: 'Session and user',
      defaultCollapsed: true,
      fields: ['sessionId', 'userId'],
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
    { type: 'field', key: 'erase' },
    { type: 'section', key: 'identity' },
    { type: 'section', key: 'failure' },
    { type: 'section', key: 'answer' },
  ],
};
