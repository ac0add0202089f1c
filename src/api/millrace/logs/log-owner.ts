import { ServiceError } from '../../../contract/errors.ts';
import type { Build } from '../../../model/build.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { isPerformedHere } from '../../../model/queue-key.ts';
import { isOpenJob } from '../../../model/status.ts';
import type { JobRecord } from '../../../store/store.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { OwnResource } from '../resources.ts';

/** A build or job that writes a log, which may have none yet. */
export interface LogOwner {
  logId: string;
  group: string;
  stream: string;
  /** Whether nothing more is written. */
  isEnded: boolean;
  /** Of a job. */
  record?: JobRecord;
}

/** Returns the group of the logs of a pipeline's jobs. */
export function jobLogGroup(pipelineName: string): string {
  return `/millrace/jobs/${pipelineName}`;
}

/** Finds what writes a log, in the account and Region. The log of an action's job is that of its build. */
async function findLogOwner(
  logId: string,
  { account, region }: Scope,
  { store }: Pick<Dependencies, 'store'>,
): Promise<LogOwner | undefined> {
  const scope = { account, region };
  if (logId.includes(':')) {
    const build = await store.builds.find(scope, logId);
    return build && ownerOf(build);
  }
  const record = await store.jobs.find(logId);
  if (record?.pipeline.account !== account || record.pipeline.region !== region) return undefined;
  const isBuiltIn = isPerformedHere(record.action.start.actionTypeId);
  const build = isBuiltIn ? await store.builds.ofJob(scope, logId) : undefined;
  if (build) return ownerOf(build);
  const group = jobLogGroup(record.pipeline.name);
  return { logId, group, stream: logId, isEnded: !isOpenJob(record.job.status), record };
}

function ownerOf({ id: logId, order, status }: Build): LogOwner {
  return { logId, group: order.logGroup, stream: order.logStream, isEnded: status !== 'IN_PROGRESS' };
}

/** Finds what writes a log. Throws ResourceNotFoundException. */
export async function requireLogOwner(logId: string, scope: Scope, dependencies: Dependencies): Promise<LogOwner> {
  const owner = await findLogOwner(logId, scope, dependencies);
  if (owner) return owner;
  const message = `There is no build or job ${logId} in this account and Region. A build is named as PROJECT:UUID.`;
  throw new ServiceError('ResourceNotFoundException', message);
}

/** Returns whether nothing more is written to a log. */
export async function isLogEnded(logId: string, scope: Scope, dependencies: Dependencies): Promise<boolean> {
  return (await findLogOwner(logId, scope, dependencies))?.isEnded ?? true;
}

/** A log by the id of its build or job. */
export const namedLog: OwnResource<{ logId: string }> = {
  documentation: '`arn:aws:logs:<region>:<account>:log-group:<group>:log-stream:<stream>`',
  async arnOf({ logId }, call, dependencies) {
    const owner = await findLogOwner(logId, call, dependencies);
    return owner && logArn(call, owner);
  },
};

function logArn({ region, account }: Scope, { group, stream }: { group: string; stream: string }): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:${stream}`;
}
