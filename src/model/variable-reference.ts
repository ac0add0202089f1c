/** `#{namespace.key}` (behaviour C.9). */
export const variableReference = /#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}/g;

/** One variable reference found in a configuration value. */
export interface VariableReference {
  text: string;
  namespace: string;
  key: string;
}

/** The longest configuration value, and so the longest reference. */
const mostCharacters = 1000;

const wholeReference = new RegExp(`^${variableReference.source}$`);

/**
 * Returns the references in a text in order, without repetitions. A declaration can hold hundreds of thousands, mostly
 * the same ones, so a repetition costs no more than finding its end.
 */
export function referencesIn(text: string): VariableReference[] {
  const found = new Map<string, VariableReference | undefined>();
  let whole = '{';
  let end = -1;
  for (let start = text.indexOf('#{'); start >= 0; start = text.indexOf('#{', start + 2)) {
    if (text.startsWith(whole, start)) continue;
    // Many openings can share an end.
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

/** Returns the inside of the first `#{…}` that is not a valid reference. An unclosed one is plain text. */
export function findMalformedReference(text: string): string | undefined {
  // A regular expression would scan to the end of the text for each unclosed opening.
  for (let start = text.indexOf('#{'); start >= 0; ) {
    const end = text.indexOf('}', start);
    if (end < 0) return undefined;
    if (!wholeReference.test(text.slice(start, end + 1))) return text.slice(start + 2, end);
    start = text.indexOf('#{', end);
  }
  return undefined;
}
