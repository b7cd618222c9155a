// How the row of a spooled update is given up.

import { NOT_OPENED_REASONS } from '../../session/encryption/not-opened.ts';

/** The update is stored, was stored already, or was only to be noted. */
export const REPLAY_RESULTS = ['stored', 'known', 'noted'] as const;

/** Why an acknowledged update was not stored. */
export const DROP_REASONS = [
  /** The session was erased after the update was received. */
  'erased',
  /** It was erased, and it is not known whether before or after: the erase wins. */
  'doubtful',
  /** Its user was erased after the update was received. */
  'user_erased',
  /** It has outlived its session. */
  'ended',
  /** It waited for longer than SPOOL_MAX_AGE. */
  'too_old',
] as const;

export type Settled = (typeof REPLAY_RESULTS)[number] | (typeof DROP_REASONS)[number];

/** Why a row cannot be replayed by this process. */
export const ROW_PROBLEMS = [
  ...(['newer_format', 'undecodable', 'damaged_frame'] as const),
  ...NOT_OPENED_REASONS,
] as const;
export type RowProblem = (typeof ROW_PROBLEMS)[number];
