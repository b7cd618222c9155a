import { expect, test } from 'vitest';
import {
  createFlowLibrary,
  type FlowLibrary,
  type LibraryChanges,
} from '../../src/flows/flow-library.ts';

const NUMBER = '{"variables":{"properties":{"a":{"type":"number"}}}}';
const STRING = '{"variables":{"properties":{"a":{"type":"string"}}}}';
const BROKEN = '{"variables":{"requird":[]}}';

/** Puts these files into the library, in place of all before; undefined is one that cannot be
 * read. */
function take(library: FlowLibrary, files: Record<string, string | undefined>) {
  const sources = Object.entries(files).map(([name, text]) =>
    text === undefined ? { name, failure: 'it cannot be read: EACCES' } : { name, text },
  );
  return changesIn(library.take(sources.map((source) => library.parse(source))));
}

function changesIn({ loaded, removed, failed, repaired }: LibraryChanges) {
  const names = (files: { name: string }[]) => files.map(({ name }) => name);
  return { loaded, removed, failed: names(failed), repaired: names(repaired) };
}

const NOTHING = { loaded: [], removed: [], failed: [], repaired: [] };

/** What the definition of a flow takes `a` for; `anything` if it does not look. */
function typeOf(library: FlowLibrary, flowId: string): string | undefined {
  const definition = library.flows.of(flowId);
  if (!definition) return undefined;
  const accepts = (json: string) =>
    definition.validate({ variables: [{ key: 'a', json }], context: undefined }).violations
      .length === 0;
  const accepted = [...(accepts('1') ? ['number'] : []), ...(accepts('"x"') ? ['string'] : [])];
  return accepted.length === 2 ? 'anything' : accepted[0];
}

function inForce(library: FlowLibrary): Record<string, string> {
  return Object.fromEntries(library.files().map(({ name, inForce }) => [name, inForce]));
}

test('a flow is validated by its own definition, else by default, else by none', () => {
  const library = createFlowLibrary();
  expect(library.flows.of('checkout')).toBeUndefined();
  const changes = take(library, { 'checkout.json': NUMBER, 'default.json': STRING });
  expect(changes).toEqual({ ...NOTHING, loaded: ['checkout', 'default'] });
  expect([typeOf(library, 'checkout'), typeOf(library, 'other'), typeOf(library, '')]).toEqual([
    'number',
    'string',
    'string',
  ]);
  expect(library.flows.of('other')?.flowId).toBe('default');
});

test('a file may name a flow that is no name of a file', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': `{"flowId":"__proto__",${NUMBER.slice(1)}`, 'default.json': STRING });
  expect([typeOf(library, '__proto__'), typeOf(library, 'a'), typeOf(library, 'toString')]).toEqual(
    ['number', 'string', 'string'],
  );
});

test('a look that finds nothing new changes nothing, and keeps the very same definitions', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': NUMBER, 'b.json': BROKEN });
  const before = library.flows.of('a');
  expect(take(library, { 'a.json': NUMBER, 'b.json': BROKEN })).toEqual(NOTHING);
  expect(library.flows.of('a')).toBe(before);
});

test('only the file that changed is parsed again', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': NUMBER, 'b.json': NUMBER });
  const before = library.flows.of('a');
  expect(take(library, { 'a.json': NUMBER, 'b.json': STRING })).toEqual({
    ...NOTHING,
    loaded: ['b'],
  });
  expect(library.flows.of('a')).toBe(before);
  expect(typeOf(library, 'b')).toBe('string');
});

test.each([
  ['has a mistake', BROKEN],
  ['is no JSON', '{'],
  ['cannot be read', undefined],
])('a file that %s leaves the last good definition, until it is repaired', (_what, text) => {
  const library = createFlowLibrary();
  take(library, { 'a.json': NUMBER, 'default.json': STRING });
  expect(take(library, { 'a.json': text, 'default.json': STRING })).toEqual({
    ...NOTHING,
    failed: ['a.json'],
  });
  expect(typeOf(library, 'a')).toBe('number');
  expect(inForce(library)).toEqual({ 'a.json': 'last good', 'default.json': 'this' });
  expect(take(library, { 'a.json': text, 'default.json': STRING })).toEqual(NOTHING);
  const changes = take(library, { 'a.json': STRING, 'default.json': STRING });
  expect(changes).toEqual({ ...NOTHING, loaded: ['a'], repaired: ['a.json'] });
  expect(typeOf(library, 'a')).toBe('string');
});

test.each([
  ['has a mistake', BROKEN],
  ['is no JSON', '{'],
  ['cannot be read', undefined],
])(
  'a flow whose file %s and never was good accepts everything, and is not validated by default',
  (_what, text) => {
    const library = createFlowLibrary();
    const changes = take(library, { 'a.json': text, 'default.json': STRING });
    expect(changes).toEqual({ ...NOTHING, loaded: ['default'], failed: ['a.json'] });
    expect(typeOf(library, 'a')).toBe('anything');
    expect(library.flows.of('a')?.flowId).toBe('a');
    expect(inForce(library)).toEqual({ 'a.json': 'none', 'default.json': 'this' });
  },
);

test('a file that is gone takes its definition with it, good or bad', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': NUMBER, 'b.json': BROKEN, 'default.json': STRING });
  const changes = take(library, { 'default.json': STRING });
  expect(changes).toEqual({ ...NOTHING, removed: ['a', 'b'] });
  expect([typeOf(library, 'a'), typeOf(library, 'b')]).toEqual(['string', 'string']);
  expect(take(library, { 'a.json': BROKEN, 'default.json': STRING })).toEqual({
    ...NOTHING,
    failed: ['a.json'],
  });
  expect(typeOf(library, 'a')).toBe('anything');
});

test('two files for one flow are an error of both, and leave the definition from before', () => {
  const library = createFlowLibrary();
  const other = `{"flowId":"a",${STRING.slice(1)}`;
  take(library, { 'a.json': NUMBER });
  expect(take(library, { 'a.json': NUMBER, 'b.json': other })).toEqual({
    ...NOTHING,
    failed: ['a.json', 'b.json'],
  });
  expect(library.files().map(({ problems }) => problems.map(({ message }) => message))).toEqual([
    ['it is for flow "a", and so is b.json'],
    ['it is for flow "a", and so is a.json'],
  ]);
  expect(typeOf(library, 'a')).toBe('number');
  expect(take(library, { 'b.json': other })).toEqual({
    ...NOTHING,
    loaded: ['a'],
    repaired: ['b.json'],
  });
  expect(typeOf(library, 'a')).toBe('string');
});

test('two files that were for one flow from the start accept everything', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': NUMBER, 'b.json': `{"flowId":"a",${STRING.slice(1)}` });
  expect(typeOf(library, 'a')).toBe('anything');
});

test('a file that cannot be read any more still stands for the flow that it named', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': `{"flowId":"orders/a",${NUMBER.slice(1)}` });
  expect(take(library, { 'a.json': '{' })).toEqual({ ...NOTHING, failed: ['a.json'] });
  expect([typeOf(library, 'orders/a'), typeOf(library, 'a')]).toEqual(['number', undefined]);
});

test('a problem that changes is reported again', () => {
  const library = createFlowLibrary();
  take(library, { 'a.json': BROKEN });
  expect(take(library, { 'a.json': '{' })).toEqual({ ...NOTHING, failed: ['a.json'] });
});
