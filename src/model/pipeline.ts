import type {
  ActionDeclaration,
  ExecutionMode,
  InputArtifact,
  OutputArtifact,
  PipelineDeclaration,
  PipelineType,
  RuleDeclaration,
  StageDeclaration,
} from '../contract/generated.ts';

/** The account and region every row belongs to (decision 13). */
export interface Scope {
  account: string;
  region: string;
}

/** A configuration value as stored: clear text, or a secret sealed with the master key. */
export type ConfigurationValue = string | { sealed: string };

export type Configuration = Record<string, ConfigurationValue>;

/** An action as stored: defaults filled in as CreatePipeline answers them, secrets sealed. */
export interface StoredAction extends Omit<ActionDeclaration, 'configuration'> {
  configuration: Configuration;
  runOrder: number;
  inputArtifacts: InputArtifact[];
  outputArtifacts: OutputArtifact[];
}

export interface StoredStage extends Omit<StageDeclaration, 'actions'> {
  actions: StoredAction[];
}

/** The rules of all conditions of some stages. */
export function declaredRules(
  stages: Pick<StoredStage, 'beforeEntry' | 'onSuccess' | 'onFailure'>[],
): RuleDeclaration[] {
  const kinds = stages.flatMap(({ beforeEntry, onSuccess, onFailure }) => [beforeEntry, onSuccess, onFailure]);
  return kinds.flatMap((kind) => kind?.conditions ?? []).flatMap(({ rules }) => rules ?? []);
}

/** Lists the roles that a declaration names: its own, and those of actions and rules that have one. */
export function declaredRoles({ roleArn, stages }: Pick<PipelineDeclaration, 'roleArn'> & { stages: RoledStage[] }) {
  const members = stages.flatMap((stage) => [...stage.actions, ...declaredRules([stage])]);
  return [...new Set([roleArn, ...members.flatMap((member) => member.roleArn ?? [])])];
}

type RoledStage = Pick<StageDeclaration, 'beforeEntry' | 'onSuccess' | 'onFailure'> & {
  actions: Pick<ActionDeclaration, 'roleArn'>[];
};

/** One version of a pipeline's declaration as stored. */
export interface StoredDeclaration extends Omit<PipelineDeclaration, 'stages'> {
  stages: StoredStage[];
  version: number;
  executionMode: ExecutionMode;
  pipelineType: PipelineType;
}

/** The row that names a pipeline; instants in ms. */
export interface Pipeline extends Scope {
  id: string;
  name: string;
  version: number;
  createdAt: number;
  updatedAt: number;
  /** Its executions have ended by then; only who holds on to an execution or a job of it still meets it. */
  deletedAt?: number;
}

/** The transition into a stage as it was last set; a stage without one is open. The instant is in ms. */
export interface Transition {
  enabled: boolean;
  /** Why it is disabled. */
  disabledReason?: string;
  /** ARN of the caller. */
  changedBy: string;
  changedAt: number;
}
