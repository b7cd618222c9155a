// The memory that requests and answers under way may take, for all listeners of a process together.
//
// Each request has an account. It is charged for the bytes of the body as they arrive, for what
// reading them makes of them, and for the part of the answer that the client has not taken. The
// charges are estimates, on the high side. Peers share the budget (fair-shares.ts).
//
// When a peer's share is used up, something of that peer has to go:
//
//   a body that needs room     the incomplete body with the largest product of bytes and age is
//                              refused, which may be the one that needs the room: what holds much
//                              for long makes way for what holds little. An answer that nobody has
//                              taken for STALLED_MS is cut likewise.
//   an answer that needs room  the same, but never another request whose client is just reading its
//                              answer; where nothing can be ended, the answer is refused.
//
// So a thousand half-sent bodies do not keep a small request from being served, also if all come
// from one address.

import { getHeapStatistics } from 'node:v8';
import { Refusal } from '../../session/errors.ts';
import { memoryLimitBytes } from '../../telemetry/memory-limit.ts';
import { createFairShares, largestShare } from './fair-shares.ts';
import { NOWHERE, PlacedList } from './placed-list.ts';

/** A chunk of a body, without its bytes: a Buffer, its backing store, an entry in a list. A body
 * in chunks of one byte takes this for each byte. */
const CHUNK_BYTES = 320;
/** What a complete body takes for each of its bytes until it is answered: the chunks, the whole,
 * its text of up to two bytes a character, the parsed values, and the update that is made of
 * them. */
const READ_BODY_FACTOR = 8;
/** A text takes up to two bytes a character. */
const TEXT_FACTOR = 2;
/** Answers up to this size are always given: refusing takes as much, and an update has been
 * stored by then. */
const SMALL_ANSWER_BYTES = 16 * 1024;
/** An answer that has not been taken after this time may be cut. Its client has had several round
 * trips. */
const STALLED_MS = 1_000;

const MIB = 1024 * 1024;

/** The share of the memory that requests and answers may take: 19 MiB of a container of 256 MiB,
 * whose heap is 152 MiB. The idle process needs 80 MiB there, and garbage that has not been
 * collected yet takes more than the budget. */
const MEMORY_SHARE = 1 / 8;

/** The budget of this process, bytes: a share of its memory limit or of its heap limit, whichever
 * is less. */
export function processBudgetBytes(): number {
  const { heap_size_limit: heapBytes } = getHeapStatistics();
  return Math.floor(Math.min(memoryLimitBytes(), heapBytes) * MEMORY_SHARE);
}

/** A request, as the budget sees it. */
export type Holder = {
  peer: string;
  /** What its place in flight belongs to: requests of one listener make way for each other. */
  listener: object;
  /** Whether a body is still to come. */
  hasBody: boolean;
  /** Makes reading the body fail with this refusal. What still arrives of the body is dropped. */
  refuseBody(refusal: Refusal): void;
  /** Bytes of the answer that have been written and not been taken. */
  untakenBytes(): number;
  /** Cuts the answer off. */
  cutAnswer(): void;
  /** Called once, when nothing is held any more. */
  onReleased(): void;
};

/** What one request and its answer hold. After `release` it holds nothing, and all calls do
 * nothing. */
export type ByteAccount = {
  /** Charges a chunk of the body. False if the body was refused: the chunk is to be dropped. */
  chargeChunk(bytes: number): boolean;
  /** Charges what reading the body will take, now that all of it is there. False if the body was
   * refused. */
  chargeReading(): boolean;
  /** Charges a body that was decompressed, with what reading it takes. Throws `overloaded`. */
  chargeExpanded(bytes: number): void;
  /** Reserves room for an answer of so many characters. Throws `overloaded` if there is none. */
  reserveAnswer(characters: number): void;
  /** Notes how much of the answer has not been taken. `isWhole`: the body is not needed any more. */
  noteUntaken(bytes: number, isWhole: boolean): void;
  /** Whether part of the answer has not been taken, and nothing was written since, for so long. */
  hasStalled(forMs: number): boolean;
  /** The account stays open until `release` was called again: for work that outlasts its
   * client. */
  keep(): void;
  /** Ends the account, or one `keep`. */
  release(): void;
};

export type ByteBudget = {
  /** Opens an account, which must be released. */
  open(holder: Holder): ByteAccount;
  /** Ends a request of this peer and listener whose client is slow. False if there is none. */
  makeWay(of: Pick<Holder, 'peer' | 'listener'>): boolean;
  /** Bytes charged at present. */
  heldBytes(): number;
  limitBytes: number;
};

export function createByteBudget(options: {
  limitBytes: number;
  nowMs?: () => number;
}): ByteBudget {
  const { limitBytes, nowMs = () => performance.now() } = options;
  const shares = createFairShares(limitBytes);
  const accounts = new PlacedList<Account>();

  /** True once `amount` more fits the share of the account's peer. */
  function makeRoom(account: Account, amount: number): boolean {
    while (!shares.fits(account.holder.peer, amount)) {
      // A request that is alone is served, whatever the limits of size allow it to be.
      if (shares.total() === account.bytes()) return true;
      const victim = slowest(({ holder }) => holder.peer === account.holder.peer);
      // Looking at what was taken meanwhile may have made the room.
      if (victim === undefined || victim === account)
        return shares.fits(account.holder.peer, amount);
      victim.giveWay();
    }
    return true;
  }

  /** The account with the largest product of bytes and time of those that may be ended. */
  function slowest(isCandidate: (account: Account) => boolean): Account | undefined {
    const now = nowMs();
    let victim: Account | undefined;
    let most = 0;
    for (const candidate of accounts) {
      if (!isCandidate(candidate)) continue;
      const weight = candidate.weight(now);
      if (weight > most) {
        victim = candidate;
        most = weight;
      }
    }
    return victim;
  }

  class Account implements ByteAccount {
    readonly holder: Holder;
    place = NOWHERE;
    readonly #openedMs = nowMs();
    #keepers = 1;
    #isReceiving: boolean;
    #bodyBytes = 0;
    /** Charged for the body. */
    #body = 0;
    /** Charged for the answer. */
    #answer = 0;
    /** When something was last written of an answer that has not been taken. */
    #writtenMs: number | undefined;

    constructor(holder: Holder) {
      this.holder = holder;
      this.#isReceiving = holder.hasBody;
    }

    bytes(): number {
      return this.#body + this.#answer;
    }

    hasStalled(forMs: number): boolean {
      if (this.#keepers === 0 || this.#writtenMs === undefined) return false;
      if (nowMs() - this.#writtenMs < forMs) return false;
      // What was taken meanwhile has not been noted.
      this.#setAnswer(this.holder.untakenBytes());
      return this.#answer > 0;
    }

    /** How much speaks for ending this one first, in byte-milliseconds; 0: it must not be ended. */
    weight(now: number): number {
      if (this.hasStalled(STALLED_MS)) return this.#answer * (now - this.#openedMs);
      // Also a request that has sent nothing of its body takes a place.
      return this.#isReceiving ? (this.#body + CHUNK_BYTES) * Math.max(1, now - this.#openedMs) : 0;
    }

    giveWay(): void {
      const hasStalled = this.hasStalled(STALLED_MS);
      this.#end();
      if (hasStalled) this.holder.cutAnswer();
      else this.holder.refuseBody(overloaded());
    }

    chargeChunk(bytes: number): boolean {
      if (this.#keepers === 0) return true;
      const amount = bytes + CHUNK_BYTES;
      if (!makeRoom(this, amount)) return this.#refuseBody();
      this.#bodyBytes += bytes;
      this.#setBody(this.#body + amount);
      return true;
    }

    chargeReading(): boolean {
      if (this.#keepers === 0 || !this.#isReceiving) return true;
      const amount = this.#bodyBytes * (READ_BODY_FACTOR - 1);
      if (amount > 0 && !makeRoom(this, amount)) return this.#refuseBody();
      this.#isReceiving = false;
      this.#setBody(this.#body + amount);
      return true;
    }

    chargeExpanded(bytes: number): void {
      if (this.#keepers === 0) return;
      const amount = bytes * READ_BODY_FACTOR;
      if (!makeRoom(this, amount)) throw overloaded();
      this.#setBody(this.#body + amount);
    }

    reserveAnswer(characters: number): void {
      const amount = characters * TEXT_FACTOR;
      if (this.#keepers === 0 || amount <= SMALL_ANSWER_BYTES) return;
      if (!makeRoom(this, amount)) throw overloaded();
      this.#setAnswer(amount);
    }

    noteUntaken(bytes: number, isWhole: boolean): void {
      if (this.#keepers === 0) return;
      this.#writtenMs = bytes > 0 ? nowMs() : undefined;
      if (isWhole) {
        this.#isReceiving = false;
        this.#setBody(0);
      }
      // It is there already: what can be done is to end others.
      if (bytes > this.#answer) makeRoom(this, bytes - this.#answer);
      this.#setAnswer(bytes);
    }

    keep(): void {
      if (this.#keepers > 0) this.#keepers += 1;
    }

    release(): void {
      if (this.#keepers === 0) return;
      this.#keepers -= 1;
      if (this.#keepers === 0) this.#end();
    }

    #end(): void {
      this.#keepers = 0;
      this.#setBody(0);
      this.#setAnswer(0);
      accounts.delete(this);
      this.holder.onReleased();
    }

    #refuseBody(): false {
      // The answer to this takes next to nothing.
      this.#end();
      this.holder.refuseBody(overloaded());
      return false;
    }

    #setBody(bytes: number): void {
      if (bytes === this.#body) return;
      shares.add(this.holder.peer, bytes - this.#body);
      this.#body = bytes;
    }

    #setAnswer(bytes: number): void {
      if (bytes === this.#answer) return;
      shares.add(this.holder.peer, bytes - this.#answer);
      this.#answer = bytes;
    }
  }

  function overloaded(): Refusal {
    const limit = `${mib(limitBytes)} MiB in all, ${mib(largestShare(limitBytes))} MiB for one client address`;
    return new Refusal(
      'overloaded',
      `requests and answers under way use up the memory set aside for them (${limit}); try again in a second`,
    );
  }

  return {
    limitBytes,
    heldBytes: () => shares.total(),
    open(holder) {
      const account = new Account(holder);
      accounts.add(account);
      return account;
    },
    makeWay({ peer, listener }) {
      const victim = slowest(({ holder }) => holder.peer === peer && holder.listener === listener);
      victim?.giveWay();
      return victim !== undefined;
    },
  };
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
