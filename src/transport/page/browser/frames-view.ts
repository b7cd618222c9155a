// The frames of a session as they are stored, and those in quarantine, with the verdict on each.

import { type Child, element } from './element.ts';
import { badge, code, timeView } from './fact-list.ts';
import { enumText, sizeText } from './format.ts';
import type { Frame, Inspection, SetAsideFrame } from './messages.ts';

/** The tables of both. */
export function framesView({ frames = [], quarantine = [] }: Inspection): HTMLElement {
  return element(
    'div',
    {},
    element('h3', {}, 'Frames ', element('span', { class: 'count' }, String(frames.length))),
    frames.length === 0
      ? element('p', { class: 'muted' }, 'None.')
      : table(
          ['Revision', 'Kind', 'Verdict', 'Event', 'Sets and removes', 'Size'],
          frames.map(row),
        ),
    quarantine.length > 0 &&
      element(
        'section',
        {},
        element(
          'h3',
          {},
          'Quarantine ',
          element('span', { class: 'count' }, String(quarantine.length)),
        ),
        element(
          'p',
          { class: 'muted' },
          'These frames could not be read. They are not part of the state, and are kept as evidence.',
        ),
        table(
          ['Revision', 'Kind', 'Verdict', 'Moved', 'Deleted', 'Size'],
          quarantine.map(setAsideRow),
        ),
      ),
  );
}

function row(frame: Frame): Child[] {
  const { revision = 0, kind, verdict, stamp, sizeBytes = 0, name = '' } = frame;
  return [
    element('span', { title: `Name: ${name}` }, String(revision)),
    kindText(kind, frame.updates),
    verdictBadge(verdict),
    timeView(stamp?.event),
    contentOf(frame),
    sizeText(sizeBytes),
  ];
}

function setAsideRow(frame: SetAsideFrame): Child[] {
  const { revision = 0, kind, verdict, quarantinedAt, expiresAt, sizeBytes = 0 } = frame;
  return [
    revision === 0 ? 'not known' : String(revision),
    kindText(kind, undefined),
    verdictBadge(verdict),
    timeView(quarantinedAt),
    timeView(expiresAt),
    sizeText(sizeBytes),
  ];
}

function kindText(kind: string | undefined, updates: number | undefined): string {
  const text = enumText(kind, 'FRAME_KIND_');
  return text === 'snapshot' && updates ? `snapshot of ${updates} updates` : text;
}

function verdictBadge(verdict: string | undefined): HTMLElement {
  const text = enumText(verdict, 'FRAME_VERDICT_');
  const isIntact = verdict === 'FRAME_VERDICT_SOUND';
  return badge(isIntact ? 'intact' : text, isIntact ? 'ok' : 'bad');
}

function contentOf(frame: Frame): HTMLElement {
  const { variables = [], context = [], historySteps = 0, replaces = [] } = frame;
  const { removedVariables = [], removedContext = [] } = frame;
  const parts: [string, readonly string[]][] = [
    ['replaces all', replaces],
    ['variables', variables],
    ['context', context],
    ['removes', [...removedVariables, ...removedContext]],
    ['history', historySteps === 0 ? [] : [`${historySteps}`]],
  ];
  return element(
    'ul',
    { class: 'plain' },
    ...parts
      .filter(([, names]) => names.length > 0)
      .map(([what, names]) =>
        element('li', {}, element('span', { class: 'muted' }, `${what} `), code(names.join(', '))),
      ),
  );
}

function table(head: readonly string[], rows: readonly Child[][]): HTMLElement {
  return element(
    'table',
    { class: 'stacked' },
    element(
      'thead',
      {},
      element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name))),
    ),
    element(
      'tbody',
      {},
      ...rows.map((cells) =>
        element(
          'tr',
          {},
          ...cells.map((cell, place) => element('td', { 'data-label': head[place] }, cell)),
        ),
      ),
    ),
  );
}
