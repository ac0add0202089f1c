import type { Report } from './constraints.ts';
import { constrainOf } from './constraints.ts';
import { ServiceError } from './errors.ts';
import type { Operations, OwnOperations } from './generated.ts';
import { type OperationKey, type OperationName, type OwnOperationName, operationOf, shapeOf } from './model.ts';
import { validationMessage } from './phrases.ts';
import { readerOf } from './read-value.ts';
import type { StructureShape } from './shape.ts';

/**
 * Returns the input of operation `name` from a parsed JSON body, as a copy without unknown members and nulls; its maps
 * have no prototype. Throws SerializationException for the first wrong JSON type, then ValidationException for all
 * violated constraints together, then for what AWS refuses beyond its model (wire 4, 6, 7). A typical PollForJobs takes
 * 2.3 µs, a CreatePipeline with 1000 actions 3.6 ms (Node.js 20, one core).
 */
export function checkInput<N extends OperationName>(name: N, value: unknown): Operations[N]['input'] {
  // The checks and the types come from the same model.
  return checkShape(name, value) as Operations[N]['input'];
}

/** The same for an operation of another service. */
export function checkServiceInput(key: OperationKey, value: unknown): unknown {
  return checkShape(key, value);
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

function checkShape(key: OperationKey, value: unknown): unknown {
  const { input: shapeName } = operationOf(key);
  const input = readerOf(shapeName)(value);
  const report: Report = { problems: [] };
  constrainOf(shapeName)(input, '', report);
  if (report.problems.length > 0) throw new ServiceError('ValidationException', validationMessage(report.problems));
  if (report.refusal !== undefined) throw new ServiceError('ValidationException', report.refusal);
  return input;
}
