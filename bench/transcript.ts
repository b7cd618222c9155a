// A dialog of a shop's bot, turn by turn: what its flow would save. Users write in their own words,
// the bot answers with the texts of its nodes, and both name things that differ from turn to turn;
// each turn has an id of its own, as messages of a channel have. Always the same for the same
// length.

/** One turn as a flow saves it. */
export type Turn = {
  id: string;
  at: string;
  user: string;
  bot: string;
  intent: string;
  score: number;
};

const FIRST_MS = Date.parse('2026-06-15T10:00:00Z');
const TURN_MAX_MS = 40_000;
const ID_DIGITS = 32;

/** What users write. `{}` is a name or number of that turn. */
const USER = [
  'hi, is anybody there?',
  'Where is my parcel {}? It should have been here on {}.',
  'I ordered two pairs of {} but only one was in the box',
  'can i change the delivery address for {}',
  'The {} I got is far too small, I usually take {}',
  'do you ship to {}?',
  'No, I already tried that yesterday and the page just reloads',
  'yes please',
  'That does not help me at all. Can I talk to a person?',
  'my daughter’s birthday is on {}, will it arrive before that',
  'ok and how long does a refund usually take?',
  'I paid with {} and was charged twice!',
  'The tracking says "delivered to {}" but nobody there knows anything about it.',
  'what was the voucher code again',
  'Can you also add {} to the same order?',
  'Please cancel {} then.',
  'The zip broke after three days, I can send you a photo.',
  'I moved, the new street is {}',
  'thanks, that is all',
  'Sorry, I meant {}, not {}',
  'is the {} waterproof?',
  'Wie lange habe ich Zeit für die Rücksendung von {}?',
  'nope',
  'I have been waiting for an answer to my e-mail since {}, number {}.',
  'Could somebody call me after six? I am at work until then.',
  'does the guarantee cover scratches on {}',
];

/** The texts of the bot's nodes. */
const BOT = [
  'Hello! I can help you with orders, returns and your account. What would you like to do?',
  'Let me look that up. Order {} left our warehouse on {} and is with the carrier now.',
  'I am sorry about that. Which of the articles is missing: {}, or {}?',
  'Sure. What is the postcode of the new address?',
  'You can return articles free of charge for 30 days. Shall I send the label to {}?',
  'Thank you. I have noted {} and will keep you informed by e-mail.',
  'Just to be sure: you want to cancel order {} as a whole?',
  'The refund of {} euros was sent on {}; banks need up to three working days.',
  'I did not quite get that. Could you say it in other words?',
  'One moment, I am connecting you with a colleague. There are {} people before you.',
  'Your voucher is {} and valid until {}.',
  'We deliver to {} in two to four working days; express costs 9.90.',
  'Is there anything else that I can do for you?',
  'Please describe in a sentence what is wrong with {}, so that the right team takes care of it.',
  'Your account is locked after several attempts. I have sent a code to {}.',
  'Good news: {} is available in size {} again.',
];

const THINGS = [
  ...['trail running shoes', 'merino socks', 'a rain jacket', 'Grenoble', 'the neighbour at 14 b'],
  ...['PayPal', 'the blue backpack', 'Portugal', '12 Example Street', 'a.example@mail.example'],
  ...['the head torch', 'gift wrapping', 'Lindenweg 7', 'a ski helmet', 'Northern Ireland'],
];
const INTENTS = ['track_parcel', 'return', 'cancel', 'address', 'small_talk', 'refund', 'product'];

/** The first turns of the dialog, as many as given. */
export function transcript(turns: number): Turn[] {
  const random = createRandom();
  const pick = (of: readonly string[]) => of[random(of.length)] ?? '';
  const filled = (text: string) => text.replaceAll('{}', () => detail(random, pick));
  let atMs = FIRST_MS;
  return Array.from({ length: turns }, () => {
    atMs += 1000 + random(TURN_MAX_MS);
    return {
      id: Array.from({ length: ID_DIGITS }, () => random(16).toString(16)).join(''),
      at: new Date(atMs).toISOString(),
      user: filled(pick(USER)),
      bot: filled(pick(BOT)),
      intent: pick(INTENTS),
      score: random(10_000) / 10_000,
    };
  });
}

function detail(
  random: (below: number) => number,
  pick: (of: readonly string[]) => string,
): string {
  switch (random(4)) {
    case 0:
      return `ORD-${100_000 + random(900_000)}`;
    case 1:
      return new Date(FIRST_MS + random(60) * 86_400_000).toISOString().slice(0, 10);
    case 2:
      return (random(30_000) / 100).toFixed(2);
    default:
      return pick(THINGS);
  }
}

/** Numbers that look random and are the same in every run (Lehmer's generator). */
function createRandom(): (below: number) => number {
  let state = 20_261_121;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
