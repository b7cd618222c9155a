// The values of a part of a session, a row for each key. Rows whose value is the same stay when the
// session changes, with what the reader has opened, and where the focus is.

import { button, element, fill } from './element.ts';
import type { JsonValue } from './messages.ts';
import { valueView } from './value-view.ts';

export type ValueTable = {
  element: HTMLElement;
  /** Shows these values; `marks` says whether rows that changed are highlighted. */
  show(values: { [key: string]: JsonValue }, options: { marks: boolean }): void;
  /** Shows only the keys that contain a text. */
  filter(text: string): void;
};

/** Creates the table of a part. `explain` is called with a key. */
export function createValueTable(title: string, explain: (key: string) => void): ValueTable {
  let rows = new Map<string, { json: string; row: HTMLTableRowElement }>();
  let filtered = '';
  const body = element('tbody');
  const count = element('span', { class: 'count' });
  const empty = element('p', { class: 'muted' });
  const table = element(
    'table',
    { class: 'values' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'Key'),
        element('th', { scope: 'col' }, 'Value'),
        element('th', { scope: 'col' }, element('span', { class: 'hidden' }, 'Why')),
      ),
    ),
    body,
  );

  function createRow(key: string, value: JsonValue): HTMLTableRowElement {
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('code', {}, key)),
      element('td', {}, valueView(value, key)),
      element(
        'td',
        { class: 'end' },
        button('Why?', {
          class: 'small',
          'aria-label': `Why is ${key} so?`,
          click: () => explain(key),
        }),
      ),
    );
  }

  function applyFilter() {
    let shown = 0;
    for (const [key, { row }] of rows) {
      row.hidden = !key.toLowerCase().includes(filtered);
      if (!row.hidden) shown += 1;
    }
    table.hidden = shown === 0;
    empty.hidden = shown > 0;
    count.textContent = String(rows.size);
    empty.textContent = rows.size === 0 ? 'None.' : 'No key contains that text.';
  }

  return {
    element: element('section', {}, element('h3', {}, `${title} `, count), table, empty),
    show(values, { marks }) {
      const before = rows;
      rows = new Map(
        Object.entries(values)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([key, value]) => {
            const json = JSON.stringify(value);
            const known = before.get(key);
            if (known?.json === json) {
              known.row.classList.remove('changed');
              return [key, known];
            }
            const row = createRow(key, value);
            row.classList.toggle('changed', marks);
            return [key, { json, row }];
          }),
      );
      const focused = [...before].find(([, { row }]) => row.contains(document.activeElement));
      fill(body, ...[...rows.values()].map(({ row }) => row));
      if (focused) rows.get(focused[0])?.row.querySelector('button')?.focus();
      applyFilter();
    },
    filter(text) {
      filtered = text.toLowerCase();
      applyFilter();
    },
  };
}
