// Sessions of honest visitors. They are stored before the attack, updated and restored during it,
// and compared at its end; no input names them, so their contents must be in no answer to any.

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { SECRET } from '../../support/running-app.ts';

const SESSIONS = 4;
/** What a lenient decoder makes of bytes that are not UTF-8. Every id ends with it. */
const REPLACEMENT = '\ufffd';
const NOT_UTF8 = [[0xe4], [0xc3], [0xff], [0xed, 0xa0, 0x80], [0xf0, 0x9f]];
const PAUSE_MS = 50;

type Session = { sessionId: string; userId: string; content: string; visits: number };

export class WatchedSessions {
  /** Texts that only these sessions contain. */
  readonly markers: readonly string[];
  /** Ids that are those of the sessions and their users to a lenient decoder alone. */
  readonly nearIds: readonly Buffer[];
  /** How long the slowest of the honest requests took, ms, and how many there were. */
  worstMs = 0;
  requests = 0;
  readonly #faults: string[] = [];
  readonly #sessions: readonly Session[];
  readonly #baseUrl: string;
  #stopped = false;
  #visiting: Promise<void> | undefined;

  constructor(seed: number, webhookPort: number) {
    this.#baseUrl = `http://127.0.0.1:${webhookPort}/webhook/cognigy`;
    this.#sessions = Array.from({ length: SESSIONS }, (_, place) => ({
      sessionId: `watched-${secretText(seed, place, 'session')}-${REPLACEMENT}`,
      userId: `watched-${secretText(seed, place, 'user')}-${REPLACEMENT}`,
      content: `content-${secretText(seed, place, 'content')}`,
      visits: 0,
    }));
    this.markers = this.#sessions.map(({ content }) => content);
    this.nearIds = this.#sessions.flatMap(({ sessionId, userId }) => [
      ...near(sessionId),
      ...near(userId),
    ]);
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Stores the sessions, and from now on visits one after another. */
  async begin(): Promise<void> {
    for (const session of this.#sessions) await this.#visit(session);
    this.#visiting = this.#visitAll();
  }

  /** Ends the visits and compares every session once more, found by itself and by its user. */
  async finish(): Promise<void> {
    this.#stopped = true;
    await this.#visiting;
    for (const session of this.#sessions) {
      const { sessionId, userId } = session;
      await this.#restore(session, { sessionId });
      await this.#restore(session, { userId });
    }
  }

  async #visitAll(): Promise<void> {
    for (let place = 0; !this.#stopped; place = (place + 1) % SESSIONS) {
      const session = this.#sessions[place] as Session;
      await this.#visit(session);
      await this.#restore(session, { sessionId: session.sessionId });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #visit(session: Session): Promise<void> {
    const { sessionId, userId, content } = session;
    const visits = session.visits + 1;
    const answer = await this.#post('session', {
      sessionId,
      userId,
      context: { content },
      variables: { visits },
    });
    if (answer?.status === 'accepted') session.visits = visits;
    else this.#faults.push(`an honest update is answered ${JSON.stringify(answer)}`);
  }

  async #restore({ sessionId, content, visits }: Session, named: object): Promise<void> {
    const answer = await this.#post('restore', named);
    const found = answer && {
      ...{ sessionId: answer.sessionId, context: answer.context, variables: answer.variables },
      outcome: answer.outcome,
    };
    const expected = { sessionId, context: { content }, variables: { visits }, outcome: 'intact' };
    if (isDeepStrictEqual(found, expected)) return;
    this.#faults.push(
      `an honest restore is answered ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`,
    );
  }

  async #post(route: string, body: object): Promise<Record<string, unknown> | undefined> {
    const begun = performance.now();
    this.requests += 1;
    try {
      const headers = { 'x-api-key': SECRET };
      const answer = await fetch(`${this.#baseUrl}/${route}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, unknown>;
    } catch (error) {
      this.#faults.push(
        `an honest request failed: ${error instanceof Error ? error.cause : error}`,
      );
      return undefined;
    } finally {
      this.worstMs = Math.max(this.worstMs, performance.now() - begun);
    }
  }
}

/** Derived from the seed, so that a run can be repeated; no generator can make it up. */
function secretText(seed: number, ...parts: (string | number)[]): string {
  return createHash('sha256')
    .update([seed, ...parts].join(' '))
    .digest('hex')
    .slice(0, 24);
}

function near(id: string): Buffer[] {
  const start = Buffer.from(id.slice(0, -REPLACEMENT.length));
  return NOT_UTF8.map((bytes) => Buffer.concat([start, Buffer.from(bytes)]));
}
