import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { BuildspecError, type BuildspecWarning, type Text } from './buildspec.ts';

/** The most values that anchors may stand for. */
const maxAliasCount = 100;

const maxCharacters = 1024 * 1024;

/** What the mappings of a file share. */
interface YamlFile {
  document: Document;
  lineOf(node: Node): number;
  warnings: BuildspecWarning[];
}

interface YamlMember {
  value: Node | null;
  line: number;
}

/**
 * Reads a YAML file whose scalars are all texts as they are written, so that `3.10` and `yes` stay what they are. Throws
 * BuildspecError.
 */
export function readYamlMapping(text: string): YamlMapping {
  if (text.length > maxCharacters) throw new BuildspecError('The buildspec is larger than 1 MiB.', 1);
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const [error] = document.errors;
  if (error) throw new BuildspecError(error.message.split('\n')[0] ?? '', lineAt(error.pos[0]));
  try {
    document.toJS({ maxAliasCount });
  } catch (failure) {
    throw new BuildspecError(failure instanceof Error ? failure.message : String(failure), 1);
  }
  const file = { document, lineOf: (node: Node) => lineAt(node.range?.[0] ?? 0), warnings: [] };
  if (!isMap(document.contents)) throw new BuildspecError('The buildspec is not a YAML mapping.', 1);
  return new YamlMapping(document.contents, '', file);
}

/** A mapping of a YAML file. It notes which members are read, so that the others can be reported. */
export class YamlMapping {
  readonly line: number;
  private readonly path: string;
  private readonly file: YamlFile;
  private readonly members = new Map<string, YamlMember>();
  private readonly read = new Set<string>();

  constructor(node: YAMLMap, path: string, file: YamlFile) {
    this.path = path;
    this.file = file;
    this.line = file.lineOf(node);
    for (const [name, member] of membersOf(node, file)) this.members.set(name, member);
  }

  names(): string[] {
    return [...this.members.keys()];
  }

  lineOf(name: string): number {
    return this.members.get(name)?.line ?? this.line;
  }

  /** Returns a text; undefined if there is none or it is empty. */
  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (!isScalar(value)) throw this.unexpected(name, 'a text');
    return String(value.value) === '' ? undefined : String(value.value);
  }

  /** Reports whether a member is `yes` or `true`, in any case. */
  flag(name: string): boolean {
    return ['yes', 'true'].includes(this.text(name)?.toLowerCase() ?? '');
  }

  /** Returns a list of texts with their lines; a single text is a list of one. */
  lines(name: string): Text[] {
    const value = this.take(name);
    if (value === undefined || isEmpty(value)) return [];
    const items = isSeq(value) ? value.items : [value];
    return items.map((item, index) => {
      const node = resolve(item as Node | null, this.file);
      if (node === null) return { text: '', line: this.lineOf(name) };
      if (isScalar(node)) return { text: String(node.value), line: this.file.lineOf(node) };
      throw notText(name, index, node, this.file.lineOf(node));
    });
  }

  texts(name: string): string[] {
    return this.lines(name).map(({ text }) => text);
  }

  mapping(name: string): YamlMapping | undefined {
    const value = this.take(name);
    if (value === undefined || isEmpty(value)) return undefined;
    if (isMap(value)) return new YamlMapping(value, this.pathOf(name), this.file);
    throw this.unexpected(name, 'a mapping');
  }

  /** Returns a list of mappings. */
  mappings(name: string): YamlMapping[] {
    const value = this.take(name);
    if (value === undefined || isEmpty(value)) return [];
    if (!isSeq(value)) throw this.unexpected(name, 'a list');
    return value.items.map((item, index) => {
      const node = resolve(item as Node | null, this.file);
      if (isMap(node)) return new YamlMapping(node, `${this.pathOf(name)}[${index}]`, this.file);
      throw this.unexpected(`${name}[${index}]`, 'a mapping');
    });
  }

  /** Returns a mapping of texts. */
  textsByName(name: string): Record<string, string> {
    const mapping = this.mapping(name);
    return Object.fromEntries(mapping?.names().map((key) => [key, mapping.text(key) ?? '']) ?? []);
  }

  /** Reports the members that were not read. */
  warnOfUnread(): void {
    for (const [name, { line }] of this.members) {
      if (!this.read.has(name)) this.warn(line, `The key '${this.pathOf(name)}' is unknown and ignored.`);
    }
  }

  warn(line: number, message: string): void {
    this.file.warnings.push({ line, message });
  }

  get warnings(): BuildspecWarning[] {
    return this.file.warnings.toSorted((left, right) => left.line - right.line);
  }

  private take(name: string): Node | undefined {
    this.read.add(name);
    return this.members.get(name)?.value ?? undefined;
  }

  private pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  private unexpected(name: string, expected: string): BuildspecError {
    return new BuildspecError(`Expected ${this.pathOf(name)} to be ${expected}.`, this.lineOf(name));
  }
}

/** Returns the members of a mapping, those of merged mappings first, so that its own win. */
function membersOf(node: YAMLMap, file: YamlFile): [string, YamlMember][] {
  const merged: [string, YamlMember][] = [];
  const own: [string, YamlMember][] = [];
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const found = resolve(value as Node | null, file);
    if (name !== '<<') {
      own.push([name, { value: found, line: file.lineOf(key as Node) }]);
      continue;
    }
    for (const source of isSeq(found) ? found.items.toReversed() : [found]) {
      const mapping = resolve(source as Node | null, file);
      if (isMap(mapping)) merged.push(...membersOf(mapping, file));
    }
  }
  return [...merged, ...own];
}

function resolve(node: Node | null, { document }: YamlFile): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && (node.value === '' || node.value === null);
}

/** Words the most frequent mistake in buildspecs, a command with a colon and a space, as CodeBuild does. */
function notText(name: string, index: number, node: Node, line: number): BuildspecError {
  const [first] = isMap(node) ? node.items : [];
  const hint =
    first && isScalar(first.key)
      ? `'${String(first.key.value)}' is followed by a colon and a space, which makes it the key of a mapping: put the whole line in quotes.`
      : 'Write each item as one text.';
  const label = `${name.charAt(0).toUpperCase()}${name.slice(1)}[${index}]`;
  return new BuildspecError(
    `Expected ${label} to be of string type: found subkeys instead at line ${line}, value of the key tag on line ${Math.max(line - 1, 1)} might be empty\n${hint}`,
    line,
  );
}
