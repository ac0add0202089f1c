import type { OwnOperations } from '../../contract/generated.ts';
import type { OwnOperationName } from '../../contract/model.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Call } from '../call.ts';
import type { Dependencies } from '../dependencies.ts';
import type { OwnResource } from './resources.ts';

/** A call with the caller's policies, which bound the keys that it creates. */
export interface OwnCall extends Call {
  caller: Caller;
}

/** Everything the server knows about one operation of our own API beyond its model. */
export interface OwnOperation<Name extends OwnOperationName> {
  name: Name;
  /** The action that policies allow, such as `millrace:ListJobs`. */
  action: string;
  /** What the caller's policies must allow the action on. */
  resource: OwnResource<OwnOperations[Name]['input']>;
  run(
    input: OwnOperations[Name]['input'],
    call: OwnCall,
    dependencies: Dependencies,
  ): Promise<OwnOperations[Name]['output']>;
}

/** Describes an operation; `name` must be one of `contract/millrace.json`. */
export function ownOperation<Name extends OwnOperationName>(
  name: Name,
  descriptor: Omit<OwnOperation<Name>, 'name' | 'action'>,
): OwnOperation<Name> {
  return { ...descriptor, name, action: `millrace:${name}` };
}
