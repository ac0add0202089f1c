import type { Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { AccessRules } from '../../identity/policies/authorize-operation.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Call } from '../call.ts';
import type { Dependencies } from '../dependencies.ts';

type Input<Name extends OperationName> = Operations[Name]['input'];
type Output<Name extends OperationName> = Operations[Name]['output'];

/** Everything the server knows about one operation of the API. */
export interface Operation<Name extends OperationName> extends AccessRules<Input<Name>> {
  name: Name;
  /** What this version does, for docs/compatibility.md. */
  note: string;
  /** Whether it asks for jobs: it may be held, and an empty result is routine. */
  isPoll: boolean;
  /** Returns what remains to be done with a checked input. That of a poll serves all calls with its body and scope. */
  prepare(input: Input<Name>, scope: Scope, dependencies: Dependencies): (call: Call) => Promise<Output<Name>>;
}

type Descriptor<Name extends OperationName> = Omit<Operation<Name>, 'name' | 'action' | 'isPoll' | 'prepare'>;

interface Run<Name extends OperationName> {
  run(input: Input<Name>, call: Call, dependencies: Dependencies): Promise<Output<Name>>;
}

/** Describes an operation; `name` must be one of the API model. */
export function operation<Name extends OperationName>(
  name: Name,
  { run, ...descriptor }: Descriptor<Name> & Run<Name>,
): Operation<Name> {
  const prepare: Operation<Name>['prepare'] = (input, _, dependencies) => (call) => run(input, call, dependencies);
  return { ...descriptor, name, action: `codepipeline:${name}`, isPoll: false, prepare };
}

/** Describes an operation that asks for jobs. Workers repeat their polls, so each is prepared only once. */
export function poll<Name extends OperationName>(
  name: Name,
  descriptor: Descriptor<Name> & Pick<Operation<Name>, 'prepare'>,
): Operation<Name> {
  return { ...descriptor, name, action: `codepipeline:${name}`, isPoll: true };
}
