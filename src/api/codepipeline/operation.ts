import type { Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { Call } from '../call.ts';
import type { Dependencies } from '../dependencies.ts';

/** One operation of the API. */
export type Operation<Name extends OperationName> = (
  input: Operations[Name]['input'],
  call: Call,
  dependencies: Dependencies,
) => Promise<Operations[Name]['output']>;

/** Every operation of the API under its name. */
export type OperationTable = { [Name in OperationName]: Operation<Name> };
