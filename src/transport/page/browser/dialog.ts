import { button, type Child, element } from './element.ts';

/** Opens a dialog over the page; Escape and its button close it, and the focus returns to where it
 * was. `closed` is called once, however it is closed. */
export function openDialog(
  title: string,
  content: readonly Child[],
  {
    buttons = [],
    close = 'Close',
    closed = () => {},
  }: { buttons?: readonly Child[]; close?: string; closed?: () => void } = {},
): HTMLDialogElement {
  const opener = document.activeElement;
  const heading = element('h2', { id: 'dialog-title' }, title);
  const dialog = element(
    'dialog',
    { 'aria-labelledby': heading.id },
    heading,
    ...content,
    element('p', { class: 'buttons' }, ...buttons, button(close, { click: () => dialog.close() })),
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (opener instanceof HTMLElement) opener.focus();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
