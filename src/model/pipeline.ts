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

/** The account and region that every row belongs to (decision 13). */
export interface Scope {
  account: string;
  region: string;
}

/** A configuration value as stored: clear text, or a secret sealed with the master key. */
export type ConfigurationValue = string | { sealed: string };

export type Configuration = Record<string, ConfigurationValue>;

/** An action as stored: with the defaults that CreatePipeline returns, and with secrets sealed. */
export interface StoredAction extends Omit<ActionDeclaration, 'configuration'> {
  configuration: Configuration;
  runOrder: number;
  inputArtifacts: InputArtifact[];
  outputArtifacts: OutputArtifact[];
}

export interface StoredStage extends Omit<StageDeclaration, 'actions'> {
  actions: StoredAction[];
}

/** Lists the rules of all conditions of the stages. */
export function declaredRules(
  stages: Pick<StoredStage, 'beforeEntry' | 'onSuccess' | 'onFailure'>[],
): RuleDeclaration[] {
  const kinds = stages.flatMap(({ beforeEntry, onSuccess, onFailure }) => [beforeEntry, onSuccess, onFailure]);
  return kinds.flatMap((kind) => kind?.conditions ?? []).flatMap(({ rules }) => rules ?? []);
}

/** Lists the roles of a declaration: its own, and those of its actions and rules. */
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
  /** Its executions have ended by then; it can only be reached through an execution or a job. */
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

/** A member of a declaration that is stored and returned but has no effect in this version. */
export interface UnobeyedMember {
  stageName: string;
  /** The action or rule. */
  name: string;
  /** A sentence that says what happens instead. */
  notice: string;
}

/** Finds the members without effect; `home` is the pipeline's Region. */
export function unobeyedMembers({ stages }: Pick<StoredDeclaration, 'stages'>, home: string) {
  return stages.flatMap(({ name: stageName, actions, beforeEntry, onSuccess, onFailure }): UnobeyedMember[] => {
    const gates = [beforeEntry, onSuccess, onFailure].flatMap((gate) => gate?.conditions ?? []);
    const placed = [...actions, ...gates.flatMap(({ rules }) => rules ?? [])];
    return placed.flatMap((member) => {
      const notices = noticesOf(member, home);
      return notices.length === 0 ? [] : { stageName, name: member.name, notice: notices.join(' ') };
    });
  });
}

function noticesOf(
  {
    region = '',
    commands,
    configuration = {},
  }: Pick<StoredAction, 'region' | 'commands'> & { configuration?: Configuration },
  home: string,
): string[] {
  const notices: string[] = [];
  if (region !== '' && region !== home) {
    notices.push(`Declared for ${region}, but runs in ${home}: this server runs a whole pipeline in its own Region.`);
  }
  if (commands && configuration.VpcId !== undefined) {
    notices.push(`Declared for the VPC ${configuration.VpcId}, but runs in the network of its runner.`);
  }
  return notices;
}
