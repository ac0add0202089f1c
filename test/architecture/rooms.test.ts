import { expect, test } from 'vitest';
import { deadEntries, forbiddenImports, readImportRules, roomsOf } from './rooms.ts';
import { report } from './source-file.ts';

const file = (path: string, text = '') => ({ path, text });
const readme = (room: string, rule: string) => file(`src/${room}/README.md`, `# ${room}\n\n${rule}\n`);

const files = [
  file('src/main.ts', "import './engine/tick.ts';"),
  file('src/cli/start.ts', "import '../main.ts';\nimport '../engine/tick.ts';"),
  file(
    'src/engine/tick.ts',
    "import type { Job } from '../model/job.ts';\nimport { a } from './a.ts';\nimport 'node:fs';",
  ),
  file('src/engine/a.ts'),
  file('src/model/job.ts'),
  file('src/store/store.ts', "import '../model/job.ts';"),
  file('src/store/index/rows.ts'),
  file('src/store/store.test.ts', "import '../engine/a.ts';"),
];
const readmes = [
  readme('cli', 'May import: everything.'),
  readme('engine', 'May import: `model/`, store/store.ts.'),
  readme('model', 'May import: –.'),
  readme('store', 'May import: model'),
];

function judge(more: { path: string; text: string }[] = []): string[] {
  const all = [...files, ...more];
  return report(forbiddenImports(readImportRules(roomsOf(all), readmes).rules, all));
}

test('accepts rooms that follow their READMEs', () => {
  expect(readImportRules(roomsOf(files), readmes).findings).toEqual([]);
  expect(judge()).toEqual([]);
});

test('finds any form of import that no rule allows', () => {
  const forms = ["import { t } from '../engine/a.ts';", "import type { T } from '../engine/a.ts';"];
  const more = [...forms, "export * from '../engine/a.ts';", "\nawait import('../engine/a.ts');"];
  expect(judge(more.map((text, index) => file(`src/model/bad-${index}.ts`, text)))).toEqual(
    more.map(
      (text, index) =>
        `src/model/bad-${index}.ts:${text.startsWith('\n') ? 2 : 1} imports src/engine/a.ts, but src/model/README.md allows only: nothing`,
    ),
  );
});

test('a rule for one file allows only that file', () => {
  const more = [file('src/engine/b.ts', "import '../store/store.ts';\nimport '../store/index/rows.ts';")];
  expect(judge(more)).toEqual([
    'src/engine/b.ts:2 imports src/store/index/rows.ts, but src/engine/README.md allows only: model, store/store.ts',
  ]);
});

test('no room may import main.ts, a test, or anything outside src', () => {
  const text = "import '../main.ts';\nimport './store.test.ts';\nimport '../../test/x.ts';";
  expect(judge([file('src/store/bad.ts', text)])).toEqual([
    'src/store/bad.ts:1 imports src/main.ts, but src/store/README.md allows only: model',
    'src/store/bad.ts:2 imports src/store/store.test.ts, which is a test',
    'src/store/bad.ts:3 imports test/x.ts, which is outside src/',
  ]);
});

test('the rule of the innermost folder applies', () => {
  const inner = [
    file('src/engine/modes/queued.ts', "import '../../model/job.ts';\nimport './mode.ts';"),
    file('src/engine/modes/mode.ts', "import '../a.ts';"),
  ];
  const all = [...files, ...inner];
  const { rules, findings } = readImportRules(roomsOf(all), [...readmes, readme('engine/modes', 'May import: model.')]);
  expect(findings).toEqual([]);
  expect(report(forbiddenImports(rules, all))).toEqual([
    'src/engine/modes/mode.ts:1 imports src/engine/a.ts, but src/engine/modes/README.md allows only: model',
  ]);
});

test('finds a README that is missing, too long, or without exactly one rule', () => {
  const { findings } = readImportRules(
    ['engine', 'model', 'store'],
    [
      readme('engine', `May import: model${'\n'.repeat(20)}.`),
      file('src/store/README.md', 'May import: a\nMay import: b\n'),
    ],
  );
  expect(report(findings)).toEqual([
    'src/engine/README.md:21 has 23 lines, 20 are allowed',
    'src/model/README.md:1 room model has no README.md',
    "src/store/README.md:1 has 2 lines that begin with 'May import:', not one",
  ]);
});

test('finds a rule for something that does not exist', () => {
  const { rules } = readImportRules(
    ['engine'],
    [readme('engine', 'May import: model, modle, store/sotre.ts, store/index.')],
  );
  expect(report(deadEntries(rules, files))).toEqual([
    "src/engine/README.md:3 'modle' is neither a room nor a file of src/",
    "src/engine/README.md:3 'store/sotre.ts' is neither a room nor a file of src/",
  ]);
});
