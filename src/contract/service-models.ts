import { readFileSync } from 'node:fs';
import { type ServiceOperations, serviceModelFiles } from './generated.ts';
import type { OperationModel, Shape, StructureShape } from './shape.ts';

/** Another AWS service of which some operations are served, by the name that its requests are signed for. */
export type AwsService = keyof ServiceOperations;

/** The name of an operation that is served of another service. */
export type ServiceOperationName<S extends AwsService> = keyof ServiceOperations[S] & string;

/** What requests and answers of another service look like, besides its shapes. */
export interface ServiceProtocol {
  name: AwsService;
  /** The part of `X-Amz-Target` before the last dot. */
  targetPrefix: string;
  /** The content type of requests and answers. */
  contentType: `application/x-amz-json-1.${0 | 1}`;
  /** The member of an error that has its text. */
  errorMember: 'message' | 'Message';
  /** The operations that are served, in alphabetical order. */
  operationNames: readonly string[];
}

interface ServiceModel {
  metadata: { targetPrefix: string; jsonVersion: '1.0' | '1.1' };
  operations: Record<string, OperationModel>;
  shapes: Record<string, ModelShape>;
}

/** Other services have base64 and fractions in outputs, which are not checked, and 64-bit integers, such as instants in ms. */
type ModelShape = Shape | { type: 'blob' } | { type: 'double' } | { type: 'long'; min?: number };

/** The operations of the other services, with the service before a colon. */
export const serviceOperations = new Map<string, OperationModel>();

/** Their shapes, with the service before a colon. */
export const serviceShapes = new Map<string, Shape>();

/** The other services. */
export const serviceProtocols: readonly ServiceProtocol[] = Object.entries(serviceModelFiles).map(([name, file]) =>
  addService(name as AwsService, readModel(file)),
);

function readModel(file: string): ServiceModel {
  return JSON.parse(readFileSync(new URL(`./services/${file}`, import.meta.url), 'utf8')) as ServiceModel;
}

function addService(name: AwsService, { metadata, operations: named, shapes: own }: ServiceModel): ServiceProtocol {
  const qualified = (shape: string) => `${name}:${shape}`;
  for (const [shape, description] of Object.entries(own)) {
    serviceShapes.set(qualified(shape), withNames(description, qualified));
  }
  for (const [operation, { input, output, ...others }] of Object.entries(named)) {
    const shapesOf = { input: qualified(input), output: output === null ? null : qualified(output) };
    serviceOperations.set(qualified(operation), { ...others, ...shapesOf });
  }
  const errors = Object.values(own).filter((shape) => 'exception' in shape && 'members' in shape);
  return {
    name,
    targetPrefix: metadata.targetPrefix,
    contentType: `application/x-amz-json-${metadata.jsonVersion}`,
    errorMember: errors.every((error) => 'Message' in (error as StructureShape).members) ? 'Message' : 'message',
    operationNames: Object.keys(named),
  };
}

/** Returns a shape that refers to others by the names that `rename` gives them. */
function withNames(shape: ModelShape, rename: (name: string) => string): Shape {
  const renamed = <Reference extends { shape: string }>(reference: Reference) => ({
    ...reference,
    shape: rename(reference.shape),
  });
  switch (shape.type) {
    case 'structure':
      return {
        ...shape,
        members: Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, renamed(member)])),
      };
    case 'list':
      return { ...shape, member: renamed(shape.member) };
    case 'map':
      return { ...shape, key: renamed(shape.key), value: renamed(shape.value) };
    case 'blob':
      return { type: 'string' };
    case 'double':
      return { type: 'integer' };
    case 'long':
      return { ...shape, type: 'integer', isLong: true };
    default:
      return shape;
  }
}
