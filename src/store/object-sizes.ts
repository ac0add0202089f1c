/** Objects never change, so each is measured once. */
const sizes = new WeakMap<object, number>();

/** Returns about how much memory an object takes, in characters. */
export function sizeOf(measured: object): number {
  const known = sizes.get(measured);
  if (known !== undefined) return known;
  const size = charactersIn(measured);
  sizes.set(measured, size);
  return size;
}

/** Returns the characters in a value's strings, with a share for everything else. */
export function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 32;
  for (const member of Object.values(value)) size += 16 + charactersIn(member);
  return size;
}
