// A value of a session: short ones as they are, large ones as a size that opens on request.

import { button, element } from './element.ts';
import { sizeText } from './format.ts';
import type { JsonValue } from './messages.ts';

/** Longer values are not shown at once. */
const INLINE_MAX_LENGTH = 240;
/** What a browser shows without delay; the rest is left to programs. */
const SHOWN_MAX_LENGTH = 200_000;

/** What the service shows in place of a value that it does not show. */
const REDACTED = '[redacted]';

/** Shows a value. `label` says what it is a value of. */
export function valueView(value: JsonValue, label: string): HTMLElement {
  if (value === REDACTED) return element('span', { class: 'badge' }, 'redacted');
  const json = JSON.stringify(value);
  return json.length <= INLINE_MAX_LENGTH
    ? element('code', { class: `value ${kindOf(value)}` }, spaced(value))
    : largeValueView(value, json, label);
}

function largeValueView(value: JsonValue, json: string, label: string): HTMLElement {
  const size = sizeText(new TextEncoder().encode(json).length);
  const toggle = button('Show', {
    'aria-expanded': 'false',
    'aria-label': `Show ${label}, ${size}`,
    click: () => {
      const isOpen = toggle.getAttribute('aria-expanded') === 'true';
      toggle.setAttribute('aria-expanded', String(!isOpen));
      toggle.setAttribute('aria-label', `${isOpen ? 'Show' : 'Hide'} ${label}, ${size}`);
      toggle.textContent = isOpen ? 'Show' : 'Hide';
      if (isOpen) view.lastElementChild?.remove();
      else view.append(element('pre', { class: 'value', tabindex: 0 }, indented(value)));
    },
  });
  const view = element(
    'div',
    { class: 'large' },
    element('span', { class: 'muted' }, `${describe(value)}, ${size}`),
    toggle,
  );
  return view;
}

/** On one line, with spaces. Line breaks within texts are escaped in JSON, so these are not. */
function spaced(value: JsonValue): string {
  return JSON.stringify(value, undefined, 1).replaceAll(/\n */g, ' ');
}

/** With line breaks, and cut if it is too long to be read here. */
function indented(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  if (text.length <= SHOWN_MAX_LENGTH) return text;
  return `${text.slice(0, SHOWN_MAX_LENGTH)}\n… cut here: Restore answers all of it`;
}

function describe(value: JsonValue): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `object with ${Object.keys(value).length} keys`;
  return 'text';
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  return typeof value;
}
