// How the time that a regular expression takes grows with the length of the text, estimated from
// its source alone.
//
// Node's engine backtracks: for `x*y` it tries every length of `x*`. Two repetitions that can match
// the same characters can divide them in as many ways as there are characters, so each further
// repetition adds a power; and a repetition within a repetition doubles the ways with each
// character. A character that is required between two repetitions, and that neither of them can
// match, makes them independent: `[a-z]+@[a-z]+` is linear.
//
// In doubt the estimate is too high: validation then runs under a time limit, which costs a little,
// and nothing is refused.

/** The time is at most about `factor` times the `degree`-th power of the text's length; a degree
 * of Infinity means that it may be exponential. */
export type PatternCost = { degree: number; factor: number };

/** Longest pattern that is analysed. */
const PATTERN_MAX_LENGTH = 1000;
/** A bounded repetition (`{0,200}`) counts as unbounded from this maximum on. */
const MANY = 50;

const EXPONENTIAL: PatternCost = { degree: Infinity, factor: 1 };

/** Sets of characters are compared by these samples. */
const SAMPLES = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...['é', 'ж', '中', '😀', '\u2028', '\u00a0'],
];

/** Which of the samples an atom can match, by index. */
type Chars = ReadonlySet<number>;
type Quantifier = { min: number; max: number };
type Atom = Quantifier & { chars: Chars } & (
    | { kind: 'chars' }
    | { kind: 'start' }
    /** Matches no character itself: `$`, `\b`. */
    | { kind: 'assertion' }
    | { kind: 'back-reference' }
    | { kind: 'group' | 'look-around'; alternatives: Atom[][] }
  );

/** A repetition that the engine can backtrack into. `level` is how many repetitions share the same
 * characters. */
type Repetition = { chars: Chars; level: number };

/** The cost of a pattern, which must compile with the flag `u`. */
export function patternCost(source: string): PatternCost {
  if (source.length > PATTERN_MAX_LENGTH) return EXPONENTIAL;
  const alternatives = parse(source);
  const { degree, factor } = costOfAll(alternatives);
  const isAnchored = alternatives.every(([first]) => first?.kind === 'start');
  // The engine tries the pattern from every character on.
  return { degree: Math.max(1, degree + (isAnchored || degree === 0 ? 0 : 1)), factor };
}

function costOfAll(alternatives: Atom[][]): PatternCost {
  const costs = alternatives.map(costOfSequence);
  return {
    degree: Math.max(...costs.map(({ degree }) => degree)),
    factor: costs.reduce((sum, { factor }) => sum + factor, 0),
  };
}

/** Here a degree of 0 means that the time does not depend on the text's length. */
function costOfSequence(atoms: Atom[]): PatternCost {
  let repetitions: Repetition[] = [];
  let [degree, factor] = [0, 1];
  for (const atom of atoms) {
    const inner = 'alternatives' in atom ? costOfAll(atom.alternatives) : { degree: 0, factor: 1 };
    factor *= inner.factor;
    const isVariable = atom.min !== atom.max;
    const isUnbounded = isVariable && atom.max >= MANY;
    if (isVariable && !isUnbounded) factor *= atom.max - atom.min + 1;
    if (atom.kind === 'back-reference' || isAmbiguousRepetition(atom)) return EXPONENTIAL;

    const own = inner.degree + (isUnbounded ? 1 : 0);
    const shares = (other: Repetition) =>
      atom.kind === 'look-around' || overlap(other.chars, atom.chars);
    const level = own + Math.max(0, ...repetitions.filter(shares).map((other) => other.level));
    if (own > 0) degree = Math.max(degree, level);
    // A required character that an earlier repetition cannot match ends that repetition.
    if (atom.kind === 'chars' && atom.min > 0)
      repetitions = repetitions.filter((other) => overlap(other.chars, atom.chars));
    if (own > 0 && atom.kind !== 'look-around') repetitions.push({ chars: atom.chars, level });
  }
  return { degree, factor };
}

/** Whether a group is repeated that can match the same text in several ways. */
function isAmbiguousRepetition(atom: Atom): boolean {
  if (atom.kind !== 'group' || atom.max <= 1) return false;
  const [atoms = [], ...others] = atom.alternatives;
  if (others.length > 0) return true;
  const variable = atoms.filter((inner) => isVariableWithin(inner));
  const ends = atoms.filter(
    (inner) => inner.kind === 'chars' && inner.min > 0 && inner.min === inner.max,
  );
  // Then each round ends at a character that no repetition of the group can match.
  const hasEnd = ends.some((end) => variable.every((inner) => !overlap(inner.chars, end.chars)));
  return variable.length > 0 && !hasEnd;
}

function isVariableWithin(atom: Atom): boolean {
  if (atom.min !== atom.max) return true;
  return (
    'alternatives' in atom &&
    (atom.alternatives.length > 1 || atom.alternatives[0]?.some(isVariableWithin) === true)
  );
}

function overlap(a: Chars, b: Chars): boolean {
  return !a.isDisjointFrom(b);
}

const ESCAPE =
  /\\(?:u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|c[a-zA-Z]|k<[^>]*>|[1-9]\d*|.)/suy;
const CLASS = /\[(?:\\.|[^\]\\])*\]/suy;
const GROUP = /\((?:\?(?:<?[=!]|[a-z-]*:|<[^>]*>))?/suy;
const QUANTIFIER = /(?:[*+?]|\{(?<min>\d+)(?<open>,(?<max>\d*))?\})\??/suy;
const ANY = /./suy;

function parse(source: string): Atom[][] {
  const known = new Map<string, Chars>();
  let place = 0;
  return alternatives();

  function alternatives(): Atom[][] {
    const found: Atom[][] = [[]];
    while (place < source.length && source[place] !== ')') {
      if (source[place] === '|') {
        place += 1;
        found.push([]);
      } else {
        found.at(-1)?.push(atom());
      }
    }
    return found;
  }

  function atom(): Atom {
    const group = take(GROUP);
    if (group) {
      const inner = alternatives();
      place += 1;
      const kind = /^\(\?<?[=!]/.test(group[0]) ? 'look-around' : 'group';
      const chars = new Set(inner.flat().flatMap((part) => [...part.chars]));
      return { kind, alternatives: inner, chars, ...quantifier() };
    }
    const text = (take(ESCAPE) ?? take(CLASS) ?? take(ANY))?.[0] ?? '';
    if (/^\\(?:k<|[1-9])/.test(text))
      return { kind: 'back-reference', chars: new Set(), ...quantifier() };
    if (text === '^') return { kind: 'start', chars: new Set(), min: 1, max: 1 };
    if (text === '$' || text === '\\b' || text === '\\B')
      return { kind: 'assertion', chars: new Set(), min: 1, max: 1 };
    return { kind: 'chars', chars: charsOf(text), ...quantifier() };
  }

  function quantifier(): Quantifier {
    const match = take(QUANTIFIER);
    if (!match) return { min: 1, max: 1 };
    const { min, open, max } = match.groups ?? {};
    if (min === undefined)
      return { min: match[0][0] === '+' ? 1 : 0, max: match[0][0] === '?' ? 1 : Infinity };
    if (open === undefined) return { min: Number(min), max: Number(min) };
    return { min: Number(min), max: max === '' ? Infinity : Number(max) };
  }

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = place;
    const match = pattern.exec(source);
    if (!match) return undefined;
    place = pattern.lastIndex;
    return match;
  }

  function charsOf(text: string): Chars {
    const chars = known.get(text) ?? matchedBy(text);
    known.set(text, chars);
    return chars;
  }
}

function matchedBy(text: string): Chars {
  const pattern = new RegExp(`^${text}$`, 'u');
  return new Set(SAMPLES.flatMap((sample, index) => (pattern.test(sample) ? [index] : [])));
}
