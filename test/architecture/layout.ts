import type { Finding, SourceFile } from './source-file.ts';

const vagueNames = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'service', 'data', 'info'];
const registries = [
  'api/codepipeline',
  'api/millrace',
  'api/services',
  'providers',
  'engine/modes',
  'engine/conditions',
  'events/targets',
];
const mostLines = 300;

/** Finds vague file names, and barrels: an `index.ts` outside the registries. */
export function badNames(paths: string[]): Finding[] {
  return paths.flatMap((path) => {
    const [, folder = '', stem = ''] = /^(.*)\/([^/.]+)[^/]*$/.exec(path) ?? [];
    const found = (message: string) => [{ path, line: 1, message }];
    if (vagueNames.includes(stem)) return found(`'${stem}' is vague: name the one thing in the file`);
    if (/[A-Z_]/.test(stem) && path.endsWith('.ts')) return found('file names are kebab-case');
    if (stem === 'index' && path.startsWith('src/') && !registries.includes(folder.slice('src/'.length))) {
      return found(`index.ts is only for the registries ${registries.join(', ')}`);
    }
    return [];
  });
}

/** Finds files that are too long, except generated ones. */
export function longFiles(files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path !== 'src/contract/generated.ts')
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > mostLines)
    .map(({ path, lines }) => ({ path, line: mostLines + 1, message: `has ${lines} lines, ${mostLines} are allowed` }));
}

/** Finds providers that lack a part or are not in the registry. */
export function incompleteProviders(paths: string[], registry: SourceFile | undefined): Finding[] {
  const folders = [...new Set(paths.map((path) => /^src\/providers\/([^/]+)\//.exec(path)?.[1]))];
  return folders.flatMap((folder) => {
    if (folder === undefined) return [];
    const prefix = `src/providers/${folder}/`;
    const missing = ['run.ts', 'README.md'].filter((name) => !paths.includes(prefix + name));
    if (!paths.some((path) => path.startsWith(prefix) && path.endsWith('.test.ts'))) missing.push('a test');
    if (!registry?.text.includes(`'./${folder}/`)) missing.push('an import in src/providers/index.ts');
    return missing.length === 0 ? [] : [{ path: prefix, line: 1, message: `provider lacks ${missing.join(', ')}` }];
  });
}
