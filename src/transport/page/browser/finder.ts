// Finds sessions: one by its id, or those of a user.

import { announce } from './announce.ts';
import { element, fill } from './element.ts';
import { failureView } from './failure-view.ts';
import { countText } from './format.ts';
import { call } from './rpc.ts';
import { sessionList } from './session-list.ts';

/** Fills the part of the page that finds sessions; `open` is called with the id of one that the
 * reader chose. Call the function that it returns when a session has changed. */
export function createFinder(target: Element, open: (sessionId: string) => void): () => void {
  const input = element('input', {
    id: 'find-id',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const bySession = kindOption('session', 'Session', true);
  const byUser = kindOption('user', 'User', false);
  const results = element('div');
  let refresh = () => {};

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
    results,
  );

  async function findUser(userId: string) {
    refresh = () => findUser(userId);
    results.setAttribute('aria-busy', 'true');
    try {
      const { sessions = [], user = {} } = await call('Inspect', { userId });
      const heading = element('h2', {}, 'Sessions of ', element('code', {}, userId));
      fill(
        results,
        heading,
        user.isBeingErased && element('p', { class: 'failure' }, 'This user is being erased.'),
        user.tombstone !== undefined && element('p', { class: 'muted' }, 'This user was erased.'),
        sessionList(sessions, open),
      );
      announce(`${countText(sessions.length, 'live session')} of this user`);
    } catch (error) {
      fill(results, failureView(error));
    } finally {
      results.removeAttribute('aria-busy');
    }
  }

  return () => refresh();
}

function kindOption(value: string, label: string, checked: boolean) {
  const input = element('input', { type: 'radio', name: 'kind', value, checked });
  return { input, element: element('label', {}, input, element('span', {}, label)) };
}
