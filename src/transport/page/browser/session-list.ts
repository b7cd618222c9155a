import { element } from './element.ts';
import { badge } from './fact-list.ts';
import { countText, enumText, relativeText } from './format.ts';
import type { Listed } from './messages.ts';

/** A list of sessions; `open` is called with the id of the one that the reader chooses. */
export function sessionList(
  sessions: readonly Listed[],
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
    ...sessions.map((session) => {
      const { sessionId = '', flowId, lastEvent, revision = 0, outcome } = session;
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
            [
              ...(flowId ? [flowId] : []),
              ...(lastEvent ? [relativeText(lastEvent)] : []),
              countText(revision, 'update'),
            ].join(', '),
          ),
          !isIntact && badge(enumText(outcome, 'OUTCOME_'), 'bad'),
          isIntact && session.damaged && badge('damaged', 'bad'),
          session.lockedUntil !== undefined && badge('locked', 'warn'),
        ),
      );
    }),
  );
}
