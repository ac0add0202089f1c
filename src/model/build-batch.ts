import {
  type BuildFailureReason,
  type BuildOrder,
  type BuildStatus,
  buildArn,
  type EndedBuildStatus,
} from './build.ts';
import type { Scope } from './pipeline.ts';

/** A build of a batch, as its buildspec describes it, and what became of it. */
export interface BatchGroup {
  identifier: string;
  /** Identifiers of the groups that must succeed before. */
  dependsOn: string[];
  ignoresFailure: boolean;
  /** What the build has in the place of the batch's. */
  changes: { buildspec?: string; image?: string; computeType?: string; variables: Record<string, string> };
  /** Once it has begun; its status when it was looked at last. */
  build?: { id: string; startedAt: number; status: BuildStatus };
}

/** What a batch does, complete at its creation; a duration in ms. */
export interface BatchOrder {
  /** The order of each build but for the changes of its group. */
  build: BuildOrder;
  mostBuilds: number;
  /** The only compute types that builds may have; absent: all. */
  computeTypes?: string[];
  timeoutMs: number;
}

/** The groups of a batch, from its buildspec. */
export interface BatchGroups {
  stopsAtFirstFailure: boolean;
  /** The commit that the buildspec is from, if the source is a repository: all builds have it. */
  commit?: string;
  groups: BatchGroup[];
}

/** A batch of builds; instants in ms. */
export interface BuildBatch {
  /** `<project>:<uuid>`, unique in its scope among batches. */
  id: string;
  scope: Scope;
  /** Counts the batches of the project, from 1. */
  number: number;
  order: BatchOrder;
  /** Present once its buildspec has been read, at `readAt`. */
  groups?: BatchGroups;
  readAt?: number;
  status: BuildStatus;
  startedAt: number;
  endedAt?: number;
  stopRequestedAt?: number;
  failure?: BuildFailureReason;
}

/** How a batch ends. */
export interface BatchEnd {
  status: EndedBuildStatus;
  failure?: BuildFailureReason;
}

/** The due work of batches; its key is the batch's ARN. */
export const buildBatchesKind = 'build batches';

/** Returns `arn:aws:codebuild:<region>:<account>:build-batch/<project>:<uuid>`. */
export function batchArn(scope: Scope, id: string): string {
  return buildArn(scope, id).replace(':build/', ':build-batch/');
}

/** Reads what `batchArn` builds; undefined if it is none. */
export function readBatchArn(arn: string): { scope: Scope; id: string } | undefined {
  const [, region, account, id] =
    /^arn:aws:codebuild:([a-z0-9-]+):(\d{12}):build-batch\/([^/]+:[^/:]+)$/.exec(arn) ?? [];
  return region && account && id ? { scope: { account, region }, id } : undefined;
}
