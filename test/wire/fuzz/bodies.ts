import type { Chance } from '../../support/engine/random.ts';
import { damage, oddName, oddNumber, oddText, oddValue } from './texts.ts';

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** Returns the JSON of `input` after a few mutations of its values, and rarely of its bytes. */
export function fuzzBody(chance: Chance, input: unknown): Buffer {
  // Larger than a body may be.
  if (chance.oneIn(1500)) return Buffer.alloc(5 * 1024 * 1024, '[');
  const copy = structuredClone(input);
  if (isContainer(copy)) for (let left = 1 + chance.below(3); left > 0; left -= 1) mutate(chance, copy);
  const text = JSON.stringify(copy) ?? '';
  if (!chance.oneIn(8)) return Buffer.from(text);
  return damagedBytes(chance, text);
}

/** Changes one entry of a random container inside `root`. */
function mutate(chance: Chance, root: Container): void {
  let container = root;
  while (!chance.oneIn(4)) {
    const inner = chance.pick(Object.values(container).filter(isContainer));
    if (inner === undefined) break;
    container = inner;
  }
  const key = chance.pick(Object.keys(container));
  const entries = container as Record<string, unknown>;
  const set = (name: string, value: unknown) =>
    Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true });
  switch (chance.below(8)) {
    case 0:
      if (key !== undefined) delete entries[key];
      return;
    case 1:
      if (key !== undefined) set(key, chance.oneIn(3) ? oddValue(chance) : oddOfSameType(chance, entries[key]));
      return;
    case 2:
      if (key !== undefined) set(key, oddOfSameType(chance, entries[key]));
      return;
    case 3:
      if (!Array.isArray(container)) set(oddName(chance), oddValue(chance));
      return;
    case 4: {
      const other = chance.pick(Object.keys(container));
      if (key === undefined || other === undefined) return;
      const held = entries[key];
      set(key, entries[other]);
      set(other, held);
      return;
    }
    case 5:
      if (Array.isArray(container)) container.push(...container.slice(0, 3), oddValue(chance));
      return;
    case 6:
      if (Array.isArray(container) && container.length > 0 && container.length < 20) {
        const size = chance.below(300);
        for (let index = container.length; index < size; index += 1) container.push(structuredClone(container[0]));
      }
      return;
    default:
      if (key !== undefined && chance.oneIn(4)) set(key, nested(chance, entries[key]));
  }
}

/** Returns an odd value of the same type, which passes the type check. */
function oddOfSameType(chance: Chance, value: unknown): unknown {
  if (typeof value === 'number') return oddNumber(chance);
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return value;
  return chance.oneIn(3) ? damage(chance, value) : oddText(chance);
}

/** Nests `value` in up to 80 lists or objects, which is beyond the limit. */
function nested(chance: Chance, value: unknown): unknown {
  const isList = chance.oneIn(2);
  let wrapped = value;
  for (let depth = chance.below(80); depth > 0; depth -= 1) wrapped = isList ? [wrapped] : { a: wrapped };
  return wrapped;
}

/** Returns what no serializer writes: duplicate members, numbers out of range, invalid UTF-8, truncated texts, deep nesting. */
function damagedBytes(chance: Chance, text: string): Buffer {
  switch (chance.below(7)) {
    case 0:
      return Buffer.from(text.replace(/"[^"]+":("[^"]*"|[0-9.]+)/, (member) => `${member},${member}`));
    case 1:
      return Buffer.from(
        text.replace(/[0-9]+/, chance.pick(['1e400', '-0', '01', '1E309', '0x1', '1_0', '9'.repeat(400)]) ?? ''),
      );
    case 2: {
      const bytes = Buffer.from(text);
      if (bytes.length > 0) bytes[chance.below(bytes.length)] = 0x80 + chance.below(0x80);
      return bytes;
    }
    case 3:
      return Buffer.from((chance.pick(['[', '{"a":', '[[', ' ', '\ufeff']) ?? '').repeat(chance.below(3000)) + text);
    case 4:
      return Buffer.from(text + text);
    case 5:
      return Buffer.from(text.slice(0, chance.below(text.length + 1)));
    default:
      return Buffer.from(damage(chance, text));
  }
}
