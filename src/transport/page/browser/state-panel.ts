// The values of a session at one revision, and the nodes that it visited.

import { button, element, fill } from './element.ts';
import { timeText } from './format.ts';
import type { Inspection, JsonValue } from './messages.ts';
import { createValueTable } from './value-table.ts';
import { pointerOf } from './why-dialog.ts';

type State = NonNullable<Inspection['state']>;

export type StatePanel = {
  element: HTMLElement;
  /** `marks`: highlights the values that are different from those shown before. */
  show(state: State, options: { marks: boolean }): void;
};

/** Creates the panel; `explain` is called with the JSON pointer of a value. */
export function createStatePanel(explain: (pointer: string) => void): StatePanel {
  const tables = {
    variables: createValueTable('Variables', (key) => explain(pointerOf('variables', key))),
    context: createValueTable('Context', (key) => explain(pointerOf('context', key))),
    belonging: createValueTable('User and flow', (key) => explain(`/${key}`)),
  };
  const history = element('section');
  let shownHistory = '';
  const input = element('input', {
    id: 'filter',
    type: 'search',
    input: () => {
      for (const table of Object.values(tables)) table.filter(input.value);
    },
  });
  return {
    element: element(
      'div',
      {},
      element('p', { class: 'field' }, element('label', { for: input.id }, 'Filter keys'), input),
      tables.variables.element,
      tables.context.element,
      tables.belonging.element,
      history,
    ),
    show(state, options) {
      tables.variables.show(valuesOf(state.variables), options);
      tables.context.show(valuesOf(state.context), options);
      const { userId, flowId } = state;
      tables.belonging.show({ ...(userId && { userId }), ...(flowId && { flowId }) }, options);
      const steps = state.history ?? [];
      // What is the same stays, with the focus.
      if (JSON.stringify(steps) === shownHistory) return;
      shownHistory = JSON.stringify(steps);
      fill(history, historyView(steps, explain));
    },
  };
}

function valuesOf(struct: object | undefined): { [key: string]: JsonValue } {
  return { ...struct } as { [key: string]: JsonValue };
}

function historyView(
  steps: NonNullable<State['history']>,
  explain: (pointer: string) => void,
): HTMLElement {
  return element(
    'div',
    {},
    element('h3', {}, 'Visited nodes ', element('span', { class: 'count' }, String(steps.length))),
    steps.length === 0
      ? element('p', { class: 'muted' }, 'None.')
      : element(
          'ol',
          { class: 'steps' },
          ...steps.map(({ nodeId = '', timestamp = '' }) =>
            element(
              'li',
              {},
              element('code', {}, nodeId),
              element('span', { class: 'muted' }, ` ${timeText(timestamp)} `),
              button('Why?', {
                class: 'small',
                'aria-label': `Why is ${nodeId} here?`,
                click: () => explain(pointerOf('history', nodeId, timestamp)),
              }),
            ),
          ),
        ),
  );
}
