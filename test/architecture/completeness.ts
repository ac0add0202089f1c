import { type Finding, isTestFile, lineAt, type SourceFile } from './source-file.ts';

/** Settings that no code reads: their names appear only as keys of the tables in `config/`. */
export function unreadSettings(names: string[], sources: SourceFile[]): Finding[] {
  const code = sources.filter(({ path }) => !isTestFile(path));
  return names
    .filter((name) => !code.some(({ text }) => new RegExp(`\\b${name}\\b(?!: \\{)`).test(text)))
    .map((name) => ({ path: 'src/config', line: 1, message: `no code reads the setting ${name}` }));
}

/** Operations of our own API that no test calls. */
export function uncalledOperations(names: readonly string[], tests: SourceFile[]): Finding[] {
  return names
    .filter((name) => !tests.some(({ text }) => text.includes(`'${name}'`)))
    .map((name) => ({ path: 'src/contract/millrace.json', line: 1, message: `no test calls ${name}` }));
}

/** Errors of the front door that no other file of `src/` names. */
export function unusedErrors(table: SourceFile, sources: SourceFile[]): Finding[] {
  const others = sources.filter(({ path }) => path !== table.path && !isTestFile(path));
  return [...table.text.matchAll(/^ {2}(\w+): \d{3},$/gm)]
    .filter(([, code = '']) => !isMentioned(code, others))
    .map(({ index, 1: code }) => ({
      path: table.path,
      line: lineAt(table.text, index),
      message: `${code} is not used`,
    }));
}

/** Nouns of the store that no case of its conformance suite uses. */
export function untestedNouns(store: SourceFile, conformance: SourceFile[]): Finding[] {
  return [...store.text.matchAll(/^ {4}(\w+): \w+Rows\(/gm)]
    .filter(([, noun]) => !conformance.some(({ text }) => new RegExp(`\\.${noun}\\b`).test(text)))
    .map(({ index, 1: noun }) => ({
      path: store.path,
      line: lineAt(store.text, index),
      message: `test/conformance/ has no case that uses ${noun}`,
    }));
}

function isMentioned(name: string, files: SourceFile[]): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return files.some(({ text }) => word.test(text));
}
