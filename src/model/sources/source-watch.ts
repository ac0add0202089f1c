import type { GitConfiguration } from '../../contract/generated.ts';
import { actionTypeKey } from '../action-type.ts';
import type { Event } from '../event.ts';
import type { Configuration, StoredAction, StoredDeclaration } from '../pipeline.ts';
import type { ResourceKind } from '../resource.ts';

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
  /** Whether the action polls for changes, or has a trigger. */
  isPolled: boolean;
  /** Set for the source in a Git repository. */
  git?: WatchedBranch;
  /** Replaces the detection of pushes to that branch. */
  trigger?: GitConfiguration;
}

/** The repository that a source action names, and its branch. */
export interface WatchedBranch {
  /** The properties that name the repository, by name; its connection is not among them. */
  repository: Record<string, string>;
  branch: string;
}

/** A Git repository as a resource declares it; source actions name it in different ways. */
export interface RepositoryNames {
  /** The name of the resource. */
  name: string;
  /** Its `owner/name`. */
  fullRepositoryId?: string;
  /** Set if only actions with this connection mean it. */
  connectionArn?: string;
}

/** A branch or tag that a check found, and the commit it names. */
export interface FoundRef {
  /** Such as `refs/heads/main`. */
  name: string;
  commit: string;
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
  /** What names the revision at present, if that can come back to an earlier one: the tag of an image. */
  ref?: string;
  /** Sent when the ref has moved; then the check starts nothing itself. */
  events?: Pick<Event, 'source' | 'detail-type' | 'resources' | 'detail'>[];
}

const s3TypeKey = 'Source/AWS/S3/1';
const imageTypeKey = 'Source/AWS/ECR/1';
const codeCommitTypeKey = 'Source/AWS/CodeCommit/1';
const connectionTypeKey = 'Source/AWS/CodeStarSourceConnection/1';
const gitHubTypeKey = 'Source/ThirdParty/GitHub/1';

/** The properties that locate the source, for each type that this server can check. */
const locationProperties: Record<string, readonly string[]> = {
  [s3TypeKey]: ['S3Bucket', 'S3ObjectKey'],
  [imageTypeKey]: ['RepositoryName', 'ImageTag'],
  [codeCommitTypeKey]: ['RepositoryName', 'BranchName'],
  [connectionTypeKey]: ['ConnectionArn', 'FullRepositoryId', 'BranchName'],
  [gitHubTypeKey]: ['Owner', 'Repo', 'Branch'],
};

/** Which of them name a Git repository, and its branch. */
const gitProperties: Record<string, { repository: readonly string[]; branch: string }> = {
  [codeCommitTypeKey]: { repository: ['RepositoryName'], branch: 'BranchName' },
  [connectionTypeKey]: { repository: ['FullRepositoryId'], branch: 'BranchName' },
  [gitHubTypeKey]: { repository: ['Owner', 'Repo'], branch: 'Branch' },
};

/** The types of sources that a kind of resource says where to find. */
const typesByResource: Partial<Record<ResourceKind, readonly string[]>> = {
  Connection: [connectionTypeKey],
  Registry: [imageTypeKey],
  Repository: [codeCommitTypeKey, connectionTypeKey, gitHubTypeKey],
};

/** Returns the types of sources whose checks may find something else when resources of these kinds have changed. */
export function typesOfResources(kinds: ResourceKind[]): string[] {
  return [...new Set(kinds)].flatMap((kind) => typesByResource[kind] ?? []);
}

/** Reports whether checks of a type need no rights of the action's role, but what a resource declares. */
export function isReadWithoutRole({ typeKey }: Place): boolean {
  return typeKey === imageTypeKey;
}

/** Returns the place of an object that may be a source. */
export function placeOfObject({ bucket, key }: { bucket: string; key: string }): Place {
  return { typeKey: s3TypeKey, location: { S3Bucket: bucket, S3ObjectKey: key } };
}

/** Returns the places by which source actions may mean a repository. */
export function placesOfRepository({ name, fullRepositoryId }: RepositoryNames): Place[] {
  const places = [{ typeKey: codeCommitTypeKey, location: { RepositoryName: name } }];
  if (fullRepositoryId === undefined) return places;
  const [Owner = '', Repo = '', ...more] = fullRepositoryId.split('/');
  return [
    ...places,
    { typeKey: connectionTypeKey, location: { FullRepositoryId: fullRepositoryId } },
    ...(more.length === 0 ? [{ typeKey: gitHubTypeKey, location: { Owner, Repo } }] : []),
  ];
}

/** Returns the watches of a declaration. */
export function watchesOf({
  stages,
  roleArn,
  triggers = [],
}: Pick<StoredDeclaration, 'stages' | 'roleArn' | 'triggers'>): SourceWatch[] {
  // A trigger replaces the detection of every push to the branch, whether that is asked for or not.
  const triggerOf = new Map(
    triggers.map(({ gitConfiguration }) => [gitConfiguration.sourceActionName, gitConfiguration]),
  );
  return stages
    .flatMap(({ actions }) => actions)
    .flatMap((action) => watchOf(action, roleArn) ?? [])
    .map((watch) => {
      const trigger = triggerOf.get(watch.actionName);
      return trigger ? { ...watch, isPolled: true, trigger } : watch;
    });
}

function watchOf(action: StoredAction, pipelineRoleArn: string): SourceWatch | undefined {
  const { name: actionName, actionTypeId, configuration, roleArn = pipelineRoleArn } = action;
  const typeKey = actionTypeKey(actionTypeId);
  const properties = locationProperties[typeKey];
  if (!properties) return undefined;
  const location = Object.fromEntries(properties.map((name) => [name, textOf(configuration[name])]));
  const isPolled = isDetectionAsked(typeKey, configuration);
  return { actionName, typeKey, location, roleArn, isPolled, git: watchedBranchOf({ typeKey, location }) };
}

/** Returns the repository and the branch that a location names; undefined if its type has none. */
export function watchedBranchOf({ typeKey, location }: Place): WatchedBranch | undefined {
  const names = gitProperties[typeKey];
  if (!names) return undefined;
  const repository = Object.fromEntries(names.repository.map((name) => [name, location[name] ?? '']));
  return { repository, branch: location[names.branch] ?? '' };
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
