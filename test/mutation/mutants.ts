// Small bugs, planted one at a time in a text of TypeScript or Lua: a comparison that is off by
// one, a negated condition, a statement that is missing. Comments, strings and patterns are left
// alone, and so is what only types see.

import { createHash } from 'node:crypto';

export type Mutant = {
  line: number;
  /** Which kind of bug it is. */
  operator: string;
  /** The line before and after, without the space around it. */
  before: string;
  after: string;
  /** The whole text with the bug in it. */
  text: string;
};

type Language = 'ts' | 'lua';
type Operator = { name: string; language?: Language; pattern: RegExp; to: Replacement };
type Replacement = string | ((found: string) => string);

const OPERATORS: readonly Operator[] = [
  { name: 'boundary', pattern: / <= /g, to: ' < ' },
  { name: 'boundary', pattern: / < /g, to: ' <= ' },
  { name: 'boundary', pattern: / >= /g, to: ' > ' },
  { name: 'boundary', pattern: / > /g, to: ' >= ' },
  { name: 'equality', pattern: / === /g, to: ' !== ' },
  { name: 'equality', pattern: / !== /g, to: ' === ' },
  { name: 'equality', language: 'lua', pattern: / == /g, to: ' ~= ' },
  { name: 'equality', language: 'lua', pattern: / ~= /g, to: ' == ' },
  { name: 'connective', language: 'ts', pattern: / && /g, to: ' || ' },
  { name: 'connective', language: 'ts', pattern: / \|\| /g, to: ' && ' },
  { name: 'connective', language: 'ts', pattern: / \?\? /g, to: ' && ' },
  { name: 'connective', language: 'lua', pattern: /\band\b/g, to: 'or' },
  { name: 'connective', language: 'lua', pattern: /\bor\b/g, to: 'and' },
  {
    name: 'condition',
    language: 'ts',
    pattern: /\bif \((.+?)\)(?= \{$| \w.*;$|$)/g,
    to: negatedTs,
  },
  { name: 'condition', language: 'lua', pattern: /\bif (.+) then$/g, to: negatedLua },
  { name: 'arithmetic', pattern: / \+ /g, to: ' - ' },
  { name: 'arithmetic', pattern: / - /g, to: ' + ' },
  { name: 'arithmetic', pattern: / \* /g, to: ' / ' },
  // Of what a comparison gives only the sign matters, and what is absent is often only different.
  { name: 'constant', pattern: /(?<![\w.$#-]|\?\? |-1 : )\d[\d_]*(?![\w.])/g, to: oneMore },
  { name: 'constant', pattern: /\btrue\b/g, to: 'false' },
  { name: 'constant', pattern: /\bfalse\b/g, to: 'true' },
  { name: 'removal', language: 'ts', pattern: /^\s*(?:await |void )?[\w.[\]]+\(.*\);$/g, to: ';' },
  { name: 'removal', language: 'ts', pattern: /^\s*[\w.[\]]+ [-+*|&?]*= .+;$/g, to: ';' },
  { name: 'removal', language: 'ts', pattern: /^\s*(?:return|continue|break);$/g, to: ';' },
  { name: 'removal', language: 'lua', pattern: /^\s*redis\.call\(.*\)$/g, to: '' },
  {
    name: 'removal',
    language: 'lua',
    pattern: /^(?!\s*local )\s*[\w.,[\]#+ ]+ = .*[^,]$/g,
    to: '',
  },
];

/** Lines that are only for types, or that begin a statement of their own. */
const SPARED = /^\s*(?:import|export type|type|\||\w+\??: [\w<>[\], |]+;$)/;

/** What is no code, in each language. A template is left alone with all that is in it. */
const NO_CODE: Readonly<Record<Language, RegExp>> = {
  ts: oneOf([
    /\/\/.*/,
    /\/\*[\s\S]*?\*\//,
    /'(?:\\.|[^'\\\n])*'/,
    /"(?:\\.|[^"\\\n])*"/,
    /`(?:\\.|[^`\\])*`/,
    // A pattern, where no number could be divided.
    /(?<=[(=,:?&|!] ?|return )\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/,
  ]),
  lua: oneOf([/--.*/, /'(?:\\.|[^'\\\n])*'/, /"(?:\\.|[^"\\\n])*"/]),
};

/** All mutants of a text, in an order that looks random and is the same each time: a part of them
 * is a sample, which other changes of the text leave as it is. */
export function mutantsOf(text: string, language: Language): Mutant[] {
  const lines = text.split('\n');
  const codeLines = text.replace(NO_CODE[language], blank).split('\n');
  const mutants = codeLines.flatMap((code, place) =>
    SPARED.test(code)
      ? []
      : OPERATORS.filter((each) => (each.language ?? language) === language).flatMap((operator) =>
          [...code.matchAll(operator.pattern)].flatMap((match) => mutantAt(place, operator, match)),
        ),
  );
  return mutants.sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));

  // A pattern is matched with the code alone, and replaced in the whole line.
  function mutantAt(place: number, { name, to }: Operator, match: RegExpExecArray): Mutant[] {
    if (!isBalanced(match[0])) return [];
    const line = lines[place] as string;
    const [from, until] = [match.index, match.index + match[0].length];
    const replaced = typeof to === 'string' ? to : to(line.slice(from, until));
    const mutated = line.slice(0, from) + replaced + line.slice(until);
    return [
      {
        line: place + 1,
        operator: name,
        before: line.trim(),
        after: mutated.trim(),
        text: lines.with(place, mutated).join('\n'),
      },
    ];
  }
}

function orderOf({ operator, before, after }: Mutant): string {
  return createHash('sha1').update(`${operator} ${before} ${after}`).digest('hex');
}

/** As long as what it replaces, and no pattern matches it. */
function blank(noCode: string): string {
  return noCode.replace(/[^\n]/g, '\u00b7');
}

function isBalanced(code: string): boolean {
  let depth = 0;
  for (const character of code) {
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function negatedTs(found: string): string {
  return found.replace(/^if \((.+)\)$/, 'if (!($1))');
}

function negatedLua(found: string): string {
  return found.replace(/^if (.+) then$/, 'if not ($1) then');
}

function oneMore(found: string): string {
  return String(Number(found.replaceAll('_', '')) + 1);
}

function oneOf(patterns: RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'g');
}
