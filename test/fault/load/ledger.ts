// What the writers of one round sent, and what they were answered. The checker compares it with
// what is stored in the end.

export type SettledAs = 'acknowledged' | 'dropped' | 'refused' | 'unknown';

/** One update. It sets one key that no other update of its session sets: its mark. */
export type SentUpdate = {
  sessionId: string;
  mark: string;
  part: 'variables' | 'context';
  /** Of a session in which updates count: the number that this one read, plus one. */
  claim?: number;
  /** How it can be recognised when it is repeated; without, it is sent once. */
  identity: { updateId?: string; inputId?: string; sequence?: number };
  /** Of the first attempt, on the clock of `performance.now()`. */
  firstSentMs: number;
  /** When the last attempt was answered, or failed. */
  settledMs: number;
  settledAs?: SettledAs;
  /** Of the attempt that was acknowledged. */
  acknowledged?: { sentMs: number; atMs: number; durability: string; revision: number };
  reason?: string;
};

/** An erase of a session, or of all sessions of a user. */
export type SentErase = {
  sessionIds: readonly string[];
  sentMs: number;
  settledMs: number;
  /** How safely it is kept; undefined as long as it is not acknowledged. */
  durability: string | undefined;
};

/** A time in which a caller must have been the only one to hold a lock. */
export type HeldTime = { sessionId: string; fromMs: number; untilMs: number; token: string };

export type Ledger = {
  updates: SentUpdate[];
  erases: SentErase[];
  held: HeldTime[];
  /** Updates that were written without the lock while another caller held it, in words. */
  withoutLock: string[];
  /** Answers that contradict earlier ones, in words. */
  contradictions: string[];
  /** Restores that lacked something acknowledged, in words. */
  staleReads: string[];
  /** How often each kind of answer came, by operation and reason. */
  answers: Map<string, number>;
  count(answer: string): void;
};

export function createLedger(): Ledger {
  const answers = new Map<string, number>();
  return {
    updates: [],
    erases: [],
    held: [],
    withoutLock: [],
    contradictions: [],
    staleReads: [],
    answers,
    count: (answer) => void answers.set(answer, (answers.get(answer) ?? 0) + 1),
  };
}

/** The updates of a session so far. */
export function updatesOf({ updates }: Ledger, sessionId: string): SentUpdate[] {
  return updates.filter((update) => update.sessionId === sessionId);
}

/** Whether an erase of that session was sent so far. */
export function wasErased({ erases }: Ledger, sessionId: string): boolean {
  return erases.some(({ sessionIds }) => sessionIds.includes(sessionId));
}
