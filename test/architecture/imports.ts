import { dirname, join, normalize } from 'node:path/posix';
import { maskSource } from './mask.ts';
import { lineAt, type SourceFile } from './source-file.ts';

/** One import of a file: `import`, `import type`, `export … from` or a dynamic `import()`. */
export interface Import {
  /** As written between the quotes. */
  specifier: string;
  line: number;
  /** Erased by the compiler, so it does not exist at run time. */
  isTypeOnly: boolean;
}

const fromClause = /(?<![\w$.])(import|export)\s+(type\s+(?!from\b|,))?(?:[\w$*\s,]|\{[^{}]*\})*?\bfrom\s*(['"])/g;
const bareImport = /(?<![\w$.])(import)(\s*)()(['"])/g;
const dynamicImport = /(?<![\w$.])(import)\s*\(\s*()(['"])/g;

/** Lists the imports of a file by line. Comments and strings that look like one are ignored. */
export function importsOf({ text }: SourceFile): Import[] {
  const code = maskSource(text);
  const found: Import[] = [];
  for (const pattern of [fromClause, bareImport, dynamicImport]) {
    for (const match of code.matchAll(pattern)) {
      const from = match.index + match[0].length;
      const specifier = text.slice(from, code.indexOf(match.at(-1) ?? '', from));
      found.push({ specifier, line: lineAt(text, match.index), isTypeOnly: (match[2] ?? '').startsWith('type') });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Returns the path of a relative specifier in the repository; undefined for a package or a built-in module. */
export function importedPath(importer: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(importer), specifier)) : undefined;
}

/** Returns the name of a specifier's package; undefined for a file or a built-in module. */
export function importedPackage(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
