import { type Child, element } from './element.ts';
import { relativeText, timeText } from './format.ts';

/** A name, and what is said of it; a fact without a value is left out. */
export type Fact = readonly [name: string, value: Child];

/** Facts as a list of names and values. */
export function factList(facts: readonly Fact[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) =>
      value === undefined || value === false || value === ''
        ? []
        : [element('div', {}, element('dt', {}, name), element('dd', {}, value))],
    ),
  );
}

/** A time, relative to now and in full; undefined if there is none. */
export function timeView(time: string | undefined): Child {
  if (!time) return undefined;
  return element(
    'time',
    { datetime: time },
    timeText(time),
    element('span', { class: 'muted' }, ` ${relativeText(time)}`),
  );
}

/** A short text in a frame, in one of the colours of `kind`. */
export function badge(text: string, kind: 'ok' | 'warn' | 'bad' | 'plain'): HTMLElement {
  return element('span', { class: `badge ${kind}` }, text);
}

/** An id or a name, as it is stored. */
export function code(text: string | undefined): Child {
  return text ? element('code', {}, text) : undefined;
}
