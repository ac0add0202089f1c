import { expect, test } from 'vitest';
import { brokenCitations } from './citations.ts';
import { report } from './source-file.ts';

const page = {
  path: 'docs/decisions.md',
  text: '# Decisions\n\n## Decision\n\n- **1** One. [ours]\n- **10** Ten\n  goes on. [observed, ours]\n\n## Behaviour\n\n- **C.2.4** Updates. [AWS documentation]\n',
};
const all = '(decision 1, 10; behaviour C.2.4)';

function found(text: string, decisions = page): string[] {
  return report(brokenCitations(decisions, [{ path: 'src/a.ts', text }]));
}

test('a citation names one or more numbers of one or more sections', () => {
  expect(found(`/** Whatever ${all}. */`)).toEqual([]);
  expect(found('// Rule (decision 1) and (decision 10; behaviour C.2.4).')).toEqual([]);
});

test('a citation may be wrapped in a comment of TypeScript, SQL or shell', () => {
  for (const mark of [' *', '//', '--', '#']) {
    const wrapped = all.replace('C.2.4', `\n  ${mark} C.2.4`).replace(' \n', '\n').replace('1, 10', `1,\n${mark} 10`);
    expect(found(wrapped)).toEqual([]);
  }
});

test('every number needs its entry, in its own section', () => {
  expect(found(`${all}\n\n(decision 1, 11) (behaviour 1)`)).toEqual([
    'src/a.ts:3 cites decision 11, which is not in docs/decisions.md',
    'src/a.ts:3 cites behaviour 1, which is not in docs/decisions.md',
  ]);
});

test('every entry is cited', () => {
  expect(found('(decision 1, 10)')).toEqual(['docs/decisions.md:11 behaviour C.2.4 is not cited: remove the entry']);
});

test('rejects other spellings', () => {
  const forms = [
    'behaviour C.2.4',
    '(see behaviour C.2.4)',
    '(decision 1; Decision 10)',
    '(decisions 1)',
    '(wire §4)',
    '(decision 1, behaviour C.2.4)',
    'as C.2.4 says',
    'DESIGN §3',
  ];
  for (const form of forms) expect(found(`${all} ${form}`).join(), form).toContain('expected the form');
});

test('ignores counts, sections of RFCs and other words', () => {
  const text = `${all} 10 clients, the clients' 4th call, operations: 12, wire2, version 1.2, (RFC 9110 §10.1.1)`;
  expect(found(text)).toEqual([]);
});

test('an entry names its origins and appears once', () => {
  const text = `${page.text}- **C.2.4** Again.\n- **C.3** Guessed. [rumour]\n`;
  expect(found(`${all} (behaviour C.3)`, { ...page, text })).toEqual([
    'docs/decisions.md:12 has behaviour C.2.4 twice',
    'docs/decisions.md:12 behaviour C.2.4 has to end with its origins: [AWS documentation, inferred, observed, ours]',
    'docs/decisions.md:13 behaviour C.3 has to end with its origins: [AWS documentation, inferred, observed, ours]',
  ]);
});
