import { importedPath, importsOf } from './imports.ts';
import { type Finding, isTestFile, type SourceFile } from './source-file.ts';

/** What the README of a room, or of a folder inside one, says it may import. */
export interface Door {
  /** Path below src/: `engine`, `engine/structure`. */
  room: string;
  path: string;
  line: number;
  /** Paths below src/ without a slash at the end: `contract`, `store/object-index.ts`. */
  entries: string[];
}

/** The rooms that build the parts and introduce them: they may import every other. */
const openRooms = ['cli', 'server'];

const mark = 'May import: ';

/** Rooms are the folders of src/ that hold code; an empty one is only announced. */
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

/** Reads each room's door; a room without a README, or a README without exactly one such line, is a finding. */
export function readDoors(rooms: string[], readmes: SourceFile[]): { doors: Door[]; findings: Finding[] } {
  const doors: Door[] = [];
  const findings: Finding[] = [];
  for (const room of rooms) {
    const path = `src/${room}/README.md`;
    const lines =
      readmes
        .find((readme) => readme.path === path)
        ?.text.trimEnd()
        .split('\n') ?? [];
    const marked = lines.flatMap((text, index) => (text.startsWith(mark) ? [{ text, line: index + 1 }] : []));
    const [door] = marked;
    if (lines.length === 0) findings.push({ path, line: 1, message: `room ${room} has no README.md` });
    else if (!door || marked.length > 1) {
      findings.push({ path, line: 1, message: `has ${marked.length} lines that begin with '${mark.trim()}', not one` });
    } else doors.push({ room, path, line: door.line, entries: entriesOf(door.text.slice(mark.length)) });
    if (lines.length > 20) findings.push({ path, line: 21, message: `has ${lines.length} lines, 20 are allowed` });
  }
  doors.push(...readInnerDoors(readmes));
  return { doors, findings };
}

/** Reads the doors of folders inside rooms: a README there is optional, and so is its line. */
function readInnerDoors(readmes: SourceFile[]): Door[] {
  return readmes.flatMap(({ path, text }) => {
    const room = /^src\/(.+\/.+)\/README\.md$/.exec(path)?.[1];
    const index = text.split('\n').findIndex((line) => line.startsWith(mark));
    if (room === undefined || index < 0) return [];
    const sentence = text.split('\n')[index]?.slice(mark.length) ?? '';
    return [{ room, path, line: index + 1, entries: entriesOf(sentence) }];
  });
}

/** Entries of doors that name neither a room nor a file: a door to nowhere hides a spelling mistake. */
export function deadEntries(doors: Door[], files: SourceFile[]): Finding[] {
  const exists = (entry: string) =>
    files.some(({ path }) => path === `src/${entry}` || path.startsWith(`src/${entry}/`));
  return doors.flatMap(({ path, line, entries }) =>
    entries
      .filter((entry) => !exists(entry))
      .map((entry) => ({ path, line, message: `'${entry}' is no room and no file of src/` })),
  );
}

/**
 * Imports that leave a room through no door of its README, or that reach from the product into tests or beyond src/.
 */
export function forbiddenImports(doors: Door[], files: SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/') && !isTestFile(path))
    .flatMap((file) =>
      importsOf(file).flatMap(({ specifier, line }) => {
        const target = importedPath(file.path, specifier);
        const message = target === undefined ? undefined : refusal(file.path, target, doors);
        return message === undefined ? [] : [{ path: file.path, line, message }];
      }),
    );
}

function refusal(importer: string, target: string, doors: Door[]): string | undefined {
  if (!target.startsWith('src/')) return `imports ${target}, which is outside src/`;
  if (isTestFile(target)) return `imports ${target}, which is a test`;
  const outer = /^src\/([^/]+)\//.exec(importer)?.[1];
  if (outer === undefined || openRooms.includes(outer)) return undefined;
  // The door of the innermost folder that has one decides.
  const door = doors
    .filter(({ room }) => importer.startsWith(`src/${room}/`))
    .sort((a, b) => b.room.length - a.room.length)[0];
  const room = door?.room ?? outer;
  if (target.startsWith(`src/${room}/`)) return undefined;
  const below = target.slice('src/'.length);
  if (door?.entries.some((entry) => below === entry || below.startsWith(`${entry}/`))) return undefined;
  return `imports ${target}, but src/${room}/README.md allows only: ${door?.entries.join(', ') || 'nothing'}`;
}
