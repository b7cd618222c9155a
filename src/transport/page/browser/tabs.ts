// Tabs as the WAI-ARIA practices describe them: one of them is in the order of Tab, arrow keys move
// between them.

import { element } from './element.ts';

type Tab = { label: string; panel: HTMLElement };

/** Creates tabs; `selected` is called with the index of a tab when it is shown. */
export function createTabs(
  label: string,
  tabs: readonly Tab[],
  selected: (index: number) => void,
): HTMLElement {
  const buttons = tabs.map(({ label, panel }, index) => {
    panel.id = `panel-${label.toLowerCase()}`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', `tab-${label.toLowerCase()}`);
    panel.tabIndex = 0;
    return element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${label.toLowerCase()}`,
        'aria-controls': panel.id,
        click: () => select(index),
        keydown: (event) => moveFrom(index, event as KeyboardEvent),
      },
      label,
    );
  });

  function select(index: number) {
    for (const [place, each] of buttons.entries()) {
      each.setAttribute('aria-selected', String(place === index));
      each.tabIndex = place === index ? 0 : -1;
    }
    for (const [place, { panel }] of tabs.entries()) panel.hidden = place !== index;
    selected(index);
  }

  function moveFrom(index: number, event: KeyboardEvent) {
    const last = buttons.length - 1;
    const next: Record<string, number> = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    };
    const target = next[event.key];
    if (target === undefined) return;
    event.preventDefault();
    select(target);
    buttons[target]?.focus();
  }

  select(0);
  return element('div', { role: 'tablist', 'aria-label': label }, ...buttons);
}
