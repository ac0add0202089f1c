import type { Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import type { AwsOperation, Described } from '../aws-operation.ts';

type Input<Name extends OperationName> = Operations[Name]['input'];
type Output<Name extends OperationName> = Operations[Name]['output'];

/** An operation of CodePipeline. */
export interface Operation<Name extends OperationName> extends AwsOperation<Input<Name>, Output<Name>> {
  name: Name;
}

/** Describes an operation; `name` must be one of the API model. */
export function operation<Name extends OperationName>(
  name: Name,
  { run, ...descriptor }: Described<Input<Name>, Output<Name>>,
): Operation<Name> {
  const prepare: Operation<Name>['prepare'] = (input, _, dependencies) => (call) => run(input, call, dependencies);
  return { ...descriptor, name, action: `codepipeline:${name}`, isPoll: false, prepare };
}

/** Describes an operation that asks for jobs. Workers repeat their polls, so each is prepared only once. */
export function poll<Name extends OperationName>(
  name: Name,
  descriptor: Omit<Operation<Name>, 'name' | 'action' | 'isPoll'>,
): Operation<Name> {
  return { ...descriptor, name, action: `codepipeline:${name}`, isPoll: true };
}
