/** Checks every member of every input, found by an independent walk over the model. */
import { describe, expect, test } from 'vitest';
import { checkInput } from './check.ts';
import { ServiceError } from './errors.ts';
import type { OperationName } from './model.ts';
import { operationNames, operationOf, shapeOf } from './model.ts';
import type { Shape } from './shape.ts';

/** A member of an operation's input: its shape, its path in messages, and inputs with a value for it. */
interface InputMember {
  operation: OperationName;
  shape: Shape;
  path: string;
  isRequired: boolean;
  /** Builds the smallest input with this value; without one, the parent exists and the member is absent. */
  inputWith: (value?: unknown) => unknown;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function membersUnder(parent: InputMember): InputMember[] {
  const { operation, shape, path } = parent;
  const child = (
    shapeName: string,
    segment: string,
    isRequired: boolean,
    hold: (value?: unknown) => unknown,
  ): InputMember[] => {
    const inputWith = (value?: unknown) => parent.inputWith(hold(value));
    const member = { operation, shape: shapeOf(shapeName), path: segment, isRequired, inputWith };
    return [member, ...membersUnder(member)];
  };
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).flatMap(([name, member]) => {
        const memberPath = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
        return child(member.shape, memberPath, member.required === true, (value) => ({ [name]: value }));
      });
    case 'list':
      return child(shape.member.shape, `${path}.1.member`, false, (value) => [value]);
    case 'map':
      return child(shape.value.shape, `${path}.some-key.member`, false, (value) => ({ 'some-key': value }));
    default:
      return [];
  }
}

function membersOf(operation: OperationName): InputMember[] {
  const shape = shapeOf(operationOf(operation).input);
  return membersUnder({ operation, shape, path: '', isRequired: true, inputWith: (value) => value });
}

function wrongValues(shape: Shape): unknown[] {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return ['text', 1, true, []];
    case 'list':
      return ['text', 1, false, {}];
    case 'string':
      return [1, true, [], {}];
    case 'integer':
    case 'timestamp':
      return ['1', true, [], {}];
    case 'boolean':
      return ['true', 1, [], {}];
  }
}

function refusalOf(operation: OperationName, input: unknown): ServiceError {
  try {
    checkInput(operation, input);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error(`${operation} accepted ${JSON.stringify(input)}`);
}

const texts = ['a1', 'S3x', '123456789012', '11111111-abcd-4111-abcd-111111111111'];
const arns = [
  'arn:aws:iam::123456789012:role/some-role',
  'arn:aws-cn:lambda:cn-north-1:123456789012:function:some-function',
  'arn:aws:codepipeline:eu-west-1:123456789012:some-pipeline',
];

/** Builds a value that the model allows for the shape, with all members. */
function sampleOf(shape: Shape): unknown {
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members).map(([name, member]) => [name, sampleOf(shapeOf(member.shape))]),
      );
    case 'list':
      return [sampleOf(shapeOf(shape.member.shape))];
    case 'map':
      return { 'some-key': sampleOf(shapeOf(shape.value.shape)) };
    case 'string': {
      if (shape.enum !== undefined) return shape.enum.at(-1);
      const { pattern = '.*', min = 0 } = shape;
      const owner = ['AWS', ...texts, ...arns];
      return owner.find((text) => text.length >= min && new RegExp(`^(?:${pattern})$`).test(text));
    }
    case 'integer':
      return shape.max ?? 2 ** 31 - 1;
    case 'boolean':
      return true;
    case 'timestamp':
      return 1790862132.45;
  }
}

describe.each(operationNames)('%s', (operation) => {
  const members = membersOf(operation);

  test('every wrong JSON type is a SerializationException with a message', () => {
    for (const member of members) {
      for (const wrong of wrongValues(member.shape)) {
        const refusal = refusalOf(operation, member.inputWith(wrong));
        expect(refusal.code, `${member.path} = ${JSON.stringify(wrong)}`).toBe('SerializationException');
        expect(refusal.message).toMatch(/^(Start of|Expected|[A-Z]+_VALUE can not be converted to) ?/);
      }
    }
  });

  test('every required member is reported by its path if absent or null', () => {
    for (const member of members.filter(({ isRequired }) => isRequired)) {
      for (const missing of [undefined, null]) {
        const refusal = refusalOf(operation, member.inputWith(missing));
        expect(refusal.code).toBe('ValidationException');
        expect(refusal.message).toContain(
          `Value at '${member.path}' failed to satisfy constraint: Member must not be null`,
        );
      }
    }
  });

  test('an input with every member is returned unchanged', () => {
    const input = sampleOf(shapeOf(operationOf(operation).input));
    expect(checkInput(operation, input)).toEqual(input);
  });
});
