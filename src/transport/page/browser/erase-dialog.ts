// The second question before a session is erased.

import { openDialog } from './dialog.ts';
import { element, fill } from './element.ts';
import { failureView } from './failure-view.ts';
import type { Calls } from './messages.ts';
import { call } from './rpc.ts';

/** What an erase removed. */
export type Erased = NonNullable<Calls['Erase']['answer']['session']>;

/** Asks for the id of the session, and erases it if it is repeated exactly. `erased` is called with
 * the result. */
export function openEraseDialog(sessionId: string, erased: (result: Erased) => void): void {
  const result = element('div', { 'aria-live': 'assertive' });
  const input = element('input', {
    id: 'erase-input',
    autocomplete: 'off',
    spellcheck: 'false',
    input: () => {
      submit.disabled = input.value !== sessionId;
    },
  });
  const form = element(
    'form',
    {
      id: 'erase-form',
      submit: (event) => {
        event.preventDefault();
        if (input.value === sessionId) erase();
      },
    },
    element(
      'p',
      {},
      'This removes the session with all its data, lock and quarantine included, for everyone. ',
      'It cannot be undone. Updates that were received before are dropped when they arrive.',
    ),
    element(
      'label',
      { for: input.id },
      'To erase it, enter its id: ',
      element('code', {}, sessionId),
    ),
    input,
    result,
  );
  const submit = element('button', { class: 'danger', form: form.id }, 'Erase session');
  submit.disabled = true;
  const dialog = openDialog('Erase this session?', [form], { buttons: [submit], close: 'Keep it' });
  input.focus();

  async function erase() {
    submit.disabled = true;
    try {
      const { session } = await call('Erase', { sessionId });
      dialog.close();
      erased(session ?? {});
    } catch (error) {
      fill(result, failureView(error));
      submit.disabled = false;
    }
  }
}
