import type { Report } from './constraints.ts';
import { constrainOf } from './constraints.ts';
import { ServiceError } from './errors.ts';
import type { Operations, OwnOperations } from './generated.ts';
import { type OperationName, type OwnOperationName, operationOf, type StructureShape, shapeOf } from './model.ts';
import { validationMessage } from './phrases.ts';
import { readerOf } from './read-value.ts';

/**
 * The input of operation `name` out of a parsed JSON body, as a fresh copy: unknown members and nulls are gone, maps
 * have no prototype. Throws SerializationException for the first wrong JSON type, then ValidationException for all
 * broken constraints at once, then for what the real service refuses beyond its model (wire 4, 6, 7).
 * A usual PollForJobs takes 2.3 µs and a CreatePipeline of 1000 actions 3.6 ms (Node.js 20, one core).
 */
export function checkInput<N extends OperationName>(name: N, value: unknown): Operations[N]['input'] {
  // The model the checks were compiled from is the one the types were generated from.
  return checkShape(name, value) as Operations[N]['input'];
}

/** The same for our own API, which also rejects unknown members. */
export function checkOwnInput<N extends OwnOperationName>(name: N, value: unknown): OwnOperations[N]['input'] {
  const { members } = shapeOf(operationOf(name).input) as StructureShape;
  const unknown = Object.entries(value as object).find(
    ([member, held]) => held !== null && !Object.hasOwn(members, member),
  );
  if (unknown) throw new ServiceError('ValidationException', `There is no member '${unknown[0]}'.`);
  return checkShape(name, value) as OwnOperations[N]['input'];
}

function checkShape(name: OperationName | OwnOperationName, value: unknown): unknown {
  const { input: shapeName } = operationOf(name);
  const input = readerOf(shapeName)(value);
  const report: Report = { problems: [] };
  constrainOf(shapeName)(input, '', report);
  if (report.problems.length > 0) throw new ServiceError('ValidationException', validationMessage(report.problems));
  if (report.refusal !== undefined) throw new ServiceError('ValidationException', report.refusal);
  return input;
}
