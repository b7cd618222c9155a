import { type Child, element } from './element.ts';
import { sizeText } from './format.ts';
import type { ShownValue } from './messages.ts';
import { valueView } from './value-view.ts';

/** A value of a timeline or an explanation; `none` in the place of one that is not there. */
export function shownValueView(shown: ShownValue | undefined, label: string, none: string): Child {
  if (!shown) return element('span', { class: 'muted' }, none);
  const { value, type = '', sizeBytes = 0, isOmitted = false } = shown;
  if (!isOmitted && value !== undefined) return valueView(value, label);
  return element('span', { class: 'muted' }, `${type}, ${sizeText(sizeBytes)}`);
}
