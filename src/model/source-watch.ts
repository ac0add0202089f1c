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

/** A revision found by a source check. */
export interface FoundRevision {
  /** Compared with that of the previous check. */
  cursor: string;
  /** What an execution can be bound to; absent if the source has no versions. */
  revisionId?: string;
}

const s3TypeKey = 'Source/AWS/S3/1';

/** The properties that locate the source, for each type that this server can check. */
const locationProperties: Record<string, readonly string[]> = { [s3TypeKey]: ['S3Bucket', 'S3ObjectKey'] };

/** Returns the place of an object that may be a source. */
export function placeOfObject({ bucket, key }: { bucket: string; key: string }): Place {
  return { typeKey: s3TypeKey, location: { S3Bucket: bucket, S3ObjectKey: key } };
}

/** Returns the watches of a declaration. */
export function watchesOf({ stages, roleArn }: Pick<StoredDeclaration, 'stages' | 'roleArn'>): SourceWatch[] {
  return stages.flatMap(({ actions }) => actions).flatMap((action) => watchOf(action, roleArn) ?? []);
}

function watchOf(action: StoredAction, pipelineRoleArn: string): SourceWatch | undefined {
  const { name: actionName, actionTypeId, configuration, roleArn = pipelineRoleArn } = action;
  const typeKey = actionTypeKey(actionTypeId);
  const properties = locationProperties[typeKey];
  if (!properties) return undefined;
  const location = Object.fromEntries(properties.map((name) => [name, textOf(configuration[name])]));
  return { actionName, typeKey, location, roleArn, isPolled: isPollingAsked(configuration) };
}

/** Reports whether a configuration asks for polling: `PollForSourceChanges` is absent, or `true` in any case. */
export function isPollingAsked({ PollForSourceChanges: flag = 'true' }: Configuration = {}): boolean {
  return textOf(flag).toLowerCase() === 'true';
}

function textOf(value: Configuration[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
