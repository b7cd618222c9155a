// Moves through the revisions of a session that can still be read.

import { button, element } from './element.ts';

export type RevisionBar = {
  element: HTMLElement;
  show(revisions: { oldest: number; latest: number; shown: number }): void;
};

/** Creates the bar; `choose` is called with a revision, 0 for the latest. */
export function createRevisionBar(choose: (revision: number) => void): RevisionBar {
  let bounds = { oldest: 1, latest: 1, shown: 1 };
  const go = (revision: number) =>
    choose(revision >= bounds.latest ? 0 : Math.max(revision, bounds.oldest));
  const input = element('input', {
    id: 'revision',
    type: 'number',
    inputmode: 'numeric',
    change: () => go(Number(input.value)),
  });
  const slider = element('input', {
    type: 'range',
    'aria-label': 'Revision',
    input: () => {
      input.value = slider.value;
    },
    change: () => go(Number(slider.value)),
  });
  const of = element('span', { class: 'muted' });
  const earlier = button('◀', {
    'aria-label': 'Earlier revision',
    click: () => go(bounds.shown - 1),
  });
  const later = button('▶', { 'aria-label': 'Later revision', click: () => go(bounds.shown + 1) });
  const latest = button('Latest', { click: () => choose(0) });
  return {
    element: element(
      'div',
      { class: 'revisions', role: 'group', 'aria-label': 'Revisions' },
      element('label', { for: input.id }, 'Revision'),
      input,
      of,
      earlier,
      slider,
      later,
      latest,
    ),
    show(revisions) {
      bounds = revisions;
      const { oldest, shown } = revisions;
      for (const each of [input, slider]) {
        each.min = String(oldest);
        each.max = String(revisions.latest);
        // Not what the reader is entering.
        if (each !== document.activeElement || each === slider) each.value = String(shown);
      }
      of.textContent =
        oldest > 1 ? `of ${revisions.latest}; the oldest is ${oldest}` : `of ${revisions.latest}`;
      // Not `disabled`: the focus would be lost.
      earlier.setAttribute('aria-disabled', String(shown <= oldest));
      later.setAttribute('aria-disabled', String(shown >= revisions.latest));
      latest.setAttribute('aria-disabled', String(shown >= revisions.latest));
    },
  };
}
