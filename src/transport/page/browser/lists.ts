// Lists of sessions: the newest, those that are damaged, those that are locked. All but those of a
// user are found by a scan of the store, so a list reads a bounded part of it, and more on request.

import { announce } from './announce.ts';
import { button, element, fill } from './element.ts';
import { failureView } from './failure-view.ts';
import { countText } from './format.ts';
import type { Calls, Listed } from './messages.ts';
import { call } from './rpc.ts';
import { sessionList } from './session-list.ts';

type Filter = Calls['ListSessions']['request'];

/** How many calls one list makes at most before it asks the reader whether to look further. */
const CALLS_MAX = 5;
const PAGE_SIZE = 200;
/** How many sessions are shown. */
const SHOWN_MAX = 100;

/** Shows the sessions that fit a filter, newest event first, unless the signal is aborted before. */
export async function showList(
  target: Element,
  filter: Filter,
  { open, signal }: { open: (sessionId: string) => void; signal: AbortSignal },
): Promise<void> {
  const found = new Map<string, Listed>();
  let examined = 0;
  let token = '';
  await further();

  async function further(): Promise<void> {
    target.setAttribute('aria-busy', 'true');
    try {
      for (let calls = 0; calls < CALLS_MAX; calls += 1) {
        const request = { ...filter, pageSize: PAGE_SIZE, pageToken: token };
        const page = await call('ListSessions', request, signal);
        for (const session of page.sessions ?? []) found.set(session.sessionId ?? '', session);
        examined += page.examined ?? 0;
        token = page.nextPageToken ?? '';
        if (token === '') break;
      }
      show();
      target.removeAttribute('aria-busy');
    } catch (error) {
      if (signal.aborted) return;
      fill(target, failureView(error), button('Try again', { click: further }));
      target.removeAttribute('aria-busy');
    }
  }

  function show() {
    const newest = [...found.values()]
      .sort((one, other) => ((one.lastEvent ?? '') < (other.lastEvent ?? '') ? 1 : -1))
      .slice(0, SHOWN_MAX);
    const text = `${countText(found.size, 'session')} of ${examined} examined`;
    fill(
      target,
      sessionList(newest, open),
      token !== '' &&
        element(
          'p',
          { class: 'buttons' },
          button('Look further', { click: further }),
          element('span', { class: 'muted' }, `${text}.`),
        ),
    );
    announce(text);
  }
}
