import type { Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import { declaredRoles } from '../../model/pipeline.ts';

/** What a call makes the service do under a role: roles it names, or source actions whose revision it chooses. */
export type PassedRoles = { roles: string[] } | { pipelineName: string; actionNames: string[] };

type Passing = { [Name in OperationName]?: (input: Operations[Name]['input']) => PassedRoles };

/** The operations by which a caller has the service act as a role on something the caller chose. */
const table: Passing = {
  CreatePipeline: ({ pipeline }) => ({ roles: declaredRoles(pipeline) }),
  UpdatePipeline: ({ pipeline }) => ({ roles: declaredRoles(pipeline) }),
  StartPipelineExecution: ({ name, sourceRevisions = [] }) => ({
    pipelineName: name,
    actionNames: sourceRevisions.map(({ actionName }) => actionName),
  }),
  PutActionRevision: ({ pipelineName, actionName }) => ({ pipelineName, actionNames: [actionName] }),
};

/** The roles that a call with this input passes to the service; undefined when it passes none. */
export function passedRoles<Name extends OperationName>(
  name: Name,
  input: Operations[Name]['input'],
): PassedRoles | undefined {
  return table[name]?.(input);
}
