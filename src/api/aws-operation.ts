import type { AccessRules } from '../identity/policies/authorize-operation.ts';
import type { Scope } from '../model/pipeline.ts';
import type { Call } from './call.ts';
import type { Dependencies } from './dependencies.ts';

/** Everything the server knows about one operation of an AWS API. */
export interface AwsOperation<Input, Output> extends AccessRules<Input> {
  name: string;
  /** What this version does, for docs/compatibility.md. */
  note: string;
  /** Whether it asks for jobs: it may be held, and an empty result is routine. */
  isPoll: boolean;
  /** Returns what remains to be done with a checked input. That of a poll serves all calls with its body and scope. */
  prepare(input: Input, scope: Scope, dependencies: Dependencies): (call: Call) => Promise<Output>;
}

/** What is written of an operation that is no poll. */
export interface Described<Input, Output>
  extends Omit<AwsOperation<Input, Output>, 'name' | 'action' | 'isPoll' | 'prepare'> {
  run(input: Input, call: Call, dependencies: Dependencies): Promise<Output>;
}
