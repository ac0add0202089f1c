/**
 * Reports whether two JSON values are equal, ignoring the order of members and members that are absent, null, or an
 * empty list or object. Stops at the first difference, since large values usually differ early.
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
  return Object.entries(right).every(([name, member]) => Object.hasOwn(left, name) || isEmpty(member));
}

function isSameMember(left: unknown, right: unknown): boolean {
  if (isEmpty(left)) return isEmpty(right);
  return !isEmpty(right) && isSameJson(left, right);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
