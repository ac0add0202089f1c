import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml';
import type { Resource, ResourceKind } from '../model/resource.ts';
import { findMistakes, nameMistake } from './check-document.ts';
import type { KindDescription } from './resource-kind.ts';
import { resourceKinds } from './resource-kinds.ts';

/** Something wrong with a file. */
export interface FileMistake {
  line: number;
  message: string;
}

/** Where secrets come from that a file only names. */
export interface SecretSources {
  environment: Record<string, string | undefined>;
  /** Returns the text of a file; throws if it can't be read. */
  readFile(path: string): string;
}

/** More than this is not written by people. */
const maxCharacters = 4 * 1024 * 1024;

const sections = new Map(Object.values(resourceKinds).map((description) => [description.section, description]));

/**
 * Reads a YAML file of resources: sections such as `repositories`, each a list of documents with a name. A secret may be
 * `{ env: NAME }` or `{ file: PATH }`. Returns the resources, or every mistake with its line.
 */
export function readResourceFile(
  text: string,
  sources: SecretSources,
): { resources: Resource[]; mistakes: FileMistake[] } {
  if (text.length > maxCharacters)
    return { resources: [], mistakes: [{ line: 1, message: 'The file is larger than 4 MiB.' }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, schema: 'core' });
  const mistakes: FileMistake[] = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: error.message.split('\n')[0] ?? '',
  }));
  visit(document, {
    // A few lines of them can stand for millions of values.
    Alias: (_, { range }) => {
      mistakes.push({ line: lines.linePos(range?.[0] ?? 0).line, message: 'Aliases are not supported: write it out.' });
    },
  });
  if (mistakes.length > 0) return { resources: [], mistakes };
  const resources: Resource[] = [];
  const reader = {
    sources,
    report: (node: Node | null | undefined, message: string) => {
      const at = node?.range?.[0];
      mistakes.push({ line: at === undefined ? 1 : lines.linePos(at).line, message });
    },
  };
  const { contents } = document;
  if (contents !== null && !isMap(contents))
    reader.report(contents, `expected sections: ${[...sections.keys()].join(', ')}`);
  for (const { key, value } of isMap(contents) ? contents.items : []) {
    const name = isScalar(key) ? String(key.value) : '';
    const description = sections.get(name);
    if (!description) {
      reader.report(key as Node, `There is no section '${name}'. There are: ${[...sections.keys()].join(', ')}.`);
    } else if (!isSeq(value)) {
      reader.report((value ?? key) as Node, `${name}: expected a list.`);
    } else {
      const read = value.items.flatMap((item) => readResource(item as Node, description, reader) ?? []);
      reportRepeated(read, reader);
      resources.push(...read.map(({ resource }) => resource));
    }
  }
  return { resources, mistakes: mistakes.sort((left, right) => left.line - right.line) };
}

interface Reader {
  sources: SecretSources;
  report(node: Node | null | undefined, message: string): void;
}

interface ReadResource {
  node: Node;
  resource: Resource;
}

function readResource(node: Node, description: KindDescription, reader: Reader): ReadResource | undefined {
  if (!isMap(node)) return void reader.report(node, `expected the members of a ${description.kind}.`);
  const members = readMembers(node, description, reader);
  if (!members) return undefined;
  const { name, ...document } = members;
  const mistake = nameMistake(name, description);
  if (mistake !== undefined) reader.report(nodeOf(node, 'name') ?? node, `name: ${mistake}.`);
  const mistakes = findMistakes(description, document);
  for (const { member, message } of mistakes) {
    reader.report((member !== undefined && nodeOf(node, member)) || node, message);
  }
  if (mistake !== undefined || mistakes.length > 0) return undefined;
  const kind: ResourceKind = description.kind;
  return { node, resource: { kind, name: String(name), document: document as Resource['document'] } };
}

/** Returns the members of a resource with its secrets; undefined if a secret can't be found. */
function readMembers(node: YAMLMap, { members }: KindDescription, { sources, report }: Reader) {
  const read: Record<string, unknown> = {};
  let isComplete = true;
  for (const [name, value] of Object.entries(node.toJSON() as Record<string, unknown>)) {
    const isNamed = members[name]?.isSecret && typeof value === 'object' && value !== null;
    const isValue = members[name]?.type === 'json' && typeof value === 'object' && value !== null;
    const text = isValue ? JSON.stringify(value) : value;
    const secret = isNamed ? findSecret(value as Record<string, unknown>, sources) : { text };
    if ('mistake' in secret) {
      report(nodeOf(node, name), `${name}: ${secret.mistake}.`);
      isComplete = false;
    } else {
      read[name] = secret.text;
    }
  }
  return isComplete ? read : undefined;
}

function findSecret(
  { env, file, ...others }: Record<string, unknown>,
  { environment, readFile }: SecretSources,
): { text: unknown } | { mistake: string } {
  const isOne = (env === undefined) !== (file === undefined) && Object.keys(others).length === 0;
  if (!isOne) return { mistake: 'expected a text, { env: NAME } or { file: PATH }' };
  if (typeof env === 'string') {
    const text = environment[env];
    return text === undefined ? { mistake: `the environment has no variable ${env}` } : { text };
  }
  try {
    return { text: readFile(String(file)).replace(/\r?\n$/, '') };
  } catch (error) {
    return { mistake: `its file cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function nodeOf(map: YAMLMap, name: string): Node | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  return (pair?.value ?? pair?.key) as Node | undefined;
}

function reportRepeated(read: ReadResource[], { report }: Reader): void {
  const names = new Set<string>();
  for (const { node, resource } of read) {
    if (names.has(resource.name)) report(node, `There are two of the name '${resource.name}'.`);
    names.add(resource.name);
  }
}
