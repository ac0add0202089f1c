import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** The way to a value in a document. */
export type Path = readonly (string | number)[];

/** A document with the lines of its values. */
export interface LocatedDocument {
  value: unknown;
  /** Returns the line of a value, or of the nearest one around it. */
  lineOf(path: Path): number;
}

/** Something wrong with a file. */
export class DocumentError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'DocumentError';
    this.line = line;
  }
}

const maxCharacters = 4 * 1024 * 1024;
const maxValues = 200_000;

/** Reads JSON or YAML; a tag such as `!Ref x` becomes `{ Ref: x }`, as CloudFormation means it. Throws DocumentError. */
export function readLocated(text: string): LocatedDocument {
  if (text.length > maxCharacters) throw new DocumentError('The file is larger than 4 MiB.', 1);
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, schema: 'core', uniqueKeys: true, logLevel: 'silent' });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const [error] = document.errors;
  if (error) throw new DocumentError(error.message.split('\n')[0] ?? '', lineAt(error.pos[0]));
  const lines = new Map<string, number>();
  let count = 0;
  const read = (node: Node | null, path: Path, line: number): unknown => {
    count += 1;
    if (count > maxValues) throw new DocumentError(`The file has more than ${maxValues} values.`, line);
    const found = isAlias(node) ? (node.resolve(document) ?? null) : node;
    const own = found?.range && !isAlias(node) ? lineAt(found.range[0]) : line;
    lines.set(JSON.stringify(path), line);
    const value = plainValue(found, path, own);
    const name = found?.tag?.startsWith('!') && !found.tag.startsWith('!!') ? found.tag.slice(1) : undefined;
    return name === undefined || name === '' ? value : { [functionName(name)]: argumentOf(name, value) };
  };
  const plainValue = (node: Node | null, path: Path, line: number): unknown => {
    if (isSeq(node)) {
      return node.items.map((item, index) => read(item as Node | null, [...path, index], lineOfItem(item) ?? line));
    }
    if (!isMap(node)) return isScalar(node) ? node.value : null;
    const entries = node.items.map(({ key, value }): [string, unknown] => {
      const name = isScalar(key) ? String(key.value) : '';
      return [name, read(value as Node | null, [...path, name], lineOfItem(key) ?? line)];
    });
    return Object.fromEntries(entries);
  };
  const lineOfItem = (item: unknown) => {
    const { range } = (item ?? {}) as { range?: [number, number, number] | null };
    return range ? lineAt(range[0]) : undefined;
  };
  const value = read(document.contents as Node | null, [], 1);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const line = lines.get(JSON.stringify(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return 1;
    },
  };
}

function functionName(tag: string): string {
  return tag === 'Ref' || tag === 'Condition' ? tag : `Fn::${tag}`;
}

function argumentOf(tag: string, value: unknown): unknown {
  return tag === 'GetAtt' && typeof value === 'string' ? value.split('.') : value;
}
