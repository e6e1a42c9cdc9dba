import { expect, test } from 'vitest';
import { applied, type FileChange, readChanges } from './carried-out-page.ts';

const page = `# A page

New: \`a/new.ts\`

\`\`\`ts
export const one = 1;

export const two = 2;
\`\`\`

\`old.ts\` is spoken of, and then changed:

\`old.ts\`

\`\`\`diff
 first
+between
 last
\`\`\`

\`\`\`sh
npm run something
\`\`\`
`;

test('new files are whole, changes say where they belong, and commands are about no file', () => {
  expect(readChanges(page)).toEqual([
    { kind: 'new', path: 'a/new.ts', content: 'export const one = 1;\n\nexport const two = 2;\n' },
    { kind: 'changed', path: 'old.ts', before: 'first\nlast\n', after: 'first\nbetween\nlast\n' },
  ]);
});

test('a change is made in the one place that it is for, and is refused where there is none or more', () => {
  const change = readChanges(page).find(
    (each): each is Extract<FileChange, { kind: 'changed' }> => each.kind === 'changed',
  );
  if (change === undefined) throw new Error('The page has no change.');
  expect(applied('first\nlast\nmore\n', change)).toBe('first\nbetween\nlast\nmore\n');
  expect(() => applied('first\nmore\n', change)).toThrow('nowhere');
  expect(() => applied('first\nlast\nfirst\nlast\n', change)).toThrow('more than once');
  expect(() => applied('not first\nlast\n', change)).toThrow('nowhere');
});
