/** One step of a path: a member, an element, or all of them. */
type Step = string | number | typeof every;

const every = Symbol('every');

/** A path into an event, in the part of JSONPath that EventBridge documents. */
export type EventPath = readonly Step[];

const stepPattern = /\.([A-Za-z0-9_/-]+|\*)|\[(\d{1,9}|\*)\]|\['([^']*)'\]/y;

/** Parses a path such as `$.detail.object['version-id']`; undefined if it is not one. */
export function parseEventPath(text: string): EventPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  stepPattern.lastIndex = 1;
  while (stepPattern.lastIndex < text.length) {
    const [whole, name, index, quoted] = stepPattern.exec(text) ?? [];
    if (whole === undefined) return undefined;
    if (name === '*' || index === '*') steps.push(every);
    else steps.push(name ?? quoted ?? Number(index));
  }
  return steps;
}

/** Returns what a path leads to; a list if it has a wildcard, and undefined if there is nothing. */
export function valueAt(event: unknown, path: EventPath): unknown {
  let found: unknown[] = [event];
  for (const step of path) found = found.flatMap((value) => stepInto(value, step));
  return path.includes(every) ? found : found[0];
}

function stepInto(value: unknown, step: Step): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === every) return Object.values(value);
  if (typeof step === 'number' && !Array.isArray(value)) return [];
  return Object.hasOwn(value, step) ? [(value as Record<string | number, unknown>)[step]] : [];
}
