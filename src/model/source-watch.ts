import { actionTypeKey } from './action-type.ts';
import type { Configuration, StoredAction, StoredDeclaration } from './pipeline.ts';

/** A source action whose place can be watched for changes. */
export interface SourceWatch {
  actionName: string;
  typeKey: string;
  /** Values of the properties that name the place, by their names. */
  location: Record<string, string>;
  roleArn: string;
  /** Whether the action looks for changes by itself. */
  isPolled: boolean;
}

/** A revision found at a watched place. */
export interface FoundRevision {
  /** Compared with what the last look found. */
  cursor: string;
  /** What an execution can be bound to; absent where the place keeps no versions. */
  revisionId?: string;
}

/** The properties that name the place of each source type this server can watch. */
const placeProperties: Record<string, readonly string[]> = { 'Source/AWS/S3/1': ['S3Bucket', 'S3ObjectKey'] };

/** The watches a version of a pipeline has. */
export function watchesOf({ stages, roleArn }: Pick<StoredDeclaration, 'stages' | 'roleArn'>): SourceWatch[] {
  return stages.flatMap(({ actions }) => actions).flatMap((action) => watchOf(action, roleArn) ?? []);
}

function watchOf(action: StoredAction, pipelineRoleArn: string): SourceWatch | undefined {
  const { name: actionName, actionTypeId, configuration, roleArn = pipelineRoleArn } = action;
  const typeKey = actionTypeKey(actionTypeId);
  const properties = placeProperties[typeKey];
  if (!properties) return undefined;
  const location = Object.fromEntries(properties.map((name) => [name, textOf(configuration[name])]));
  return { actionName, typeKey, location, roleArn, isPolled: isPollingAsked(configuration) };
}

/** Whether a configuration asks for polling: `PollForSourceChanges` is left out, or `true` in any spelling. */
export function isPollingAsked({ PollForSourceChanges: flag = 'true' }: Configuration = {}): boolean {
  return textOf(flag).toLowerCase() === 'true';
}

function textOf(value: Configuration[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
