import { isElement, parseXml } from '../protocol/xml.ts';
import { StoreUnavailableError } from './store-refusal.ts';

/** Returns all elements `name` that have children; omits texts. */
export function elementsOf(parent: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const children = parent[name];
  return (Array.isArray(children) ? children : [children]).filter(isElement);
}

/** Returns the text of a child, or '' if it is missing or not a text. */
export function textOf(parent: Record<string, unknown>, name: string): string {
  const child = parent[name];
  return typeof child === 'string' ? child : '';
}

/** Returns the children of the root of the store's document; throws StoreUnavailableError if it can't be parsed. */
export function parseDocument(text: string, root: string): Record<string, unknown> {
  try {
    return parseXml(text, root);
  } catch (error) {
    throw new StoreUnavailableError(`its ${root} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}
