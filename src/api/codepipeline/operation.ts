import type { Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { AccessRules } from '../../identity/policies/authorize-operation.ts';
import type { Call } from '../call.ts';
import type { Dependencies } from '../dependencies.ts';

/** Everything the server knows about one operation of the API. */
export interface Operation<Name extends OperationName> extends AccessRules<Operations[Name]['input']> {
  name: Name;
  /** What this version does, for docs/compatibility.md. */
  note: string;
  /** Whether it asks for jobs: it may be held, and an empty result is routine. */
  isPoll: boolean;
  run(input: Operations[Name]['input'], call: Call, dependencies: Dependencies): Promise<Operations[Name]['output']>;
}

/** Describes an operation; `name` must be one of the API model. */
export function operation<Name extends OperationName>(
  name: Name,
  descriptor: Omit<Operation<Name>, 'name' | 'action' | 'isPoll'> & { isPoll?: true },
): Operation<Name> {
  return { isPoll: false, ...descriptor, name, action: `codepipeline:${name}` };
}
