import { importedPath, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

/** What a room, or a folder inside one, may import according to its README. */
export interface ImportRule {
  /** Path below src/: `engine`, `engine/structure`. */
  room: string;
  path: string;
  line: number;
  /** Paths below src/ without a slash at the end: `contract`, `store/object-index.ts`. */
  entries: string[];
}

/** Rooms that may import all others, because they wire the components together. */
const openRooms = ['cli', 'server'];

const mark = 'May import: ';

/** Lists the rooms: the folders of src/ that contain code. */
export function roomsOf(files: SourceFile[]): string[] {
  const rooms = files.map(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1]).filter((room) => room !== undefined);
  return [...new Set(rooms)].sort();
}

function entriesOf(sentence: string): string[] {
  const entries = sentence
    .trim()
    .replace(/\.$/, '')
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .replaceAll('`', '')
        .replace(/^src\//, '')
        .replace(/\/$/, ''),
    );
  return entries.filter((entry) => entry !== '' && entry !== '–' && entry !== '-' && entry !== 'everything');
}

/** Reads the rules. A room without a README, or a README without exactly one rule, is a finding. */
export function readImportRules(rooms: string[], readmes: SourceFile[]): { rules: ImportRule[]; findings: Finding[] } {
  const rules: ImportRule[] = [];
  const findings: Finding[] = [];
  for (const room of rooms) {
    const path = `src/${room}/README.md`;
    const lines =
      readmes
        .find((readme) => readme.path === path)
        ?.text.trimEnd()
        .split('\n') ?? [];
    const marked = lines.flatMap((text, index) => (text.startsWith(mark) ? [{ text, line: index + 1 }] : []));
    const [rule] = marked;
    if (lines.length === 0) findings.push({ path, line: 1, message: `room ${room} has no README.md` });
    else if (!rule || marked.length > 1) {
      findings.push({ path, line: 1, message: `has ${marked.length} lines that begin with '${mark.trim()}', not one` });
    } else rules.push({ room, path, line: rule.line, entries: entriesOf(rule.text.slice(mark.length)) });
    if (lines.length > 20) findings.push({ path, line: 21, message: `has ${lines.length} lines, 20 are allowed` });
  }
  rules.push(...readInnerRules(readmes));
  return { rules, findings };
}

/** Reads the rules of folders inside rooms, where a README is optional and so is its rule. */
function readInnerRules(readmes: SourceFile[]): ImportRule[] {
  return readmes.flatMap(({ path, text }) => {
    const room = /^src\/(.+\/.+)\/README\.md$/.exec(path)?.[1];
    const index = text.split('\n').findIndex((line) => line.startsWith(mark));
    if (room === undefined || index < 0) return [];
    const sentence = text.split('\n')[index]?.slice(mark.length) ?? '';
    return [{ room, path, line: index + 1, entries: entriesOf(sentence) }];
  });
}

/** Finds entries of rules that name neither a room nor a file. */
export function deadEntries(rules: ImportRule[], files: SourceFile[]): Finding[] {
  const exists = (entry: string) =>
    files.some(({ path }) => path === `src/${entry}` || path.startsWith(`src/${entry}/`));
  return rules.flatMap(({ path, line, entries }) =>
    entries
      .filter((entry) => !exists(entry))
      .map((entry) => ({ path, line, message: `'${entry}' is neither a room nor a file of src/` })),
  );
}

/**
 * Imports that leave a room through no rule of its README, or that reach from the product into tests or beyond src/.
 */
export function forbiddenImports(rules: ImportRule[], files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/') && !isTestFile(path))
    .flatMap((file) =>
      importsOf(file).flatMap(({ specifier, line }) => {
        const target = importedPath(file.path, specifier);
        const message = target === undefined ? undefined : refusal(file.path, target, rules);
        return message === undefined ? [] : [{ path: file.path, line, message }];
      }),
    );
}

function refusal(importer: string, target: string, rules: ImportRule[]): string | undefined {
  if (!target.startsWith('src/')) return `imports ${target}, which is outside src/`;
  if (isTestFile(target)) return `imports ${target}, which is a test`;
  const outer = /^src\/([^/]+)\//.exec(importer)?.[1];
  if (outer === undefined || openRooms.includes(outer)) return undefined;
  // The rule of the innermost folder applies.
  const rule = rules
    .filter(({ room }) => importer.startsWith(`src/${room}/`))
    .sort((a, b) => b.room.length - a.room.length)[0];
  const room = rule?.room ?? outer;
  if (target.startsWith(`src/${room}/`)) return undefined;
  const below = target.slice('src/'.length);
  if (rule?.entries.some((entry) => below === entry || below.startsWith(`${entry}/`))) return undefined;
  return `imports ${target}, but src/${room}/README.md allows only: ${rule?.entries.join(', ') || 'nothing'}`;
}
