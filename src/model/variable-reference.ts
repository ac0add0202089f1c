/** `#{namespace.key}` (behaviour C.9). */
export const variableReference = /#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}/g;

/** One variable reference found in a configuration value. */
export interface VariableReference {
  text: string;
  namespace: string;
  key: string;
}

/** A configuration value, and so a reference, has no more characters. */
const mostCharacters = 1000;

const wholeReference = new RegExp(`^${variableReference.source}$`);

/**
 * Returns the references in a text, each once, in order. A declaration may hold hundreds of thousands of them, mostly the
 * same ones, so a repeated one costs no more than finding its end.
 */
export function referencesIn(text: string): VariableReference[] {
  const found = new Map<string, VariableReference | undefined>();
  let whole = '{';
  let end = -1;
  for (let start = text.indexOf('#{'); start >= 0; start = text.indexOf('#{', start + 2)) {
    if (text.startsWith(whole, start)) continue;
    // Many beginnings may have the same end.
    if (end < start) end = text.indexOf('}', start);
    if (end < 0) break;
    if (end - start > mostCharacters) continue;
    whole = text.slice(start, end + 1);
    if (found.has(whole)) continue;
    const [, namespace = '', key = ''] = wholeReference.exec(whole) ?? [];
    found.set(whole, key === '' ? undefined : { text: whole, namespace, key });
  }
  return [...found.values()].filter((reference) => reference !== undefined);
}
