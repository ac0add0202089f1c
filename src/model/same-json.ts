/**
 * Reports whether two JSON values say the same: whatever the order of members, and without members that hold nothing
 * (absent, null, an empty list or an empty object). Stops at the first difference, as large values usually differ early.
 */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSameJson(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  for (const [name, member] of Object.entries(left)) {
    const other = Object.hasOwn(right, name) ? right[name] : undefined;
    if (!isSameMember(member, other)) return false;
  }
  return Object.entries(right).every(([name, member]) => Object.hasOwn(left, name) || holdsNothing(member));
}

function isSameMember(left: unknown, right: unknown): boolean {
  if (holdsNothing(left)) return holdsNothing(right);
  return !holdsNothing(right) && isSameJson(left, right);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function holdsNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(holdsNothing);
}
