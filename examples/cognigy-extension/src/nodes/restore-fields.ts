// The fields of "Restore session", and how the flow builder shows them.

import type { INodeDescriptor } from '@cognigy/extension-tools';
import { answerFields, answerSection } from '../answer';
import { connectionField } from '../connection';
import { platformFields, timeLimitField } from '../limits';

/** The fields of "Restore session". */
export const restoreFields: NonNullable<INodeDescriptor['fields']> = [
  connectionField,
  {
    key: 'writeContext',
    type: 'select',
    label: 'Write the restored context into the context of the flow',
    defaultValue: 'no',
    params: {
      options: [
        { label: 'No: it is only in the answer', value: 'no' },
        { label: 'Merge: restored keys are set, others stay', value: 'merge' },
        { label: 'Replace: restored keys are set, others are removed', value: 'replace' },
      ],
      required: true,
    },
  },
  {
    key: 'lookUp',
    type: 'select',
    label: 'Look for',
    defaultValue: 'user',
    params: {
      options: [
        { label: "This session, or else the user's latest", value: 'user' },
        { label: 'This session only', value: 'session' },
      ],
      required: true,
    },
  },
  {
    key: 'sessionId',
    type: 'cognigyText',
    label: 'Session',
    defaultValue: '{{input.sessionId}}',
    params: { required: true },
  },
  {
    key: 'userId',
    type: 'cognigyText',
    label: 'User',
    defaultValue: '{{input.userId}}',
    condition: { key: 'lookUp', value: 'user' },
  },
  { key: 'includeHistory', type: 'toggle', label: 'Visited nodes too', defaultValue: false },
  timeLimitField,
  ...platformFields,
  ...answerFields('session'),
];

/** How they are shown: what is rarely touched is in sections that are closed. */
export const restoreForm: Required<Pick<INodeDescriptor, 'sections' | 'form'>> = {
  sections: [
    {
      key: 'identity',
      label: 'Session and user',
      defaultCollapsed: true,
      fields: ['lookUp', 'sessionId', 'userId', 'includeHistory'],
    },
    {
      key: 'limits',
      label: 'Limits',
      defaultCollapsed: true,
      fields: ['timeLimitSeconds', 'apiCalls', 'valueBytes'],
    },
    answerSection,
  ],
  form: [
    { type: 'field', key: 'connection' },
    { type: 'field', key: 'writeContext' },
    { type: 'section', key: 'identity' },
    { type: 'section', key: 'limits' },
    { type: 'section', key: 'answer' },
  ],
};
