import type { OperationName, Shape } from '../../../src/contract/model.ts';
import { boundedShape, isScalar, operationOf } from '../bounded-model.ts';
import { collective, type JsonType } from './refusal-texts.ts';
import { validInput } from './valid-input.ts';

/** A place in the valid input of an operation. */
export interface Place {
  /** The way to it through the input. */
  keys: (string | number)[];
  shapeName: string;
  shape: Shape;
  isRequired: boolean;
  /** The path under which its problems are reported: its own, or that of the list or map of scalars it is in. */
  path: string;
  /** What is said of it when it is a scalar in a list or a map, whatever is wrong. */
  collectivePhrase?: string;
}

export function typeOf({ shape }: Place): JsonType {
  return shape.type;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function memberPlace(parent: Place, name: string, member: { shape: string; required?: boolean }): Place {
  return {
    keys: [...parent.keys, name],
    shapeName: member.shape,
    shape: boundedShape(member.shape),
    isRequired: member.required === true,
    path: parent.path === '' ? lowerFirst(name) : `${parent.path}.${lowerFirst(name)}`,
  };
}

function insidePlace(parent: Place, key: string | number, shapeName: string, segment: string): Place {
  const shape = boundedShape(shapeName);
  const place = { keys: [...parent.keys, key], shapeName, shape, isRequired: false };
  if (!isScalar(shape)) return { ...place, path: `${parent.path}.${segment}.member` };
  const say = parent.shape.type === 'list' ? collective.element : collective.value;
  return { ...place, path: parent.path, collectivePhrase: say(shapeName) };
}

function placesUnder(place: Place, value: unknown): Place[] {
  const { shape } = place;
  const below = (inner: Place): Place[] => {
    const key = inner.keys.at(-1) as string | number;
    return [inner, ...placesUnder(inner, (value as Record<string | number, unknown>)[key])];
  };
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) => below(memberPlace(place, name, member)));
    case 'list':
      return below(insidePlace(place, 0, shape.member.shape, '1'));
    case 'map': {
      const [key = ''] = Object.keys(value as object);
      return below(insidePlace(place, key, shape.value.shape, key));
    }
    default:
      return [];
  }
}

/** The input itself and every place in it, at any depth. */
export function placesOf(operation: OperationName): Place[] {
  const shapeName = operationOf(operation).input;
  const root: Place = { keys: [], shapeName, shape: boundedShape(shapeName), isRequired: true, path: '' };
  return [root, ...placesUnder(root, validInput(operation))];
}

/** `input` with `value` at the place; undefined takes the place away. What else is there is shared, not copied. */
export function put(input: unknown, keys: (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const held = (input as Record<string | number, unknown>)[key];
  const inner = put(held, rest, value);
  if (Array.isArray(input)) return input.with(key as number, inner);
  return { ...(input as object), [key]: inner };
}

/** What lies at the place. */
export function take(input: unknown, keys: (string | number)[]): unknown {
  return keys.reduce((value, key) => (value as Record<string | number, unknown>)[key], input);
}
