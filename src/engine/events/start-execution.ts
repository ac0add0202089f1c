import type {
  PipelineVariable,
  ResolvedPipelineVariable,
  SourceRevisionOverride,
  TriggerType,
} from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { SourceBinding } from '../../model/execution.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { overLimit } from '../modes/index.ts';
import { finish } from '../tick/tick.ts';
import { bindSources } from './source-revisions.ts';

/** What starts an execution. */
export interface StartRequest {
  triggerType: TriggerType;
  triggerDetail?: string;
  variables?: PipelineVariable[];
  /** Revisions to use instead of the newest ones; checked here. */
  sourceRevisions?: SourceRevisionOverride[];
  /** The same, already checked. */
  sourceBindings?: SourceBinding[];
  clientRequestToken?: string;
}

/**
 * Starts an execution and returns its id, or the earlier id for a client request token that was used before (behaviour
 * 0.2). If a required variable has no value, the execution starts and fails (behaviour C.3).
 */
export function startExecution(snapshot: Snapshot, request: StartRequest, moment: Moment): Decision<string> {
  const given = request.variables ?? [];
  const twice = given.find(({ name }, index) => given.findIndex((other) => other.name === name) !== index);
  if (twice) {
    return {
      refuse: 'ValidationException',
      message: `Variable names must be unique. The following variable name is already in use: ${twice.name}`,
    };
  }
  const sources = bindSources(snapshot, request.sourceRevisions ?? []);
  if ('refuse' in sources) return sources;
  if (snapshot.startedWithSameToken !== undefined) return { changes: [], answer: snapshot.startedWithSameToken };
  const { executionMode } = snapshot.declaration;
  const refusal = overLimit(snapshot, executionMode);
  if (refusal) return refusal;

  const executionId = moment.newId();
  const { resolved, missing } = bindVariables(snapshot, given);
  const started: Change = {
    kind: 'executionStarted',
    clientRequestToken: request.clientRequestToken,
    execution: {
      id: executionId,
      pipelineVersion: snapshot.declaration.version,
      executionMode,
      status: 'InProgress',
      trigger: { triggerType: request.triggerType, triggerDetail: request.triggerDetail },
      variables: missing.length > 0 ? [] : resolved,
      sourceBindings: request.sourceBindings ?? sources.bindings,
      revisions: [],
      startedAt: moment.at,
      updatedAt: moment.at,
    },
  };
  if (missing.length > 0) {
    const statusSummary = `Values for required variables haven't been provided: ${missing.join(',')}`;
    const failed: Change = { kind: 'executionEnded', executionId, status: 'Failed', statusSummary };
    return finish(snapshot, moment, [started, failed], executionId);
  }
  const stageName = snapshot.declaration.stages[0]?.name ?? '';
  return finish(snapshot, moment, [started, { kind: 'executionWaiting', executionId, stageName }], executionId);
}

function bindVariables(
  { declaration }: Snapshot,
  given: PipelineVariable[],
): { resolved: ResolvedPipelineVariable[]; missing: string[] } {
  const values = new Map(given.map(({ name, value }) => [name, value]));
  const resolved: ResolvedPipelineVariable[] = [];
  const missing: string[] = [];
  for (const { name, defaultValue } of declaration.variables ?? []) {
    const resolvedValue = values.get(name) ?? defaultValue;
    if (resolvedValue === undefined) missing.push(name);
    else resolved.push({ name, resolvedValue });
  }
  return { resolved, missing };
}
