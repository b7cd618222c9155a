// One session: what is known of it, its values at a revision, its frames; live, if the reader follows
// it.

import { announce } from './announce.ts';
import { copyLine } from './copy-line.ts';
import { curlLine } from './curl.ts';
import { button, element, fill } from './element.ts';
import { type Erased, openEraseDialog } from './erase-dialog.ts';
import { eventText } from './event-text.ts';
import { failureView } from './failure-view.ts';
import { follow } from './follow.ts';
import { countText } from './format.ts';
import { framesView } from './frames-view.ts';
import type { Inspection, WatchEvent } from './messages.ts';
import { createRevisionBar } from './revision-bar.ts';
import { call, hasToken } from './rpc.ts';
import { sessionBadges, sessionFacts } from './session-facts.ts';
import { createStatePanel } from './state-panel.ts';
import { createTabs } from './tabs.ts';
import { createTimeline } from './timeline-view.ts';
import { openWhyDialog } from './why-dialog.ts';

/** How many events of a followed session are shown. */
const EVENTS_MAX = 30;

export type SessionView = {
  element: HTMLElement;
  /** Stops what is done in the background. */
  close(): void;
};

/** Shows a session, and reads it. `changed` is called when it was erased. */
export function createSessionView(sessionId: string, changed: () => void): SessionView {
  const badges = element('div');
  const facts = element('div');
  const problem = element('div');
  const frames = element('div');
  const events = element('ol', { class: 'events', 'aria-label': 'What happened' });
  const explain = (pointer: string, revision: number) =>
    openWhyDialog(sessionId, pointer, revision === latest.revision ? 0 : revision);
  const state = createStatePanel((pointer) => explain(pointer, shown));
  const timeline = createTimeline(sessionId, {
    explain,
    showRevision: (revision) => load({ revision: revision === latest.revision ? 0 : revision }),
  });
  const revisions = createRevisionBar((revision) => load({ revision }));
  const tabs = [
    { label: 'State', panel: state.element },
    { label: 'Timeline', panel: timeline.element },
    { label: 'Frames', panel: frames },
  ];
  let isTimelineShown = false;
  const followButton = button('Follow live', {
    'aria-pressed': 'false',
    click: () => (stopFollowing ? stop() : start()),
  });
  const body = element(
    'div',
    { hidden: true },
    facts,
    element(
      'p',
      { class: 'buttons' },
      followButton,
      button('Copy buf curl', { click: copy }),
      button('Erase…', { class: 'danger', click: () => openEraseDialog(sessionId, erased) }),
    ),
    events,
    revisions.element,
    createTabs('Parts of the session', tabs, (index) => {
      isTimelineShown = index === 1;
      if (isTimelineShown) timeline.load();
    }),
    ...tabs.map(({ panel }) => panel),
  );
  const heading = element('h2', { tabindex: -1 }, element('code', {}, sessionId));
  const view = element(
    'article',
    { class: 'session' },
    element('div', { class: 'title' }, heading, badges),
    problem,
    body,
  );

  let latest = { revision: 0, etag: '' };
  let shown = 0;
  let stopFollowing: (() => void) | undefined;
  let loading = new AbortController();
  load({ revision: 0 });

  /** Reads the session at a revision, 0 for the latest. `marks`: highlights what is different. */
  async function load({ revision, marks = false }: { revision: number; marks?: boolean }) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    view.setAttribute('aria-busy', 'true');
    try {
      const { session = {} } = await call('Inspect', { sessionId, revision }, signal);
      if (!signal.aborted) show(session, { revision, marks });
    } catch (error) {
      if (!signal.aborted) fail(error);
    } finally {
      if (!signal.aborted) view.removeAttribute('aria-busy');
    }
  }

  function show(session: Inspection, { revision, marks }: { revision: number; marks: boolean }) {
    const { state: values = {}, oldestRevision = 1 } = session;
    shown = values.revision ?? 0;
    if (revision === 0) latest = { revision: shown, etag: values.etag ?? '' };
    fill(problem);
    fill(badges, sessionBadges(session));
    fill(facts, sessionFacts(session));
    fill(frames, framesView(session));
    state.show(values, { marks });
    revisions.show({ oldest: oldestRevision, latest: latest.revision, shown });
    if (marks && isTimelineShown) timeline.load();
    body.hidden = false;
    if (!marks) announce(`Revision ${shown} of ${latest.revision}`);
  }

  function fail(error: unknown) {
    stop();
    announce('');
    fill(problem, failureView(error), button('Try again', { click: () => load({ revision: 0 }) }));
  }

  function start() {
    followButton.setAttribute('aria-pressed', 'true');
    followButton.textContent = 'Following';
    announce('Following the session.');
    stopFollowing = follow(sessionId, latest, {
      event: happened,
      interrupted: ({ message }) => note(`Interrupted: ${message} It continues by itself.`),
      failed: fail,
    });
    if (shown !== latest.revision) load({ revision: 0 });
  }

  function stop() {
    stopFollowing?.();
    stopFollowing = undefined;
    followButton.setAttribute('aria-pressed', 'false');
    followButton.textContent = 'Follow live';
  }

  function happened(event: WatchEvent) {
    const text = eventText(event);
    if (text !== undefined) note(text);
    if (event.erased || event.expired) changed();
    if (!event.heartbeat && text !== undefined) load({ revision: 0, marks: true });
  }

  function note(text: string) {
    const time = new Date().toLocaleTimeString('en-GB');
    events.prepend(element('li', {}, element('span', { class: 'muted' }, `${time} `), text));
    while (events.childElementCount > EVENTS_MAX) events.lastElementChild?.remove();
    announce(text);
  }

  function copy() {
    const from = { origin: location.origin, hasToken: hasToken() };
    const revision = shown === latest.revision ? {} : { revision: shown };
    copyLine(
      isTimelineShown
        ? curlLine(from, 'Timeline', { sessionId, newestFirst: true })
        : curlLine(from, 'Inspect', { sessionId, ...revision }),
    );
  }

  function erased({ found, frames: count = 0, pending = [] }: Erased) {
    stop();
    loading.abort();
    body.hidden = true;
    fill(badges);
    const text = found
      ? `The session was erased: ${countText(count, 'frame')}.`
      : 'There was no live session any more; late updates are dropped.';
    fill(
      problem,
      element('p', { class: 'done' }, text),
      pending.length > 0 &&
        element('p', { class: 'muted' }, 'Updates that are still on their way are dropped.'),
    );
    announce(text);
    heading.focus();
    changed();
  }

  return {
    element: view,
    close() {
      stop();
      loading.abort();
    },
  };
}
