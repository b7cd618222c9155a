import { expect, test } from 'vitest';
import { isComment, linesMatching, projectFiles } from './project-files.ts';

const typescript = projectFiles('{src,test,examples,bench,.ci/{bundle,release}}/**/*.ts');
const lua = projectFiles('src/**/*.lua');

const CODE = [
  /^(const|let|import|export|return|await|throw|if|for|while|expect)\b.*[;{]$/,
  /^[\w.]+\(.*\);$/,
  /^[\w.]+ \+?= .*;$/,
  /^[}\])]+[;,]?$/,
  /^local [\w, ]+ = /,
  /^redis\.call\(/,
  /^(if|elseif) .* then$/,
  /^end$/,
];

test('no file has an open task in it', () => {
  // Written apart, so that this file does not find itself.
  const pattern = new RegExp(
    `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`,
  );
  expect(linesMatching([...typescript, ...lua], pattern)).toEqual([]);
});

test('no code is commented out', () => {
  const found = [...typescript, ...lua].flatMap(({ path, lines }) =>
    lines.flatMap((line, place) => {
      const text = /^\s*(?:\/\/|--) ?(.*)$/.exec(line)?.[1]?.trim() ?? '';
      return CODE.some((pattern) => pattern.test(text)) ? [`${path}:${place + 1}`] : [];
    }),
  );
  expect(found).toEqual([]);
});

test('every export of src is explained: by its docstring, by the top of its file, or by being a type', () => {
  const exported = /^export (async )?(function|const|let|class|abstract)\b/;
  const found = typescript
    .filter(({ path, lines }) => path.startsWith('src/') && !isComment(lines[0] ?? ''))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, place) =>
        exported.test(line) && !isComment(lines[place - 1] ?? '') ? [`${path}:${place + 1}`] : [],
      ),
    );
  expect(found).toEqual([]);
});

test('every Lua script says at its top what KEYS, ARGV and its answer are', () => {
  const found = lua.filter(({ lines }) => {
    const top = lines.slice(
      1,
      lines.findIndex((line, place) => place > 0 && !isComment(line)),
    );
    return !['KEYS', 'ARGV', 'Returns'].every((word) =>
      top.some((line) => line.startsWith(`-- ${word}`)),
    );
  });
  expect(lua.length).toBeGreaterThan(0);
  expect(found.map(({ path }) => path)).toEqual([]);
});
