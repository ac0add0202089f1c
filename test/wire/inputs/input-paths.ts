import type { OperationKey } from '../../../src/contract/model.ts';
import type { Shape } from '../../../src/contract/shape.ts';
import { boundedShape, isScalar, operationOf } from '../bounded-model.ts';
import { collective, type JsonType } from './refusal-texts.ts';
import { validInput } from './valid-input.ts';

/** A path into the valid input of an operation. */
export interface InputPath {
  /** The keys from the root of the input. */
  keys: (string | number)[];
  shapeName: string;
  shape: Shape;
  isRequired: boolean;
  /** Where its problems are reported: at itself, or at the list or map of scalars that contains it. */
  path: string;
  /** The phrase for any problem of a scalar in a list or a map. */
  collectivePhrase?: string;
}

export function typeOf({ shape }: InputPath): JsonType {
  return shape.type;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function memberPath(parent: InputPath, name: string, member: { shape: string; required?: boolean }): InputPath {
  return {
    keys: [...parent.keys, name],
    shapeName: member.shape,
    shape: boundedShape(member.shape),
    isRequired: member.required === true,
    path: parent.path === '' ? lowerFirst(name) : `${parent.path}.${lowerFirst(name)}`,
  };
}

function elementPath(parent: InputPath, key: string | number, shapeName: string, segment: string): InputPath {
  const shape = boundedShape(shapeName);
  const target = { keys: [...parent.keys, key], shapeName, shape, isRequired: false };
  if (!isScalar(shape)) return { ...target, path: `${parent.path}.${segment}.member` };
  const say = parent.shape.type === 'list' ? collective.element : collective.value;
  return { ...target, path: parent.path, collectivePhrase: say(shapeName) };
}

function pathsUnder(target: InputPath, value: unknown): InputPath[] {
  const { shape } = target;
  const below = (inner: InputPath): InputPath[] => {
    const key = inner.keys.at(-1) as string | number;
    return [inner, ...pathsUnder(inner, (value as Record<string | number, unknown>)[key])];
  };
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) => below(memberPath(target, name, member)));
    case 'list':
      return below(elementPath(target, 0, shape.member.shape, '1'));
    case 'map': {
      const [key = ''] = Object.keys(value as object);
      return below(elementPath(target, key, shape.value.shape, key));
    }
    default:
      return [];
  }
}

/** Returns the root of the input and every path in it, at any depth. */
export function pathsOf(operation: OperationKey): InputPath[] {
  const shapeName = operationOf(operation).input;
  const root: InputPath = { keys: [], shapeName, shape: boundedShape(shapeName), isRequired: true, path: '' };
  return [root, ...pathsUnder(root, validInput(operation))];
}

/** Returns `input` with `value` at the path; undefined removes the member. Shares everything else. */
export function setAt(input: unknown, keys: (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const held = (input as Record<string | number, unknown>)[key];
  const inner = setAt(held, rest, value);
  if (Array.isArray(input)) return input.with(key as number, inner);
  return { ...(input as object), [key]: inner };
}

/** Returns the value at the path. */
export function getAt(input: unknown, keys: (string | number)[]): unknown {
  return keys.reduce((value, key) => (value as Record<string | number, unknown>)[key], input);
}
