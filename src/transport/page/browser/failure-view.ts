import { element } from './element.ts';
import { adviceOn, Failure } from './failure.ts';

/** A failed call as a person reads it: what happened, its code, and what to do. Anything but a
 * Failure is a mistake of the page itself. */
export function failureView(error: unknown): HTMLElement {
  const failure =
    error instanceof Failure
      ? error
      : new Failure({ code: 'internal', message: String(error), reason: '' });
  const code = failure.reason || failure.code;
  return element(
    'div',
    { class: 'failure', role: 'alert' },
    element('p', {}, element('strong', {}, failure.message), ' ', element('code', {}, code)),
    element('p', {}, adviceOn(failure)),
  );
}
