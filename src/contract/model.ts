import { readFileSync } from 'node:fs';
import type { Operations, OwnOperations } from './generated.ts';
import { type AwsService, serviceOperations, serviceShapes } from './service-models.ts';
import type { OperationModel, Shape } from './shape.ts';

/** One of the 44 operations, as named after the dot in `X-Amz-Target`. */
export type OperationName = keyof Operations;

/** The name of an operation of our own API. */
export type OwnOperationName = keyof OwnOperations;

/** An operation of any API by a name that no other has: those of other services have the service before a colon. */
export type OperationKey = OperationName | OwnOperationName | `${AwsService}:${string}`;

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
const operations: ReadonlyMap<string, OperationModel> = new Map([
  ...Object.entries<OperationModel>({ ...model.operations, ...ownModel.operations }),
  ...serviceOperations,
]);
// Our own shapes refer to AWS's by name, so all of them share one map; `model.test.ts` ensures that no name is used
// twice.
const shapes: ReadonlyMap<string, Shape> = new Map([
  ...Object.entries({ ...model.shapes, ...ownModel.shapes }),
  ...serviceShapes,
]);

/** Reports whether `text` is the name of an operation, case-sensitively (wire 1). */
export function isOperationName(text: string): text is OperationName {
  return knownOperations.has(text);
}

/** Reports whether `text` is the name of an operation of our own API, case-sensitively. */
export function isOwnOperationName(text: string): text is OwnOperationName {
  return knownOwnOperations.has(text);
}

/** Returns the model of one operation. An unknown one is a bug. */
export function operationOf(key: OperationKey): OperationModel {
  const operation = operations.get(key);
  if (operation === undefined) throw new Error(`The API models have no operation '${key}'`);
  return operation;
}

/** Returns the shape with this name; those of other services have the service before a colon. An unknown name is a bug. */
export function shapeOf(name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`The API model has no shape '${name}'`);
  return shape;
}
