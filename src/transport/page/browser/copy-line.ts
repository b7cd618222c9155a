import { announce } from './announce.ts';
import { openDialog } from './dialog.ts';
import { element } from './element.ts';

/** Copies a line to the clipboard; where the browser does not allow that, shows it to be copied by
 * hand: beyond localhost it does so over HTTPS alone. */
export async function copyLine(line: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(line);
    announce('The line is in the clipboard.');
  } catch {
    const text = element('textarea', { readonly: true, rows: 5, 'aria-label': 'The line' }, line);
    openDialog('Copy this line', [text]);
    text.select();
  }
}
