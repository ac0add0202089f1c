import { readFileSync } from 'node:fs';
import type { Operations } from './generated.ts';

/** The name of one of the 44 operations, as after the dot in `X-Amz-Target`. */
export type OperationName = keyof Operations;

/** A structure: members by wire name, each naming its shape. */
export interface StructureShape {
  type: 'structure';
  members: Record<string, { shape: string; required?: boolean }>;
}

/** A list; `min` and `max` bound the number of elements. */
export interface ListShape {
  type: 'list';
  member: { shape: string };
  min?: number;
  max?: number;
}

/** A map with string keys; `min` and `max` bound the number of entries. */
export interface MapShape {
  type: 'map';
  key: { shape: string };
  value: { shape: string };
  min?: number;
  max?: number;
}

/** A string; `min` and `max` bound its UTF-16 length, `pattern` must match the whole of it. */
export interface StringShape {
  type: 'string';
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
}

/** A 32-bit integer; `min` and `max` bound its value. */
export interface IntegerShape {
  type: 'integer';
  min?: number;
  max?: number;
}

/** A shape of the API model. Timestamps are seconds since the epoch on the wire. */
export type Shape =
  | StructureShape
  | ListShape
  | MapShape
  | StringShape
  | IntegerShape
  | { type: 'boolean' }
  | { type: 'timestamp' };

/** An operation of the model: the names of its shapes (`output` null = an empty answer) and its declared errors. */
export interface OperationModel {
  input: string;
  output: string | null;
  errors: string[];
}

interface Model {
  metadata: { targetPrefix: string };
  operations: Record<OperationName, OperationModel>;
  shapes: Record<string, Shape>;
}

const model = JSON.parse(readFileSync(new URL('./codepipeline-2015-07-09.json', import.meta.url), 'utf8')) as Model;

/** What stands before the dot in `X-Amz-Target`: `CodePipeline_20150709`. */
export const targetPrefix: string = model.metadata.targetPrefix;

/** The 44 operation names in the model's order, which is alphabetical. */
export const operationNames = Object.keys(model.operations) as readonly OperationName[];

// A set and maps, not the parsed objects: names from the network must never reach Object.prototype.
const knownOperations: ReadonlySet<string> = new Set(operationNames);
const shapes: ReadonlyMap<string, Shape> = new Map(Object.entries(model.shapes));

/** Whether `text` names an operation, case-sensitively (wire 1). */
export function isOperationName(text: string): text is OperationName {
  return knownOperations.has(text);
}

/** The model of one operation. */
export function operationOf(name: OperationName): OperationModel {
  return model.operations[name];
}

/** The shape called `name`. Throws a plain Error for a name the model lacks: only a bug asks for one. */
export function shapeOf(name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`The API model has no shape '${name}'`);
  return shape;
}
