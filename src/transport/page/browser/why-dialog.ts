// Why a value is so: the update that set it, and what lost against that one.

import { openDialog } from './dialog.ts';
import { button, type Child, element, fill } from './element.ts';
import { badge, code, factList, timeView } from './fact-list.ts';
import { failureView } from './failure-view.ts';
import { enumText } from './format.ts';
import type { Explanation } from './messages.ts';
import { call } from './rpc.ts';
import { shownValueView } from './shown-value-view.ts';

type Update = NonNullable<Explanation['decidedBy']>;
type Lost = NonNullable<Explanation['lost']>[number];

/** The JSON pointer of a value: its keys, from the outermost to its own. */
export function pointerOf(...keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Opens the explanation of a value; `revision` is 0 for the latest state. */
export async function openWhyDialog(
  sessionId: string,
  pointer: string,
  revision: number,
): Promise<void> {
  const content = element('div', { 'aria-live': 'polite' }, 'Reading…');
  openDialog('Why is this value so?', [element('p', {}, code(pointer)), content]);
  try {
    const explanation = await call('Explain', { sessionId, pointer, revision });
    fill(content, ...explanationView(explanation, sessionId));
  } catch (error) {
    fill(content, failureView(error));
  }
}

function explanationView(explanation: Explanation, sessionId: string): Child[] {
  const { decidedBy, lost = [], moreLost = 0, mergedUpToRevision = 0 } = explanation;
  return [
    valueInEffect(explanation, sessionId),
    element('p', { class: 'reason' }, explanation.reason),
    decidedBy && element('h3', {}, 'Decided by'),
    decidedBy && updateView(decidedBy),
    element('h3', {}, 'Lost against it ', element('span', { class: 'count' }, `${lost.length}`)),
    lost.length === 0
      ? element('p', { class: 'muted' }, 'No other update that is known names this key.')
      : element('ol', { class: 'lost' }, ...lost.map(lostView)),
    moreLost > 0 && element('p', { class: 'muted' }, `and ${moreLost} others`),
    mergedUpToRevision > 0 &&
      element(
        'p',
        { class: 'muted' },
        `Updates up to revision ${mergedUpToRevision} are merged into a snapshot, which keeps only what won.`,
      ),
  ];
}

function valueInEffect({ value, pointer = '', revision = 0 }: Explanation, sessionId: string) {
  const view = element('p', { class: 'in-effect' }, shownValueView(value, pointer, 'no value'));
  if (value?.isOmitted)
    view.append(
      ' ',
      button('Show', { class: 'small', 'aria-label': 'Show the value', click: show }),
    );
  return view;

  async function show() {
    try {
      const whole = await call('Explain', { sessionId, pointer, revision, wholeValue: true });
      const text = JSON.stringify(whole.value?.value, undefined, 2) ?? '';
      view.replaceWith(element('pre', { class: 'value', tabindex: 0 }, text));
    } catch (error) {
      view.replaceWith(failureView(error));
    }
  }
}

function updateView(update: Update): HTMLElement {
  const { stamp = {}, revision = 0, flowId, isMerged, isSpooled, isImported } = update;
  return factList([
    ['Revision', revision > 0 ? String(revision) : undefined],
    ['Flow', code(flowId)],
    ['It', `${enumText(update.action, 'UPDATE_ACTION_')} the key`],
    ['Event', timeView(stamp.event)],
    ['Sequence', stamp.sequence],
    ['Received', timeView(stamp.received)],
    ['Update', code(stamp.updateId)],
    ['Merged', isMerged && 'into a snapshot'],
    ['Stored', isSpooled && 'not yet: it is in the spool'],
    ['Imported', isImported && 'from a former service'],
  ]);
}

function lostView({ update = {}, decidedBy, reason = '' }: Lost): HTMLElement {
  const part = enumText(decidedBy, 'DECIDING_PART_');
  return element(
    'li',
    {},
    element(
      'p',
      {},
      shownValueView(update.value, 'the value that lost', 'removed'),
      ' ',
      part !== 'unspecified' && badge(`by ${part}`, 'warn'),
    ),
    element('p', { class: 'muted' }, reason),
  );
}
