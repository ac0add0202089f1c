import { actionTypeKey } from './action-type.ts';
import type { Configuration, StoredAction, StoredDeclaration } from './pipeline.ts';

/** The kind of due work that checks sources. */
export const sourceCheckKind = 'source-check';

/** Where sources of a type come from. */
export interface Place {
  typeKey: string;
  /** The properties that locate the source, by name. */
  location: Record<string, string>;
}

/** A source action that can be checked for changes. */
export interface SourceWatch extends Place {
  actionName: string;
  roleArn: string;
  /** Whether the action polls for changes. */
  isPolled: boolean;
}

/** Why a source check found nothing. */
export interface SourceFailure {
  /** Such as PermissionError. */
  code: string;
  message: string;
  /** When it was found. */
  at: number;
}

/** A revision found by a source check. */
export interface FoundRevision {
  /** Compared with that of the previous check. */
  cursor: string;
  /** What an execution can be bound to; absent if the source has no versions. */
  revisionId?: string;
}

const s3TypeKey = 'Source/AWS/S3/1';
const connectionTypeKey = 'Source/AWS/CodeStarSourceConnection/1';

/** The properties that locate the source, for each type that this server can check. */
const locationProperties: Record<string, readonly string[]> = {
  [s3TypeKey]: ['S3Bucket', 'S3ObjectKey'],
  'Source/AWS/CodeCommit/1': ['RepositoryName', 'BranchName'],
  [connectionTypeKey]: ['ConnectionArn', 'FullRepositoryId', 'BranchName'],
  'Source/ThirdParty/GitHub/1': ['Owner', 'Repo', 'Branch'],
};

/** Returns the place of an object that may be a source. */
export function placeOfObject({ bucket, key }: { bucket: string; key: string }): Place {
  return { typeKey: s3TypeKey, location: { S3Bucket: bucket, S3ObjectKey: key } };
}

/** Returns the watches of a declaration. */
export function watchesOf({
  stages,
  roleArn,
  triggers = [],
}: Pick<StoredDeclaration, 'stages' | 'roleArn' | 'triggers'>): SourceWatch[] {
  // A trigger replaces the detection of every push to the branch.
  const triggered = new Set(triggers.map(({ gitConfiguration }) => gitConfiguration.sourceActionName));
  return stages
    .flatMap(({ actions }) => actions)
    .flatMap((action) => watchOf(action, roleArn) ?? [])
    .map((watch) => ({ ...watch, isPolled: watch.isPolled && !triggered.has(watch.actionName) }));
}

function watchOf(action: StoredAction, pipelineRoleArn: string): SourceWatch | undefined {
  const { name: actionName, actionTypeId, configuration, roleArn = pipelineRoleArn } = action;
  const typeKey = actionTypeKey(actionTypeId);
  const properties = locationProperties[typeKey];
  if (!properties) return undefined;
  const location = Object.fromEntries(properties.map((name) => [name, textOf(configuration[name])]));
  return { actionName, typeKey, location, roleArn, isPolled: isDetectionAsked(typeKey, configuration) };
}

/** Reports whether changes start the pipeline: connections have a property of their own for it. */
function isDetectionAsked(typeKey: string, configuration: Configuration): boolean {
  if (typeKey !== connectionTypeKey) return isPollingAsked(configuration);
  return textOf(configuration.DetectChanges ?? 'true').toLowerCase() === 'true';
}

/** Reports whether a configuration asks for polling: `PollForSourceChanges` is absent, or `true` in any case. */
export function isPollingAsked({ PollForSourceChanges: flag = 'true' }: Configuration = {}): boolean {
  return textOf(flag).toLowerCase() === 'true';
}

function textOf(value: Configuration[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
