import { isElement, parseXml } from '../protocol/xml.ts';
import { StoreUnavailableError } from './store-refusal.ts';

/** The children of a repeated element with children, however often it is there; text among them is left out. */
export function elementsOf(parent: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const children = parent[name];
  return (Array.isArray(children) ? children : [children]).filter(isElement);
}

/** The text of a child, '' when there is none or it is no text. */
export function textOf(parent: Record<string, unknown>, name: string): string {
  const child = parent[name];
  return typeof child === 'string' ? child : '';
}

/** The children of the root of a document that the store sent; it is the store's fault when it cannot be read. */
export function parseDocument(text: string, root: string): Record<string, unknown> {
  try {
    return parseXml(text, root);
  } catch (error) {
    throw new StoreUnavailableError(`its ${root} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}
