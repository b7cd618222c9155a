// Finds sessions: one by its id, those of a user, or lists of them.

import { button, element, fill } from './element.ts';
import { failureView } from './failure-view.ts';
import { showList } from './lists.ts';
import type { Calls } from './messages.ts';
import { call } from './rpc.ts';

const LISTS: readonly [label: string, filter: Calls['ListSessions']['request']][] = [
  ['Newest', {}],
  ['Damaged', { damaged: true }],
  ['Locked', { locked: true }],
];

/** Fills the part of the page that finds sessions; `open` is called with the id of one that the
 * reader chose. Call the function that it returns when a session has changed. */
export function createFinder(target: Element, open: (sessionId: string) => void): () => void {
  const input = element('input', {
    id: 'find-id',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'off',
    placeholder: 'Id of a session',
  });
  const kindChosen = (kind: string) => {
    input.placeholder = `Id of a ${kind}`;
  };
  const bySession = kindOption('session', 'Session', kindChosen);
  const byUser = kindOption('user', 'User', kindChosen);
  bySession.input.checked = true;
  const heading = element('h2');
  const user = element('div');
  const results = element('div');
  const listButtons = LISTS.map(([label], index) => button(label, { click: () => show(index) }));
  let refresh = () => {};
  let listing = new AbortController();

  fill(
    target,
    element(
      'form',
      {
        class: 'find',
        role: 'search',
        submit: (event) => {
          event.preventDefault();
          const id = input.value.trim();
          if (id === '') return;
          if (byUser.input.checked) findUser(id);
          else open(id);
        },
      },
      element(
        'fieldset',
        { class: 'segments' },
        element('legend', { class: 'hidden' }, 'Find by'),
        bySession.element,
        byUser.element,
      ),
      element('label', { for: input.id, class: 'hidden' }, 'Id'),
      element('div', { class: 'row' }, input, element('button', { class: 'primary' }, 'Find')),
    ),
    element('div', { class: 'lists', role: 'group', 'aria-label': 'Lists' }, ...listButtons),
    heading,
    user,
    results,
  );
  show(0);

  function show(index: number) {
    const [label, filter] = LISTS[index] ?? ['', {}];
    refresh = () => show(index);
    press(index);
    fill(heading, label);
    fill(user);
    list(filter);
  }

  /** In place of the list that may be on its way. */
  function list(filter: Calls['ListSessions']['request']) {
    listing.abort();
    listing = new AbortController();
    showList(results, filter, { open, signal: listing.signal });
  }

  function press(index: number | undefined) {
    for (const [place, each] of listButtons.entries())
      each.setAttribute('aria-pressed', String(place === index));
  }

  async function findUser(userId: string) {
    refresh = () => findUser(userId);
    press(undefined);
    fill(heading, 'Sessions of ', element('code', {}, userId));
    fill(user);
    list({ userId });
    try {
      const { user: facts = {} } = await call('Inspect', { userId });
      fill(
        user,
        facts.isBeingErased && element('p', { class: 'failure' }, 'This user is being erased.'),
        facts.tombstone !== undefined &&
          element('p', { class: 'muted' }, 'This user was erased lately.'),
      );
    } catch (error) {
      fill(user, failureView(error));
    }
  }

  return () => refresh();
}

function kindOption(value: string, label: string, chosen: (kind: string) => void) {
  const change = () => chosen(value);
  const input = element('input', { type: 'radio', name: 'kind', value, change });
  return { input, element: element('label', {}, input, element('span', {}, label)) };
}
