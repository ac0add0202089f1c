import { ServiceError } from '../contract/errors.ts';
import type { OperationName } from '../contract/model.ts';
import type { Operation } from './operation.ts';

/** An operation of the API that this version refuses, saying which: 400, so that no client retries it (clients 4). */
export function notSupported<Name extends OperationName>(name: Name): Operation<Name> {
  return async () => {
    throw new ServiceError(
      'UnsupportedOperationException',
      `The operation ${name} is not supported by this version of Millrace.`,
    );
  };
}
