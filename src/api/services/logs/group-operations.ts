import type { CloudWatchLogs } from '../../../contract/generated.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Log } from '../../../store/logs/logs.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf, type ServiceInput } from '../operation.ts';
import { groupArn, groupOf, invalidParameter, requireGroup, touchedGroup } from './log-group.ts';

const operation = describeOperations<'logs'>('logs');
const defaultPageSize = 50;

/** Groups read for one page that are to match a pattern. */
const groupsAtOnce = 500;

/** The operations that list log groups and streams. */
export const groupOperations: Pick<OperationsOf<'logs'>, 'DescribeLogGroups' | 'DescribeLogStreams'> = {
  DescribeLogGroups: operation('DescribeLogGroups', {
    note: 'the groups of builds and jobs, by their names; without sizes, and of this account only',
    resources: (_, scope) => [{ arn: groupArn(scope, '*') }],
    async run(input, call, dependencies) {
      const { logGroupNamePrefix = '', logGroupNamePattern, logGroupClass, limit = defaultPageSize } = input;
      refuseOtherAccounts(input);
      if (logGroupNamePattern !== undefined && logGroupNamePrefix !== '') {
        throw invalidParameter('Specify either logGroupNamePrefix or logGroupNamePattern.');
      }
      if (logGroupClass !== undefined && logGroupClass !== 'STANDARD') return { logGroups: [] };
      const belongsTo = ['DescribeLogGroups', call.account, call.region, logGroupNamePrefix, logGroupNamePattern ?? ''];
      const { store, sealer } = dependencies;
      const after = readPageToken<string>(sealer, belongsTo, input.nextToken, 'InvalidParameterException') ?? '';
      const atOnce = logGroupNamePattern === undefined ? limit : groupsAtOnce;
      const rows = await store.logs.groups(call, { prefix: logGroupNamePrefix, after, limit: atOnce + 1 });
      const matching = rows.slice(0, atOnce).filter(({ name }) => name.includes(logGroupNamePattern ?? ''));
      const shown = matching.slice(0, limit);
      const last = matching.length > limit ? shown.at(-1) : rows.length > atOnce ? rows[atOnce - 1] : undefined;
      return {
        logGroups: shown.map((group) => showGroup(group, call)),
        ...(last && { nextToken: createPageToken(sealer, belongsTo, last.name) }),
      };
    },
  }),
  DescribeLogStreams: operation('DescribeLogStreams', {
    note: 'the logs of builds and jobs; `lastEventTimestamp` is exact',
    resources: (input, scope) => [touchedGroup(input, scope)],
    async run(input, call, dependencies) {
      const group = groupOf(input, call);
      await requireGroup(group, call, dependencies);
      const { logs, nextToken } = await listPage(input, group, call, dependencies);
      return { logStreams: logs.map((log) => showStream(log)), ...(nextToken !== undefined && { nextToken }) };
    },
  }),
};

async function listPage(
  input: ServiceInput<'logs', 'DescribeLogStreams'>,
  group: string,
  call: Call,
  { store, sealer }: Dependencies,
): Promise<{ logs: Log[]; nextToken?: string }> {
  const { logStreamNamePrefix: prefix = '', orderBy = 'LogStreamName', descending: isDescending = false } = input;
  const { limit = defaultPageSize } = input;
  if (orderBy === 'LastEventTime' && prefix !== '') {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
  const belongsTo = ['DescribeLogStreams', call.account, call.region, group, prefix, orderBy, String(isDescending)];
  const token = readPageToken<string>(sealer, belongsTo, input.nextToken, 'InvalidParameterException');
  const last = token === undefined ? undefined : (JSON.parse(token) as { stream: string; lastWrittenAt: number });
  const search = { group, isDescending, limit: limit + 1 };
  const rows = await store.logs.streams(
    call,
    orderBy === 'LastEventTime'
      ? { ...search, order: 'time', writtenFrom: 0, ...(last && { after: last }) }
      : { ...search, order: 'name', prefix, ...(last && { after: last.stream }) },
  );
  const { items, nextToken } = cutPage(rows, limit, ({ stream, lastWrittenAt }) =>
    createPageToken(sealer, belongsTo, JSON.stringify({ stream, lastWrittenAt })),
  );
  return { logs: items, ...(nextToken !== undefined && { nextToken }) };
}

function refuseOtherAccounts(input: ServiceInput<'logs', 'DescribeLogGroups'>): void {
  if (input.includeLinkedAccounts || input.accountIdentifiers || input.logGroupIdentifiers) {
    throw invalidParameter('includeLinkedAccounts, accountIdentifiers and logGroupIdentifiers are not served.');
  }
}

function showGroup({ name, createdAt }: { name: string; createdAt: number }, scope: Scope): CloudWatchLogs.LogGroup {
  const logGroupArn = groupArn(scope, name);
  return {
    logGroupName: name,
    creationTime: createdAt,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    logGroupClass: 'STANDARD',
    metricFilterCount: 0,
  };
}

function showStream(log: Log): CloudWatchLogs.LogStream {
  const { stream, createdAt, lastWrittenAt } = log;
  return {
    logStreamName: stream,
    creationTime: createdAt,
    firstEventTimestamp: createdAt,
    lastEventTimestamp: lastWrittenAt,
    lastIngestionTime: lastWrittenAt,
    arn: `${groupArn(log, log.group)}:log-stream:${stream}`,
  };
}
