import type {
  ActionExecution,
  ActionExecutionDetail,
  GetPipelineStateOutput,
  PipelineExecution,
  StageConditionState,
  StageState,
} from '../contract/generated.ts';

/** What the API says of the only execution of a pipeline at some moment. */
export interface Observation {
  execution: PipelineExecution;
  stageStates: NonNullable<GetPipelineStateOutput['stageStates']>;
  actionExecutions: readonly ActionExecutionDetail[];
}

/** An attempt of an action; times in ms. */
export interface ActionProgress {
  id: string;
  stage: string;
  name: string;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Abandoned';
  startedAt: number;
  endedAt?: number;
  /** Of the work, such as a commit message. */
  summary?: string;
  /** Why it failed. */
  error?: string;
  externalExecutionId?: string;
  /** Of the log, while it runs. */
  lastLine?: string;
  outputVariables: Record<string, string>;
  /** Set while the user is asked for an approval. */
  approval?: { token: string; note?: string };
}

/** A stage as far as it got. */
interface StageProgress {
  name: string;
  status?: string;
  /** Why it failed, if no action of it did. */
  error?: string;
}

/** An execution as far as it got. */
export interface RunProgress {
  status: string;
  stages: StageProgress[];
  /** In the order of the declaration, attempts in that in which they started. */
  actions: ActionProgress[];
}

/** Reports whether an execution can change no more. */
export function hasEnded({ status }: RunProgress): boolean {
  return !['InProgress', 'Stopping'].includes(status);
}

/** Reads how far an execution got. */
export function readProgress({ execution, stageStates, actionExecutions }: Observation): RunProgress {
  // What runs is described by the state of the pipeline only.
  const latest = new Map(
    stageStates.flatMap(({ actionStates = [] }) =>
      actionStates.map(({ latestExecution }) => [latestExecution?.actionExecutionId, latestExecution] as const),
    ),
  );
  const declared = stageStates.flatMap(({ stageName, actionStates = [] }) =>
    actionStates.map(({ actionName }) => `${stageName}/${actionName}`),
  );
  const placeOf = ({ name, stage }: ActionProgress) => declared.indexOf(`${stage}/${name}`);
  const actions = actionExecutions
    .map((detail) => readAction(detail, latest.get(detail.actionExecutionId)))
    .sort((one, other) => placeOf(one) - placeOf(other) || one.startedAt - other.startedAt);
  return {
    status: execution.status ?? 'InProgress',
    actions,
    stages: stageStates.map((state) => readStage(state, actions)),
  };
}

function readAction(detail: ActionExecutionDetail, latest: ActionExecution = {}): ActionProgress {
  const { actionExecutionId = '', stageName = '', actionName = '', status = 'InProgress', input, output } = detail;
  const { errorDetails, externalExecutionSummary } = output?.executionResult ?? {};
  const { externalExecutionId = output?.executionResult?.externalExecutionId, token } = latest;
  const note = input?.resolvedConfiguration?.CustomData;
  return {
    id: actionExecutionId,
    stage: stageName,
    name: actionName,
    status,
    startedAt: inMs(detail.startTime),
    ...(status !== 'InProgress' && { endedAt: inMs(detail.lastUpdateTime) }),
    ...(externalExecutionSummary !== undefined && { summary: externalExecutionSummary }),
    ...(errorDetails && { error: errorDetails.message ?? errorDetails.code ?? '' }),
    ...(externalExecutionId !== undefined && { externalExecutionId }),
    outputVariables: output?.outputVariables ?? {},
    ...(token !== undefined && { approval: { token, ...(note !== undefined && { note }) } }),
  };
}

function readStage(state: StageState, actions: readonly ActionProgress[]): StageProgress {
  const { stageName: name = '', latestExecution } = state;
  const status = latestExecution?.status;
  const hasFailedAction = actions.some((action) => action.stage === name && action.status === 'Failed');
  const error = status === 'Failed' && !hasFailedAction ? conditionFailure(state) : undefined;
  return { name, ...(status !== undefined && { status }), ...(error !== undefined && { error }) };
}

/** Says which condition failed a stage. */
function conditionFailure(state: StageState): string | undefined {
  const found: [string, StageConditionState | undefined][] = [
    ['beforeEntry condition', state.beforeEntryConditionState],
    ['onSuccess condition', state.onSuccessConditionState],
  ];
  for (const [kind, condition] of found) {
    const { status, summary } = condition?.latestExecution ?? {};
    if (status !== undefined && status !== 'Succeeded' && status !== 'InProgress') {
      return [`${kind} ${status}`, summary, ...ruleErrors(condition)].filter(Boolean).join(': ');
    }
  }
  return undefined;
}

function ruleErrors(condition: StageConditionState | undefined): string[] {
  const rules = (condition?.conditionStates ?? []).flatMap(({ ruleStates = [] }) => ruleStates);
  return rules.flatMap(({ ruleName = '', latestExecution }) =>
    latestExecution?.errorDetails?.message === undefined
      ? []
      : [`${ruleName}: ${latestExecution.errorDetails.message}`],
  );
}

function inMs(seconds: number | undefined): number {
  return Math.round((seconds ?? 0) * 1000);
}
