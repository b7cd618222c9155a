// The rules by which late packets change nothing, each of which can be put back to what it was, or
// left out: the model then shows what it is for.

import type { FAULTS } from './faults.ts';

export type Rules = {
  /** When an update was received, as its server is told: by the offset's upper or lower bound,
   * or, as it was, by its age at sending alone. */
  moment: 'upper' | 'lower' | 'age';
  /** By which bound an attempt ends at the server; `never`: it does not. */
  late: 'lower' | 'upper' | 'never';
  /** A server whose clock is behind what was known of it refuses. */
  notBefore: boolean;
  /** A lock that was given back, lapsed or erased cannot be taken by what was sent before. */
  fence: boolean;
  /** An instant ahead of the server's clock drops nothing. */
  ignoresAhead: boolean;
  /** An update is dropped only if the reply's own sample says so too. */
  ownSample: boolean;
  /** A dropped update is remembered by its id. */
  remembersDropped: boolean;
  /** A refusal is certain only if every earlier attempt is accounted for. */
  accounts: boolean;
  /** What is known of a clock widens with its age. */
  widens: boolean;
  /** A request received before a clock was set is sent no more. */
  stopsWhenSet: boolean;
  /** An unanswered request is refused at its deadline; as it was, up to a pause earlier. */
  toldAtDeadline: boolean;
};

export const RULES: Rules = {
  moment: 'upper',
  late: 'lower',
  notBefore: true,
  fence: true,
  ignoresAhead: true,
  ownSample: true,
  remembersDropped: true,
  accounts: true,
  widens: true,
  stopsWhenSet: true,
  toldAtDeadline: true,
};

/** A rule put back to what it was, or left out, and the fault under which that shows. Two of them
 * are held up by the look at a drop's own sample as well, so they show without it. */
type OldRule = { change: Partial<Rules>; shownBy: keyof typeof FAULTS };

export const OLD_RULES: Readonly<Record<string, OldRule>> = {
  'age at sending, and nothing else (before)': {
    change: {
      ...{
        moment: 'age',
        late: 'never',
        notBefore: false,
        fence: false,
        ignoresAhead: false,
        ownSample: false,
      },
      ...{ remembersDropped: false, accounts: false, stopsWhenSet: false, toldAtDeadline: false },
    },
    shownBy: 'held connection',
  },
  'attempts do not end': { change: { late: 'never' }, shownBy: 'link down' },
  'attempts end by the upper bound': {
    change: { late: 'upper' },
    shownBy: 'all of these, one master',
  },
  'moment by the lower bound': { change: { moment: 'lower', ownSample: false }, shownBy: 'none' },
  'no look at a clock that is behind': {
    change: { notBefore: false },
    shownBy: 'server clock -0.3 s, -5 s',
  },
  'no lock fence': { change: { fence: false }, shownBy: 'moved, MOVED and ASK' },
  'an instant ahead of the clock drops': {
    change: { ignoresAhead: false },
    shownBy: 'masters an hour apart',
  },
  'a drop is believed at once': {
    change: { ownSample: false },
    shownBy: 'server clock +0.3 s, +5 s',
  },
  'dropped ids are forgotten': { change: { remembersDropped: false }, shownBy: 'jitter' },
  'every refusal is certain': { change: { accounts: false }, shownBy: 'held connection' },
  'what is known of a clock never widens': {
    change: { widens: false, ownSample: false },
    shownBy: 'jitter',
  },
  'refused before the deadline': {
    change: { toldAtDeadline: false },
    shownBy: 'all of these, one master',
  },
};
