/** A policy that cannot be kept as written. The message begins with the place of the fault: `Statement[0].Action`. */
export class PolicyError extends Error {
  constructor(place: string, fault: string) {
    super(place === '' ? fault : `${place}: ${fault}`);
    this.name = 'PolicyError';
  }
}

/** The members of an object, none but those in `allowed`. Throws `PolicyError`. */
export function readObject(value: unknown, place: string, allowed: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) throw new PolicyError(place, 'must be a JSON object');
  for (const name of Object.keys(value)) {
    if (allowed.includes(name)) continue;
    if (name === 'Principal' || name === 'NotPrincipal') {
      throw new PolicyError(place, `${name} has no place here: the policy speaks of whoever holds it`);
    }
    throw new PolicyError(place, `'${name}' is not supported; there are ${allowed.join(', ')}`);
  }
  return value;
}

/** A string or a list of them, at least one; each is handed to `check` with its place. Throws `PolicyError`. */
export function readTexts(
  value: unknown,
  place: string,
  check: (text: string, place: string) => void = () => undefined,
): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new PolicyError(place, 'needs at least one value');
  return list.map((text, index) => {
    const at = Array.isArray(value) ? `${place}[${index}]` : place;
    if (typeof text !== 'string') throw new PolicyError(at, 'must be a string');
    // IAM would put a value in its place; taken as it stands it would match nothing and deny nothing.
    if (text.includes('${')) throw new PolicyError(at, 'policy variables such as ${aws:username} are not supported');
    check(text, at);
    return text;
  });
}

/** Whether `value` is a JSON object: neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Of valid JSON only strings and the marks of structure are looked at; numbers and names are skipped.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/**
 * The first member name that stands twice in one object of `text`, which must be valid JSON. `JSON.parse` keeps the
 * last of the two and says nothing: a condition written twice would guard only half of what its author meant.
 */
export function findDuplicateMember(text: string): string | undefined {
  // The innermost open object's names come last; a list holds none.
  const open: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (const [found] of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else if (found === ':') {
      const name: unknown = JSON.parse(lastString);
      const names = open.at(-1);
      if (typeof name !== 'string' || !names) continue;
      if (names.has(name)) return name;
      names.add(name);
    } else if (found !== ',') lastString = found;
  }
  return undefined;
}
