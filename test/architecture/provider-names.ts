import { type Finding, lineAt, type SourceFile } from './source-file.ts';

/**
 * Finds string literals that are the name of a provider or a type key with one. Sentences may contain names, and
 * `type: 'S3'` is a kind of artifact store.
 */
export function providerNames(files: SourceFile[], providers: string[]): Finding[] {
  const name = `(?:[^'"\`\\s]*/)?(?:${[...new Set(providers)].join('|')})(?:/[^'"\`\\s]*)?`;
  const literal = new RegExp(`(?<!type: )(['"\`])(${name})\\1`, 'g');
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(literal)].map((match) => ({
      path,
      line: lineAt(text, match.index),
      message: `${match[0]} names a provider: make it an attribute of the type in src/catalogue/`,
    })),
  );
}
