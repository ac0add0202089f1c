import { refusals } from './s3-error.ts';

/** Deeper than any document of S3. */
const maxDepth = 16;

/** Limit for a start tag; S3's documents have no attributes but namespaces. */
const maxTagCharacters = 4096;

/** Limit for a text with its references; the longest is a key of 1,024 bytes. */
const maxTextCharacters = 16 * 1024;

/** How much is read before yielding to the event loop. */
const charactersPerTurn = 64 * 1024;
const elementsPerTurn = 2000;

/** Elements that are read as lists even if they occur once. */
const repeated = new Set(['Object', 'Part', 'Rule', 'Tag']);

const startTag = /([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const declaration = /^\uFEFF?\s*<\?xml\s[^<>]{0,200}\?>/;

const predefined = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

interface Frame {
  /** With its prefix. */
  name: string;
  children?: Record<string, unknown>;
  texts: string[];
  textCharacters: number;
}

/**
 * Reads a document of elements and texts, such as S3's. Ignores attributes and comments; rejects document types,
 * processing instructions, custom entities and more than `maxElements`. Takes one pass, linear in the length of the
 * text, and yields regularly so that the caller can give way to other work. Returns the name of the root element,
 * without prefix, and its text or children.
 */
export function* readDocument(text: string, maxElements: number): Generator<void, { name: string; node: unknown }> {
  const top: Frame = { name: '', texts: [], textCharacters: 0 };
  const stack: Frame[] = [top];
  let position = declaration.exec(text)?.[0].length ?? 0;
  let elements = 0;
  let turnEnd = charactersPerTurn;
  let turnElements = elementsPerTurn;
  for (;;) {
    const frame = stack.at(-1) ?? top;
    const start = text.indexOf('<', position);
    takeText(frame, stack.length, text.slice(position, start < 0 ? text.length : start));
    if (start < 0) break;
    const next = text[start + 1];
    if (next === '/') {
      position = endOf(text, '>', start);
      if (text.slice(start + 2, position - 1).trimEnd() !== frame.name || stack.length < 2) throw malformed('end tags');
      stack.pop();
      addChild(stack.at(-1) ?? top, frame.name, nodeOf(frame));
    } else if (next === '!') {
      position = skipMarkup(text, start, frame, stack.length);
    } else {
      elements += 1;
      if (elements > maxElements) throw malformed(`more than ${maxElements} elements`);
      const [tag, name = '', , closing] = tagAt(text, start);
      position = start + 1 + tag.length;
      if (closing === '/') addChild(frame, name, '');
      else stack.push({ name, texts: [], textCharacters: 0 });
      if (stack.length > maxDepth) throw malformed(`more than ${maxDepth} levels`);
    }
    if (position > turnEnd || elements > turnElements) {
      yield;
      turnEnd = position + charactersPerTurn;
      turnElements = elements + elementsPerTurn;
    }
  }
  const [root, ...others] = Object.entries(top.children ?? {});
  if (stack.length > 1 || !root || others.length > 0) throw malformed('one root element, and an end for each element');
  return { name: root[0], node: root[1] };
}

function tagAt(text: string, start: number): RegExpExecArray {
  startTag.lastIndex = 0;
  const tag = startTag.exec(text.slice(start + 1, start + 1 + maxTagCharacters));
  if (!tag || localName(tag[1] ?? '') === '__proto__') throw malformed('a start tag');
  return tag;
}

/** Returns the position after the next `mark`, which is required. */
function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  if (end < 0) throw malformed(`expected ${mark}`);
  return end + mark.length;
}

/** Skips a comment or a CDATA section, whose text it adds unchanged. */
function skipMarkup(text: string, start: number, frame: Frame, depth: number): number {
  if (text.startsWith('<!--', start)) return endOf(text, '-->', start + 4);
  if (!text.startsWith('<![CDATA[', start) || depth < 2) throw malformed('document types are not accepted');
  const end = endOf(text, ']]>', start);
  addText(frame, text.slice(start + 9, end - 3));
  return end;
}

/** Adds a text to its element. Only white space may stand between elements and around the root. */
function takeText(frame: Frame, depth: number, raw: string): void {
  if (raw === '' || (frame.children && isBlank(raw))) return;
  if (depth < 2) {
    if (!isBlank(raw)) throw malformed('text outside of the root element');
    return;
  }
  if (raw.length > maxTextCharacters) {
    if (!isBlank(raw)) throw malformed(`more than ${maxTextCharacters} characters in a text`);
    return;
  }
  addText(frame, decodeReferences(raw.includes('\r') ? raw.replaceAll(/\r\n?/g, '\n') : raw));
}

function addText(frame: Frame, text: string): void {
  frame.textCharacters += text.length;
  if (frame.textCharacters > maxTextCharacters) throw malformed(`more than ${maxTextCharacters} characters in a text`);
  frame.texts.push(text);
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

function nodeOf({ children, texts }: Frame): unknown {
  return children ?? texts.join('');
}

function addChild(parent: Frame, prefixed: string, node: unknown): void {
  const name = localName(prefixed);
  parent.children ??= Object.create(null) as Record<string, unknown>;
  const before = parent.children[name];
  if (Array.isArray(before)) before.push(node);
  else if (before !== undefined) parent.children[name] = [before, node];
  else parent.children[name] = repeated.has(name) ? [node] : node;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&\s]*);?/g, (_reference, name: string) => {
    const character = predefined.get(name) ?? characterOf(name);
    if (character === undefined) throw malformed(`unknown reference &${name.slice(0, 20)};`);
    return character;
  });
}

function characterOf(name: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name) ?? [];
  const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
    ? String.fromCodePoint(point)
    : undefined;
}

function malformed(what: string): Error {
  return refusals.malformedXml(what);
}
