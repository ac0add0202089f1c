import { setImmediate as nextTurn } from 'node:timers/promises';
import { XMLBuilder } from 'fast-xml-parser';
import { refusals } from './s3-error.ts';
import { readDocument } from './xml-reader.ts';

/** An element: its text, or its children by name. Undefined children are omitted, arrays repeat their element. */
export type XmlNode = string | number | boolean | undefined | XmlNode[] | { [name: string]: XmlNode };

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true });

/** Characters that must not appear literally: a parser would read a bare CR as LF. S3 writes references for them, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const unprintable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Builds an element with its children, escaped; a name that starts with `@` is an attribute. */
export function buildElement(name: string, node: XmlNode): string {
  const text = builder.build({ [name]: node });
  return text.replaceAll(unprintable, (found) => `&#x${found.charCodeAt(0).toString(16)};`);
}

/** Builds a document of S3: the element `root` in S3's namespace. */
export function buildXml(root: string, children: Record<string, XmlNode> | string): string {
  const content = typeof children === 'string' ? { '#text': children } : children;
  return declaration + buildElement(root, { '@xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/', ...content });
}

/** Builds an error document of S3, which has no namespace. */
export function buildErrorXml(children: Record<string, XmlNode>): string {
  return declaration + buildElement('Error', children);
}

/** More elements than any document of bucket settings or response of an external store has. */
const mostElements = 20_000;

/** Returns the children of the root element `root`, or throws MalformedXML. For short or trusted texts. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  const reading = startReading(text, mostElements);
  for (;;) {
    const step = reading.next();
    if (step.done) return childrenOf(step.value, root);
  }
}

/** Reads a long document of at most `maxElements`, yielding to the event loop. */
export async function parseLongXml(text: string, root: string, maxElements: number): Promise<Record<string, unknown>> {
  const reading = startReading(text, maxElements);
  for (;;) {
    const step = reading.next();
    if (step.done) return childrenOf(step.value, root);
    await nextTurn();
  }
}

function startReading(text: string, maxElements: number): ReturnType<typeof readDocument> {
  if (text.includes('\0')) throw refusals.malformedXml('U+0000 is not accepted');
  return readDocument(text, maxElements);
}

function childrenOf({ name, node }: { name: string; node: unknown }, root: string): Record<string, unknown> {
  if (name !== root || Array.isArray(node)) throw refusals.malformedXml(`expected <${root}>`);
  return isElement(node) ? node : {};
}

/** Returns whether a parsed node has children. */
export function isElement(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** Returns the text of a child, or undefined. */
export function childText(element: Record<string, unknown>, name: string): string | undefined {
  const child = element[name];
  if (child === undefined || typeof child === 'string') return child;
  throw refusals.malformedXml(`<${name}> must be one text`);
}

/** Returns all elements `name` (`Object`, `Part`, `Rule`, `Tag`); each must have children. */
export function childElements(element: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const children = element[name];
  if (children === undefined) return [];
  if (!Array.isArray(children) || !children.every(isElement)) throw refusals.malformedXml(`<${name}> is not complete`);
  return children;
}

/** Returns the elements of a name that may occur any number of times. */
export function asList(node: unknown): unknown[] {
  if (node === undefined || node === '') return [];
  return Array.isArray(node) ? (node as unknown[]) : [node];
}

/** Returns the tree without white space between elements and around texts. */
export function withoutBlanks(element: Record<string, unknown>): Record<string, unknown> {
  const children = Object.entries(element).filter(([name, node]) => name !== '#text' || String(node).trim() !== '');
  return Object.fromEntries(children.map(([name, node]) => [name, trimmed(node)]));
}

function trimmed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(trimmed);
  return isElement(node) ? withoutBlanks(node) : String(node).trim();
}
