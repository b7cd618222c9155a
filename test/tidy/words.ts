// The private words that are kept out of the product, and what to write instead. A reader whose
// second language is English must not stop at a sentence: rewrite it, do not swap one word.

/** A word or phrase, matched without case; a space in it is any white space or a line break. */
export type Word = {
  pattern: string;
  instead: string;
  /** What the same letters may be a part of. */
  except?: string;
};

/** Patterns are whole words; names in camelCase and snake_case are split into their words. */
export const WORDS: readonly Word[] = [
  {
    pattern: 'stand|stands|stood|standing',
    instead: 'is, is valid, is active, is held, remains, exists, listens',
    except: '(stand|stands|standing) (for|in)\\b|stand-in',
  },
  {
    pattern: 'tell|tells|telling|told',
    instead: 'notes, reports, records, says',
    except: '(tell|tells|telling|told)( \\S+){1,4} apart\\b|(tell|tells|telling|told) apart\\b',
  },
  { pattern: 'heed|heeds|heeded|heeding', instead: 'handles' },
  { pattern: 'mend|mends|mended|mending', instead: 'repairs, fixes' },
  { pattern: 'fate|fates', instead: 'outcome' },
  {
    pattern: 'judge|judges|judged|judging|judgement|judgment',
    instead: 'validates (definitions), checks (requests, settings), decides',
  },
  { pattern: 'hear|hears|heard|hearing', instead: 'is called with, receives' },
  { pattern: '(can|cannot|can be|to be|not be|be) had', instead: 'is available, can be opened' },
  {
    pattern: '(make|makes|making|made) up( for)?|make up',
    instead: 'compacts or truncates when due, catches up',
    except: '(make|makes|making|made) up of\\b',
  },
  { pattern: 'unsound|unsoundly', instead: 'damaged' },
  {
    pattern: 'sound|sounder|soundly',
    instead: 'valid, intact',
    // The verdict on a frame, as it is on the wire.
    except: '[\'"`]sound[\'"`]|FRAME VERDICT SOUND',
  },
  { pattern: 'whoever|whomever|whosoever', instead: 'who, the caller, anyone who' },
  { pattern: 'anew', instead: 'again' },
  { pattern: 'for ever', instead: 'forever, permanently' },
  { pattern: 'once more', instead: 'again' },
  { pattern: '(go|goes|going|gone|went) on', instead: 'continues' },
  { pattern: 'crowd|crowds|crowded', instead: 'many sessions' },
  { pattern: 'without one is|one that is without', instead: 'a plain name' },
  { pattern: 'not said to', instead: 'a plain name' },
  { pattern: 'come after what was seen', instead: 'stamp after seen' },
  { pattern: 'wants|wanted|wanting', instead: 'needs, requires, expects' },
  { pattern: 'beside', instead: 'next to, alongside, with' },
  {
    pattern: '(is|are|was|were) over',
    instead: 'has expired, has ended; exceeds (a limit)',
    except: '(is|are|was|were) over (\\d|HTTP|TLS|gRPC|TCP)',
  },
  { pattern: 'dear|dearer|dearly', instead: 'expensive' },
  {
    pattern: '(speak|speaks|spoke|spoken|speaking) (TLS|HTTP\\S*)',
    instead: 'uses TLS, uses HTTP',
  },
];
