import { PolicyError } from './policy-error.ts';

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
