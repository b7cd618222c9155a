import { byId } from './element.ts';

/** Says something in the line of status, also to screen readers. */
export function announce(text: string): void {
  byId('status').textContent = text;
}
