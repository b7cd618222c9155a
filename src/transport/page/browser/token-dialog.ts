import { openDialog } from './dialog.ts';
import { element } from './element.ts';

/** Asks for a token; undefined if the reader gives up. It is kept nowhere but in memory. */
export function askForToken(refusal: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const input = element('input', {
    id: 'token-input',
    type: 'password',
    autocomplete: 'off',
    required: true,
    size: 32,
  });
  let entered: string | undefined;
  const form = element(
    'form',
    {
      id: 'token-form',
      submit: (event) => {
        event.preventDefault();
        entered = input.value;
        dialog.close();
      },
    },
    refusal !== '' && element('p', { class: 'failure', role: 'alert' }, refusal),
    element('label', { for: input.id }, 'Token for RPCs (RPC_TOKEN)'),
    input,
    element(
      'p',
      { class: 'muted' },
      'It is kept in memory, until this page is closed or reloaded.',
    ),
  );
  const dialog = openDialog('Token', [form], {
    buttons: [element('button', { class: 'primary', form: form.id }, 'Use token')],
    close: 'Cancel',
    closed: () => resolve(entered),
  });
  input.focus();
  return promise;
}
