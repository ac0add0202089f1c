import { importedPath, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

/** The one file that opens objects to providers: it binds them to the role and asks its policies. */
const binding = 'src/server/role-objects.ts';
/** What it takes to hand something to a provider. */
const handing = ['src/providers/provider.ts', 'src/providers/provider-runner.ts'];
const network = /^(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/|$)|^@aws-sdk\/|^@smithy\/|^undici$/;
const fetching = /(?<![\w$.])fetch\s*\(/;

/**
 * Ways to objects that do not ask the role: a file that hands tools to providers and knows the object store, and a
 * provider that opens connections of its own.
 */
export function unboundObjects(files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/') && !isTestFile(path) && path !== binding)
    .flatMap((file) => (file.path.startsWith('src/providers/') ? ownConnections(file) : unboundStores(file)));
}

function ownConnections(file: SourceFile): Finding[] {
  const found = importsOf(file)
    .filter(({ specifier }) => network.test(specifier))
    .map(({ line }) => line);
  const fetches = file.text.split('\n').flatMap((text, index) => (fetching.test(text) ? [index + 1] : []));
  return [...found, ...fetches].map((line) => ({
    path: file.path,
    line,
    message: 'a provider reaches objects only through its tools, which are bound to the role',
  }));
}

function unboundStores(file: SourceFile): Finding[] {
  const imports = importsOf(file).map(({ specifier, line }) => ({
    target: importedPath(file.path, specifier) ?? '',
    line,
  }));
  if (!imports.some(({ target }) => handing.includes(target))) return [];
  return imports
    .filter(({ target }) => target.startsWith('src/artifacts/'))
    .map(({ line }) => ({ path: file.path, line, message: `objects are handed to providers by ${binding} only` }));
}
