/** `#{namespace.key}` (behaviour C.9). */
export const variableReference = /#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}/g;

/** One variable reference found in a configuration value. */
export interface VariableReference {
  text: string;
  namespace: string;
  key: string;
}

/** Every reference in a text, in order. */
export function referencesIn(text: string): VariableReference[] {
  return [...text.matchAll(variableReference)].map(([whole, namespace = '', key = '']) => ({
    text: whole,
    namespace,
    key,
  }));
}
