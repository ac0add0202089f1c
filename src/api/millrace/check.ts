import { ServiceError } from '../../contract/errors.ts';
import type { AdminInput, AdminMember, AdminOperation } from './operation.ts';

const maxTextLength = 10_000;
const maxListLength = 100;

/** Checks an input by the operation's own table: wrong JSON types first, then what is missing or unknown. */
export function checkAdminInput({ input: members }: AdminOperation, value: unknown): AdminInput {
  const given = new Map(Object.entries(value as object).filter(([, member]) => member !== null));
  for (const [name, member] of given) {
    const known = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!known) throw new ServiceError('ValidationException', `There is no member '${name}'.`);
    checkType(name, known, member);
  }
  const missing = Object.entries(members).find(([name, { isRequired }]) => isRequired && !given.has(name));
  if (missing) {
    throw new ServiceError(
      'ValidationException',
      `1 validation error detected: Value at '${missing[0]}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return Object.fromEntries(given);
}

function checkType(name: string, member: AdminMember, value: unknown): void {
  const { type } = member;
  if (type === 'structure') {
    if (typeof value === 'object' && !Array.isArray(value)) return;
    throw new ServiceError('SerializationException', `'${name}' must be an object`);
  }
  if (type === 'number') {
    checkNumber(name, member, value);
    return;
  }
  const texts = type === 'string' ? [value] : value;
  if (!Array.isArray(texts) || !texts.every((text): text is string => typeof text === 'string')) {
    throw new ServiceError(
      'SerializationException',
      `'${name}' must be ${type === 'string' ? 'a string' : 'a list of strings'}`,
    );
  }
  const { maxBytes } = member;
  if (maxBytes !== undefined && texts.some((text) => Buffer.byteLength(text) > maxBytes)) {
    throw new ServiceError('ValidationException', `'${name}' may have ${maxBytes} bytes.`);
  }
  const isTooLong = (text: string) => maxBytes === undefined && text.length > maxTextLength;
  if (texts.length > maxListLength || texts.some((text) => isTooLong(text) || text.includes('\0'))) {
    throw new ServiceError(
      'ValidationException',
      `'${name}' may have ${maxListLength} texts of ${maxTextLength} characters, without U+0000.`,
    );
  }
}

function checkNumber(
  name: string,
  { range: [least, most] = [0, Number.MAX_SAFE_INTEGER] }: AdminMember,
  value: unknown,
) {
  if (typeof value !== 'number') throw new ServiceError('SerializationException', `'${name}' must be a number`);
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new ServiceError('ValidationException', `'${name}' must be a whole number from ${least} to ${most}.`);
}
