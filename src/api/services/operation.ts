import type { ServiceOperations } from '../../contract/generated.ts';
import type { AwsService, ServiceOperationName } from '../../contract/service-models.ts';
import type { AwsOperation, Described } from '../aws-operation.ts';

type Shapes = { input: unknown; output: unknown };
type ShapesOf<S extends AwsService, Name extends ServiceOperationName<S>> = ServiceOperations[S][Name] & Shapes;

/** The checked input of an operation. */
export type ServiceInput<S extends AwsService, Name extends ServiceOperationName<S>> = ShapesOf<S, Name>['input'];

/** What an operation returns. */
type ServiceOutput<S extends AwsService, Name extends ServiceOperationName<S>> = ShapesOf<S, Name>['output'];

/** Every operation that is served of another service, by name: one that its model has and the record lacks does not compile. */
export type OperationsOf<S extends AwsService> = {
  [Name in ServiceOperationName<S>]: AwsOperation<ServiceInput<S, Name>, ServiceOutput<S, Name>>;
};

/**
 * Returns a function that describes operations of a service. Policies allow them by a prefix, its name, as in
 * `codeconnections:GetConnection`.
 */
export function describeOperations<S extends AwsService>(prefix: string) {
  return function operation<Name extends ServiceOperationName<S>>(
    name: Name,
    { run, ...descriptor }: Described<ServiceInput<S, Name>, ServiceOutput<S, Name>>,
  ): OperationsOf<S>[Name] {
    const described: AwsOperation<ServiceInput<S, Name>, ServiceOutput<S, Name>> = {
      ...descriptor,
      name,
      action: `${prefix}:${name}`,
      isPoll: false,
      prepare: (input, _, dependencies) => (call) => run(input, call, dependencies),
    };
    return described;
  };
}
