import { element } from './element.ts';
import { badge } from './fact-list.ts';
import { countText, enumText, relativeText } from './format.ts';
import type { Summary } from './messages.ts';

/** A list of sessions; `open` is called with the id of the one that the reader chooses. */
export function sessionList(
  sessions: readonly Summary[],
  open: (sessionId: string) => void,
): HTMLElement {
  function choose(sessionId: string, event: Event) {
    const chosen = event.currentTarget as HTMLElement;
    for (const each of chosen.closest('ul')?.querySelectorAll('button') ?? [])
      each.setAttribute('aria-current', String(each === chosen));
    open(sessionId);
  }

  if (sessions.length === 0) return element('p', { class: 'muted' }, 'No live sessions.');
  return element(
    'ul',
    { class: 'sessions' },
    ...sessions.map(({ sessionId = '', lastEvent = '', revision = 0, outcome }) => {
      const isIntact = outcome === 'OUTCOME_INTACT';
      return element(
        'li',
        {},
        element(
          'button',
          { type: 'button', click: (event) => choose(sessionId, event) },
          element('code', {}, sessionId),
          element(
            'span',
            { class: 'muted' },
            `${relativeText(lastEvent)}, ${countText(revision, 'update')}`,
          ),
          !isIntact && badge(enumText(outcome, 'OUTCOME_'), 'bad'),
        ),
      );
    }),
  );
}
