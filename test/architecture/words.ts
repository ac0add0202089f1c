import { importsOf } from './imports.ts';
import { maskSource } from './mask.ts';
import { type Finding, isTestFile, lineAt, type SourceFile } from './source-file.ts';

// After a dot a name is a member, and before a colon a key: `job.process`, `{ process: 1 }`.
const impureWord =
  /(?<![.\w$])(?:await|async|Date|Math\.random|crypto|process|performance|globalThis|fetch|set(?:Timeout|Interval|Immediate)|queueMicrotask)\b(?!\s*\??:)/g;

const narrowedTest =
  /(?<![.\w$])(?:it|test|describe|suite|bench)(?:\.\w+(?:\([^()]*\))?)*\.(?:only|skip|todo|skipIf|runIf)\b|(?<![.\w$])(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g;

function matches(file: SourceFile, pattern: RegExp, message: (word: string) => string): Finding[] {
  return [...maskSource(file.text).matchAll(pattern)].map((match) => ({
    path: file.path,
    line: lineAt(file.text, match.index),
    message: message(match[0]),
  }));
}

/** Finds what makes decisions unrepeatable: promises, clocks, randomness and I/O in engine/. */
export function impurities(files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/engine/') && !isTestFile(path))
    .flatMap((file) => [
      ...importsOf(file)
        .filter(({ specifier }) => specifier.startsWith('node:'))
        .map(({ specifier, line }) => ({ path: file.path, line, message: `imports ${specifier}: decisions are pure` })),
      ...matches(file, impureWord, (word) => `uses ${word}: decisions are pure`),
    ]);
}

/** Finds tests that are skipped or that skip others. */
export function narrowedTests(files: SourceFile[]): Finding[] {
  return files.flatMap((file) =>
    matches(file, narrowedTest, (word) => `${word.replace(/\s*\($/, '')}: every test runs, always`),
  );
}
