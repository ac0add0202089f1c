import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { refusals } from './s3-error.ts';

/** An element: its text, or its children by name. Undefined children are left out, arrays repeat their element. */
export type XmlNode = string | number | boolean | undefined | XmlNode[] | { [name: string]: XmlNode };

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true });

const predefined = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Characters that a document must not hold as they are; a bare CR would be read as LF. S3 writes references, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const unprintable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  removeNSPrefix: true,
  // Entities of a document's own are never expanded: only the five predefined ones and numbers, below.
  processEntities: false,
  isArray: (name) => ['Object', 'Part', 'Rule', 'Tag'].includes(name),
  tagValueProcessor: (_name, text) => decodeReferences(text),
});

function decodeReferences(text: string): string {
  return text.replaceAll(/&([^;&\s]*);?/g, (_reference, name: string) => {
    const character = predefined.get(name) ?? characterOf(name);
    if (character === undefined) throw refusals.malformedXml(`unknown reference &${name.slice(0, 20)};`);
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

/** The document whose root element is `root`, in S3's namespace. */
export function buildXml(root: string, children: Record<string, XmlNode> | string): string {
  const content = typeof children === 'string' ? { '#text': children } : children;
  return serialize(root, { '@xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/', ...content });
}

/** The document of a refusal, which has no namespace. */
export function buildErrorXml(children: Record<string, XmlNode>): string {
  return serialize('Error', children);
}

function serialize(root: string, node: XmlNode): string {
  const text = builder.build({ [root]: node });
  const safe = text.replaceAll(unprintable, (found) => `&#x${found.charCodeAt(0).toString(16)};`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${safe}`;
}

/** The children of the root element `root`; anything else is MalformedXML. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  if (/<!DOCTYPE|\0/i.test(text)) throw refusals.malformedXml('document types and U+0000 are not accepted');
  let document: Record<string, unknown>;
  try {
    document = parser.parse(text, true) as Record<string, unknown>;
  } catch (error) {
    throw refusals.malformedXml(error instanceof Error ? error.message : '');
  }
  const { '?xml': _declaration, ...roots } = document;
  const node = roots[root];
  if (node === undefined || Object.keys(roots).length !== 1) throw refusals.malformedXml(`expected <${root}>`);
  return isElement(node) ? node : {};
}

/** Whether a parsed node has children. */
export function isElement(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** The text of a child, undefined when there is none. */
export function childText(element: Record<string, unknown>, name: string): string | undefined {
  const child = element[name];
  if (child === undefined || typeof child === 'string') return child;
  throw refusals.malformedXml(`<${name}> must be one text`);
}

/** All children of a repeated element (`Object`, `Part`, `Rule`, `Tag`) that have children themselves. */
export function childElements(element: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const children = element[name];
  if (children === undefined) return [];
  if (!Array.isArray(children) || !children.every(isElement)) throw refusals.malformedXml(`<${name}> is not complete`);
  return children;
}
