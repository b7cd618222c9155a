import { agree } from './agree.ts';
import { type StoredUpdate, storedText } from './merged-state.ts';
import type { Random } from './random.ts';

/** What happened to a session before an etag: a number, equal for equal updates in one order in
 * one life only. */
export type History = number;

/** All etags that were ever answered, of all sessions and all their lives, and the history behind
 * each. */
export class EtagBook {
  private readonly histories = new Map<string, History>();
  private readonly etags: string[] = [];
  private readonly continued = new Map<string, History>();
  private begun = 0;

  /** The history of a life that begins. No two lives are the same, whatever is stored in them. */
  begin(): History {
    this.begun += 1;
    return this.begun;
  }

  /** The history that this one becomes with one more update. */
  after(history: History, update: StoredUpdate): History {
    const link = `${history} ${storedText(update)}`;
    const known = this.continued.get(link) ?? this.begin();
    this.continued.set(link, known);
    return known;
  }

  /** Throws if the etag was answered for another history before. */
  note(where: string, etag: string, history: History): void {
    const known = this.histories.get(etag);
    if (known === undefined) this.etags.push(etag);
    this.histories.set(etag, known ?? history);
    agree(`${where}: the history behind etag ${etag}`, history, known ?? history);
  }

  /** Any etag that was answered, of whatever session. */
  any(random: Random): string | undefined {
    return this.etags.length > 0 ? random.pick(this.etags) : undefined;
  }
}
