import { FilterPatternError, type LineFilter, readFilterPattern } from '../../../logs/filter-pattern.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { filterPage } from './filter-page.ts';
import { backwardPage, forwardPage, type LogRange } from './log-events.ts';
import { groupArn, groupOf, invalidParameter, notFound, requireGroup, touchedGroup } from './log-group.ts';

const operation = describeOperations<'logs'>('logs');

/** As on AWS, where a response also has at most a megabyte of text. */
const mostEvents = 10_000;

/** The operations that read log events: the lines of logs, with the instants at which they arrived. */
export const eventOperations: Pick<OperationsOf<'logs'>, 'FilterLogEvents' | 'GetLogEvents'> = {
  FilterLogEvents: operation('FilterLogEvents', {
    note: 'patterns of terms; events are in the order of time within a page; of a group without named streams those 1,000 that were written last; no `unmask`',
    resources: (input, scope) => [touchedGroup(input, scope)],
    async run(input, call, dependencies) {
      const group = groupOf(input, call);
      refuseUnmask(input);
      if (input.logStreamNames && input.logStreamNamePrefix !== undefined) {
        throw invalidParameter('Specify either logStreamNames or logStreamNamePrefix.');
      }
      await requireGroup(group, call, dependencies);
      const { filterPattern = '', limit = mostEvents } = input;
      const search = { ...input, ...rangeOf(input), group, limit, matches: readPattern(filterPattern) };
      return filterPage(search, call, dependencies);
    },
  }),
  GetLogEvents: operation('GetLogEvents', {
    note: 'the lines of a log with the instants at which they arrived; no `unmask`',
    resources: (input, scope) => {
      const { logGroupName, logGroupIdentifier = '', logStreamName } = input;
      const group = logGroupName ?? logGroupIdentifier.replace(groupArn(scope, ''), '').replace(/:\*$/, '');
      return [{ arn: `${groupArn(scope, group)}:log-stream:${logStreamName}` }];
    },
    async run(input, call, dependencies) {
      const group = groupOf(input, call);
      refuseUnmask(input);
      const stream = input.logStreamName;
      const log = await dependencies.store.logs.findStream({ ...call, group, stream });
      if (!log) {
        await requireGroup(group, call, dependencies);
        throw notFound('stream');
      }
      const { limit = mostEvents, nextToken, startFromHead = false } = input;
      const [, direction = startFromHead ? 'f' : 'b', position] = readToken(nextToken);
      const search = { log, ...rangeOf(input), limit, ...(position !== undefined && { offset: Number(position) }) };
      const page = await (direction === 'f' ? forwardPage : backwardPage)(search, call, dependencies);
      return {
        events: page.lines.map(({ at, text }) => ({ timestamp: at, message: text, ingestionTime: at })),
        nextForwardToken: `f/${page.endOffset}`,
        nextBackwardToken: `b/${page.startOffset}`,
      };
    },
  }),
};

/** A position in a log, in bytes, and the direction in which to go on. */
function readToken(token: string | undefined): [string?, string?, string?] {
  if (token === undefined) return [];
  const found = /^([fb])\/(\d{1,15})$/.exec(token);
  if (!found) throw invalidParameter('The specified nextToken is invalid.');
  return [found[0], found[1], found[2]];
}

function rangeOf({ startTime = 0, endTime }: { startTime?: number; endTime?: number }): LogRange {
  if (endTime !== undefined && endTime < startTime) throw invalidParameter('endTime is before startTime.');
  return { from: startTime, until: endTime ?? Number.POSITIVE_INFINITY };
}

function refuseUnmask({ unmask = false }: { unmask?: boolean }): void {
  if (unmask) throw invalidParameter('Secrets are masked before they are stored: unmask is not served.');
}

function readPattern(pattern: string): LineFilter {
  try {
    return readFilterPattern(pattern);
  } catch (error) {
    if (error instanceof FilterPatternError) throw invalidParameter(error.message);
    throw error;
  }
}
