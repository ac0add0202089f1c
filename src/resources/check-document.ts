import type { Member } from '../model/resource.ts';
import type { KindDescription } from './resource-kind.ts';

/** Something wrong with a document. */
export interface DocumentMistake {
  /** The member; undefined if it is about the document as a whole. */
  member?: string;
  message: string;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The longest text of a member: a private key, or the known hosts of many hosts. */
const maxCharacters = 20_000;
const maxListed = 100;

/** Says what is wrong with the name of a resource. */
export function nameMistake(name: unknown, { nameMistake: mistakeOf }: KindDescription): string | undefined {
  if (typeof name === 'string' && mistakeOf) return mistakeOf(name);
  if (typeof name === 'string' && namePattern.test(name)) return undefined;
  return 'a name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or digit';
}

/** Finds everything that is wrong with a document. */
export function findMistakes(
  { kind, members, mistakesOf }: KindDescription,
  document: Record<string, unknown>,
): DocumentMistake[] {
  const known = Object.keys(members).join(', ');
  const mistakes: DocumentMistake[] = [];
  for (const name of Object.keys(document)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    const message = member
      ? valueMistake(name, member, document[name])
      : `${/^[AEIOU]/.test(kind) ? 'An' : 'A'} ${kind} has no member '${name}'. It has ${known}.`;
    if (message !== undefined) mistakes.push({ member: name, message });
  }
  for (const [name, { isRequired, documentation }] of Object.entries(members)) {
    if (!isRequired || document[name] !== undefined) continue;
    mistakes.push({ message: `The member '${name}' is missing: ${lowerFirst(documentation)}` });
  }
  for (const { member, mistake } of mistakesOf?.(document) ?? [])
    mistakes.push({ member, message: `${member}: ${mistake}.` });
  return mistakes;
}

function valueMistake(name: string, { type, mistakeIn }: Member, value: unknown): string | undefined {
  if (type === 'flag') return typeof value === 'boolean' ? undefined : `${name}: expected true or false.`;
  if (type === 'number') return Number.isSafeInteger(value) ? undefined : `${name}: expected a whole number.`;
  if (type === 'list') {
    const isList =
      Array.isArray(value) && value.length <= maxListed && value.every((text) => textMistake(text) === undefined);
    return isList ? undefined : `${name}: expected a list of at most ${maxListed} texts.`;
  }
  const mistake = textMistake(value) ?? mistakeIn?.(value as string);
  return mistake === undefined ? undefined : `${name}: ${mistake}.`;
}

function textMistake(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'expected a text';
  if (value.length > maxCharacters) return `expected at most ${maxCharacters} characters`;
  if (value.includes('\0')) return 'it has a null character';
  return value === '' ? 'it is empty' : undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
