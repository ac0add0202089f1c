import { readFileSync } from 'node:fs';
import type { Operations, OwnOperations } from './generated.ts';

/** One of the 44 operations, as named after the dot in `X-Amz-Target`. */
export type OperationName = keyof Operations;

/** The name of an operation of our own API. */
export type OwnOperationName = keyof OwnOperations;

/** A structure: the shapes of its members, by wire name. Our own API has documentation. */
export interface StructureShape {
  type: 'structure';
  members: Record<string, { shape: string; required?: boolean; documentation?: string }>;
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

/**
 * A string; `min` and `max` bound its UTF-16 length, `pattern` must match all of it. `maxBytes` bounds its UTF-8 length
 * (only in our own API).
 */
export interface StringShape {
  type: 'string';
  min?: number;
  max?: number;
  maxBytes?: number;
  pattern?: string;
  enum?: string[];
}

/**
 * A 32-bit integer; `min` and `max` bound its value. Our own API has `exact` integers: any that JavaScript represents
 * exactly; fractions are rejected instead of truncated.
 */
export interface IntegerShape {
  type: 'integer';
  exact?: boolean;
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

/** An operation: the names of its shapes (`output` is null for an empty response) and its declared errors. */
export interface OperationModel {
  input: string;
  output: string | null;
  errors: string[];
  documentation?: string;
}

interface Model<Name extends string> {
  metadata: { targetPrefix: string };
  operations: Record<Name, OperationModel>;
  shapes: Record<string, Shape>;
}

function readModel<Name extends string>(file: string): Model<Name> {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Model<Name>;
}

const model = readModel<OperationName>('./codepipeline-2015-07-09.json');
const ownModel = readModel<OwnOperationName>('./millrace.json');

/** The part of `X-Amz-Target` before the dot: `CodePipeline_20150709`. */
export const targetPrefix: string = model.metadata.targetPrefix;

/** The same for our own API: `Millrace`. */
export const ownTargetPrefix: string = ownModel.metadata.targetPrefix;

/** The 44 operation names in the model's order, which is alphabetical. */
export const operationNames = Object.keys(model.operations) as readonly OperationName[];

/** The operation names of our own API, in alphabetical order. */
export const ownOperationNames = Object.keys(ownModel.operations) as readonly OwnOperationName[];

// A set and maps, not the parsed objects: names from the network must never reach Object.prototype.
const knownOperations: ReadonlySet<string> = new Set(operationNames);
const knownOwnOperations: ReadonlySet<string> = new Set(ownOperationNames);
const operations: Record<OperationName | OwnOperationName, OperationModel> = {
  ...model.operations,
  ...ownModel.operations,
};
// Our own shapes refer to AWS's by name, so all of them share one map; `model.test.ts` ensures that no name is used
// twice.
const shapes: ReadonlyMap<string, Shape> = new Map(Object.entries({ ...model.shapes, ...ownModel.shapes }));

/** Reports whether `text` is the name of an operation, case-sensitively (wire 1). */
export function isOperationName(text: string): text is OperationName {
  return knownOperations.has(text);
}

/** Reports whether `text` is the name of an operation of our own API, case-sensitively. */
export function isOwnOperationName(text: string): text is OwnOperationName {
  return knownOwnOperations.has(text);
}

/** Returns the model of one operation. */
export function operationOf(name: OperationName | OwnOperationName): OperationModel {
  return operations[name];
}

/** Returns the shape with this name. An unknown name is a bug. */
export function shapeOf(name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`The API model has no shape '${name}'`);
  return shape;
}
