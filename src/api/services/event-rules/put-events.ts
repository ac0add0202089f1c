import { ServiceError } from '../../../contract/errors.ts';
import type { EventBridge } from '../../../contract/generated.ts';
import { compilePattern } from '../../../events/patterns.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Announcement } from '../../../model/stored-event.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { requireDefaultBus } from './event-bus.ts';
import { checkPattern } from './rule-operations.ts';

const operation = describeOperations<'events'>('events');

/** The most that the entries of a call may hold, in bytes as the service counts them. */
const mostBytes = 256 * 1024;

/** A detail that is nested deeper could not be written again. */
const deepestDetail = 1000;

/** The operations on events. */
export const eventOperations: Pick<OperationsOf<'events'>, 'PutEvents' | 'TestEventPattern'> = {
  PutEvents: operation('PutEvents', {
    note: 'complete on the default event bus; no global endpoints; trace headers are not passed on',
    resources: (_, { account, region }) => [{ arn: `arn:aws:events:${region}:${account}:event-bus/default` }],
    async run({ Entries, EndpointId }, call, { store, now, newId }) {
      if (EndpointId !== undefined) {
        throw new ServiceError('ValidationException', `Endpoint '${EndpointId}' does not exist.`);
      }
      if (Entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > mostBytes) {
        const message = 'Total size of the entries in the request is over the limit.';
        throw new ServiceError('ValidationException', message);
      }
      const read = Entries.map((entry) => readEntry(entry, call, { at: now(), id: newId() }));
      const announcements = read.flatMap((one) => ('announcement' in one ? one.announcement : []));
      if (announcements.length > 0) await store.events.announce(announcements);
      const results = read.map((one) =>
        'announcement' in one ? { EventId: one.announcement.id } : { ErrorCode: one.code, ErrorMessage: one.message },
      );
      return { FailedEntryCount: results.length - announcements.length, Entries: results };
    },
  }),
  TestEventPattern: operation('TestEventPattern', {
    note: 'complete',
    resources: (_, { account, region }) => [{ arn: `arn:aws:events:${region}:${account}:event-bus/default` }],
    async run({ EventPattern, Event }) {
      checkPattern(EventPattern);
      return { Result: compilePattern(EventPattern).matches(parseEvent(Event)) };
    },
  }),
};

const textBytes = (text: string | undefined) => Buffer.byteLength(text ?? '');

function sizeOf({ Time, Source, DetailType, Detail, Resources = [] }: EventBridge.PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((bytes, text) => bytes + textBytes(text), Time === undefined ? 0 : 14);
}

type ReadEntry = { announcement: Announcement & { id: string } } | { code: string; message: string };

function readEntry(
  entry: EventBridge.PutEventsRequestEntry,
  scope: Scope,
  { at, id }: { at: number; id: string },
): ReadEntry {
  const { Source, DetailType, Detail, Resources = [], Time, EventBusName } = entry;
  try {
    requireDefaultBus(EventBusName, scope);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { code: 'InvalidArgument', message: error.message };
  }
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value) continue;
    const message = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { code: 'InvalidArgument', message };
  }
  if (/^aws\./i.test(Source ?? '')) {
    return { code: 'NotAuthorizedForSourceException', message: 'Not authorized for the source.' };
  }
  const detail = parseDetail(Detail ?? '');
  if (!detail) return { code: 'MalformedDetail', message: 'Detail is malformed.' };
  const { account, region } = scope;
  return {
    announcement: {
      id,
      account,
      region,
      at,
      ...(Time !== undefined && { saidAt: Math.round(Time * 1000) }),
      source: Source ?? '',
      'detail-type': DetailType ?? '',
      resources: Resources,
      detail,
    },
  };
}

function parseDetail(text: string): Record<string, unknown> | undefined {
  const detail = parseJson(text);
  const isObject = typeof detail === 'object' && detail !== null && !Array.isArray(detail);
  return isObject && !isTooDeep(text) ? (detail as Record<string, unknown>) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reports whether objects and lists of a valid JSON text are nested too deeply; brackets in texts don't count. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === '"') isText = !isText;
    else if (isText && character === '\\') index += 1;
    else if (!isText && (character === '{' || character === '[')) depth += 1;
    else if (!isText && (character === '}' || character === ']')) depth -= 1;
    if (depth > deepestDetail) return true;
  }
  return false;
}

const eventMembers = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function parseEvent(text: string): object {
  const event = parseJson(text);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    const message = 'Parameter Event is not valid. Reason: Event is not a JSON object.';
    throw new ServiceError('ValidationException', message);
  }
  const missing = eventMembers.find((name) => !Object.hasOwn(event, name));
  if (missing === undefined) return event;
  throw new ServiceError(
    'ValidationException',
    `Parameter Event is not valid. Reason: Event has no member '${missing}'.`,
  );
}
