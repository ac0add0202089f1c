import type { OperationKey } from '../../../src/contract/model.ts';
import { wholeMatcher } from '../../../src/contract/scalar-constraints.ts';
import type { StringShape } from '../../../src/contract/shape.ts';
import { boundedShape, operationOf } from '../bounded-model.ts';

/** For each pattern of the model one of these matches. */
const texts = [
  'Sample-1',
  'Sample1',
  '123456789012',
  'AWS',
  '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
  'sample.sample',
  'arn:aws:iam::123456789012:role/Sample',
  'arn:aws:lambda:us-east-1:123456789012:function:Sample',
  'arn:aws:codepipeline:us-east-1:123456789012:Sample',
  'arn:aws:codeconnections:us-east-1:123456789012:host/Sample',
  'arn:aws:codestar-connections:us-east-1:123456789012:host/Sample',
];

/** Reports whether the whole text matches the pattern of the shape, if there is one. Ignores its length. */
export function matches({ pattern }: StringShape, text: string): boolean {
  return pattern === undefined || wholeMatcher(pattern).test(text);
}

/** Returns a text that the shape allows. */
function validText(shape: StringShape): string {
  if (shape.enum) return shape.enum[0] as string;
  const { min = 0, max = Number.POSITIVE_INFINITY } = shape;
  const text = texts.find(
    (candidate) => candidate.length >= min && candidate.length <= max && matches(shape, candidate),
  );
  if (text === undefined) throw new Error(`add a text that matches ${shape.pattern}`);
  return text;
}

/** Returns a text of this length that matches the pattern of the shape; undefined if there is none. */
export function textOfLength(shape: StringShape, length: number): string | undefined {
  const text = validText(shape);
  return [text.slice(0, length).padEnd(length, 'a'), '1'.repeat(length)].find((candidate) => matches(shape, candidate));
}

/** Returns a valid value with every member, and one element in every list and map. */
function validValue(shapeName: string): unknown {
  const shape = boundedShape(shapeName);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members).map(([name, { shape }]) => [name, validValue(shape)]));
    case 'list':
      return [validValue(shape.member.shape)];
    case 'map':
      return { [validText(boundedShape(shape.key.shape) as StringShape)]: validValue(shape.value.shape) };
    case 'string':
      return validText(shape);
    case 'integer':
      return shape.min || 1;
    case 'boolean':
      return false;
    case 'timestamp':
      return 1790862132.45;
  }
}

/** Returns a valid input with every member of the model. */
export function validInput(operation: OperationKey): Record<string, unknown> {
  return validValue(operationOf(operation).input) as Record<string, unknown>;
}
