// The bodies that the bench posts: like those of Cognigy flows, of a given size, and always the
// same.

/** Placeholder for a session's name in a body. All names have the same width, so that a body is
 * written once and only the name in it changes. */
export const SESSION_MARK = 'bench-0000000000';

const NUMBER_DIGITS = 10;
const SENT_AT = '2026-06-15T10:03:00Z';
const WORDS =
  'order refund cart delivery address invoice voucher customer premium basket payment pending ' +
  'confirmed agent handover language english german size colour return label tracking parcel ' +
  'warehouse Tuesday evening please thanks about where when cancel change shipping express ' +
  'standard account login reset e-mail phone number';

/** Name of the numbered session. */
export function sessionName(number: number): string {
  return `bench-${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

/** An update of about 1 kB: variables, context and the visited nodes of one turn. */
export function turnBody({ userId }: { userId?: string } = {}) {
  return {
    sessionId: SESSION_MARK,
    ...(userId && { userId }),
    flowId: 'checkout',
    variables: {
      customerId: 'C-1001',
      cartTotal: 142.5,
      currency: 'EUR',
      cart: [
        { sku: 'SKU-100482', name: 'Trail running shoe, size 43', quantity: 1, price: 119.9 },
        { sku: 'SKU-200913', name: 'Merino socks, pack of two', quantity: 2, price: 11.3 },
      ],
      voucher: null,
      isReturningCustomer: true,
      deliveryAddress: {
        street: '12 Example Street',
        postcode: 'EX1 2MP',
        town: 'Exampleton',
        country: 'GB',
      },
    },
    context: {
      customerName: 'Alice Example',
      orderId: 'ORD-99281',
      intent: 'refund_request',
      intentScore: 0.9312,
      language: 'en-GB',
      lastQuestion:
        'Where shall we send the replacement, to your usual address or to a parcel station?',
      slots: { deliveryDay: '2026-06-18', parcelStation: null, contactByPhone: false },
    },
    history: [
      { nodeId: 'start', timestamp: '2026-06-15T10:00:00Z' },
      { nodeId: 'ask_order', timestamp: '2026-06-15T10:01:30Z' },
      { nodeId: 'confirm_refund', timestamp: '2026-06-15T10:02:45Z' },
    ],
    timestamp: SENT_AT,
  };
}

/** An update that changes one slot. */
export function slotBody() {
  return { sessionId: SESSION_MARK, context: { intent: 'track_parcel' }, timestamp: SENT_AT };
}

/** An update that sets a state of about this many bytes of JSON: profiles, order lines,
 * sentences. */
export function stateBody(sessionId: string, bytes: number) {
  const random = createRandom();
  const variables: Record<string, unknown> = {};
  for (let size = 0, place = 0; size < bytes; place++) {
    const value = {
      id: `ORD-${random(1_000_000)}`,
      note: sentence(random, 12),
      total: random(100_000) / 100,
      lines: [
        { sku: `SKU-${random(1_000_000)}`, quantity: 1 + random(9), name: sentence(random, 4) },
      ],
      isOpen: random(2) === 1,
    };
    variables[`order${place}`] = value;
    size += JSON.stringify(value).length + `"order${place}":,`.length;
  }
  return { sessionId, flowId: 'checkout', variables, timestamp: SENT_AT };
}

/** Words of a customer, as many as `length`. */
export function sentence(random: (below: number) => number, length: number): string {
  const words = WORDS.split(' ');
  return Array.from({ length }, () => words[random(words.length)]).join(' ');
}

/** Numbers that look random and are the same in every run, for the same seed (Lehmer's
 * generator). */
export function createRandom(seed = 1): (below: number) => number {
  let state = (20_261_121 * seed) % 2_147_483_647;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
