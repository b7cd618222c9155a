// What happened to a session, newest first: each update with what it changed, from which value to
// which.

import { button, element, fill } from './element.ts';
import { badge, code, timeView } from './fact-list.ts';
import { failureView } from './failure-view.ts';
import { countText, enumText } from './format.ts';
import type { Calls, Change, Entry } from './messages.ts';
import { call } from './rpc.ts';
import { shownValueView } from './shown-value-view.ts';

export type Timeline = {
  element: HTMLElement;
  /** Reads the newest entries. */
  load(): Promise<void>;
};

/** What a reader can do from an entry. */
export type TimelineActions = {
  explain(pointer: string, revision: number): void;
  showRevision(revision: number): void;
};

/** Creates the timeline of a session. */
export function createTimeline(sessionId: string, actions: TimelineActions): Timeline {
  const list = element('ol', { class: 'timeline' });
  const end = element('div');
  const view = element('div', {}, list, end);
  let loading = new AbortController();

  async function load(pageToken: string): Promise<void> {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    view.setAttribute('aria-busy', 'true');
    try {
      const request = { sessionId, newestFirst: true, pageToken };
      const page = await call('Timeline', request, signal);
      const entries = (page.entries ?? []).map((entry) => entryView(entry, actions));
      if (pageToken === '') fill(list, ...entries);
      else list.append(...entries);
      fill(end, ...endOf(page));
    } catch (error) {
      if (signal.aborted) return;
      fill(end, failureView(error));
    }
    view.removeAttribute('aria-busy');
  }

  function endOf({ nextPageToken, mergedUpToRevision = 0 }: Calls['Timeline']['answer']) {
    if (nextPageToken) return [button('Older', { click: () => load(nextPageToken) })];
    const merged = `Updates up to revision ${mergedUpToRevision} are merged into a snapshot.`;
    return [mergedUpToRevision > 0 && element('p', { class: 'muted' }, merged)];
  }

  return { element: view, load: () => load('') };
}

function entryView(entry: Entry, actions: TimelineActions): HTMLElement {
  const { revision = 0, flowId, changes = [], addedSteps = [], moreChanges = 0 } = entry;
  const kind = enumText(entry.kind, 'TIMELINE_KIND_');
  const isIntact = entry.verdict === 'FRAME_VERDICT_SOUND';
  return element(
    'li',
    {},
    element(
      'div',
      { class: 'entry' },
      revision > 0
        ? button(`Revision ${revision}`, {
            class: 'small',
            'aria-label': `Show the state at revision ${revision}`,
            click: () => actions.showRevision(revision),
          })
        : badge('no revision', 'plain'),
      flowId ? element('strong', {}, flowId) : undefined,
      kind === 'delta' ? undefined : badge(kind, 'plain'),
      !isIntact && badge(enumText(entry.verdict, 'FRAME_VERDICT_'), 'bad'),
      entry.isQuarantined && badge('in quarantine', 'bad'),
      entry.isSpooled && badge('in the spool', 'warn'),
      entry.isImported && badge('imported', 'plain'),
      entry.keyId ? badge(`encrypted with ${entry.keyId}`, 'plain') : undefined,
      timeView(entry.stamp?.event),
    ),
    changes.length === 0
      ? element('p', { class: 'muted' }, entry.summary)
      : element('table', { class: 'changes' }, changesHead(), changesBody(entry, actions)),
    moreChanges > 0 &&
      element('p', { class: 'muted' }, `and ${countText(moreChanges, 'other change')}`),
    addedSteps.length > 0 &&
      element(
        'p',
        {},
        element('span', { class: 'muted' }, 'visits '),
        code(addedSteps.map(({ nodeId }) => nodeId).join(', ')),
      ),
  );
}

function changesHead(): HTMLElement {
  const names = ['Value', 'Before', 'After', 'Why'];
  const cells = names.map((name) =>
    element('th', { scope: 'col' }, element('span', { class: 'hidden' }, name)),
  );
  return element('thead', {}, element('tr', {}, ...cells));
}

function changesBody({ changes = [], revision = 0 }: Entry, actions: TimelineActions) {
  return element(
    'tbody',
    {},
    ...changes.map((change) => {
      const { pointer = '' } = change;
      return element(
        'tr',
        {},
        element('th', { scope: 'row' }, code(pointer)),
        element('td', {}, shownValueView(change.before, `${pointer} before`, 'not set')),
        element('td', {}, afterView(change)),
        element(
          'td',
          { class: 'end' },
          button('Why?', {
            class: 'small',
            'aria-label': `Why is ${pointer} so at revision ${revision}?`,
            click: () => actions.explain(pointer, revision),
          }),
        ),
      );
    }),
  );
}

function afterView({ pointer = '', kind, after, posted }: Change): HTMLElement {
  if (kind === 'CHANGE_KIND_OVERRULED')
    return element(
      'div',
      {},
      badge('overruled', 'warn'),
      element('span', { class: 'muted' }, ' it set '),
      shownValueView(posted, `${pointer} as sent`, 'nothing: it removed the key'),
    );
  return element(
    'div',
    {},
    element('span', { class: 'arrow', 'aria-hidden': 'true' }, '→ '),
    kind === 'CHANGE_KIND_REMOVED'
      ? badge('removed', 'plain')
      : shownValueView(after, `${pointer} after`, 'not set'),
  );
}
