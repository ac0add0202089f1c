import { setTimeout } from 'node:timers/promises';
import { Argument, type Command, Option } from 'commander';
import type { EventDelivery } from '../contract/generated.ts';
import type { Event } from '../model/event.ts';
import { dataOption } from './options.ts';
import { callerOf, type OwnApiCall } from './own-api.ts';
import type { Terminal } from './terminal.ts';

/** How often following asks for new events. */
const followMs = 1000;

interface EventFlags {
  data?: string;
  region?: string;
  pipeline?: string;
  follow?: boolean;
  json?: boolean;
}

interface DeliveryFlags {
  data?: string;
  region?: string;
  status?: EventDelivery['status'];
  dead?: boolean;
  json?: boolean;
}

/** Adds `millrace events`, which lists events, and what is about their deliveries. */
export function addEvents(program: Command, terminal: Terminal): void {
  const events = program
    .command('events')
    .description('List events, the oldest first, or see to their deliveries')
    .option('--pipeline <name>', 'Only events of this pipeline')
    .option('--follow', 'Keep printing what happens')
    .option('--json', 'Print the events as JSON, one a line')
    .addOption(regionOption('events'))
    .addOption(dataOption())
    .action((flags: EventFlags) => printEvents(callerOf(terminal, flags), flags, terminal));
  events
    .command('deliveries')
    .description('List deliveries of events to their receivers, the newest first')
    .addOption(new Option('--status <status>', 'Only deliveries of this status').choices(statuses))
    .addOption(new Option('--dead', 'Only deliveries that were given up').implies({ status: 'Dead' }))
    .option('--json', 'Print JSON, one delivery a line')
    .addOption(regionOption('deliveries'))
    .addOption(dataOption())
    .action((flags: DeliveryFlags) => printDeliveries(callerOf(terminal, flags), flags, terminal));
  events
    .command('redeliver')
    .description('Send deliveries again')
    .addArgument(new Argument('<id...>', 'Ids of deliveries'))
    .addOption(regionOption('deliveries'))
    .addOption(dataOption())
    .action(async (ids: string[], flags: DeliveryFlags) => {
      await callerOf(terminal, flags)('RedeliverEvents', { ids });
      terminal.print(ids.length === 1 ? 'The delivery is sent again.' : `${ids.length} deliveries are sent again.`);
    });
}

const statuses: EventDelivery['status'][] = ['Pending', 'Delivered', 'Dead'];

function regionOption(of: string): Option {
  return new Option('--region <name>', `Region of the ${of} [default: the server's]`);
}

interface EventPage {
  events: { event: string }[];
  cursor: string;
  hasMore: boolean;
}

async function printEvents(
  call: OwnApiCall,
  { pipeline, follow, json }: EventFlags,
  terminal: Terminal,
): Promise<void> {
  const stopping = new AbortController();
  if (follow) terminal.onStopSignal(() => stopping.abort());
  let cursor: string | undefined;
  let isEmpty = true;
  while (!stopping.signal.aborted) {
    const page: EventPage = await call('ListEvents', { cursor, pipelineName: pipeline });
    for (const { event } of page.events) terminal.print(json ? event : eventLine(JSON.parse(event) as Event));
    isEmpty &&= page.events.length === 0;
    const isAtEnd = page.cursor === cursor || !page.hasMore;
    cursor = page.cursor;
    if (!isAtEnd) continue;
    if (!follow) break;
    await setTimeout(followMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  if (isEmpty && !follow) terminal.complain('millrace: there are no events yet.');
}

/** Formats what happened to what: `2026-11-30T12:00:00Z  shop/Build/Compile  FAILED  CodePipeline Action …`. */
function eventLine({ time, detail, resources, 'detail-type': type }: Event): string {
  const { pipeline, stage, action, state } = detail;
  const { pipelineName, stageName, actionName } = (detail.approval ?? {}) as Record<string, unknown>;
  const names = [pipeline ?? pipelineName, stage ?? stageName, action ?? actionName];
  const subject = names.filter((name) => typeof name === 'string').join('/');
  const what = subject === '' ? (resources[0] ?? '-') : subject;
  return [time, what, typeof state === 'string' ? state : '-', type].join('  ');
}

async function printDeliveries(call: OwnApiCall, { status, json }: DeliveryFlags, terminal: Terminal): Promise<void> {
  let nextToken: string | undefined;
  let isEmpty = true;
  do {
    const page: { deliveries: EventDelivery[]; nextToken?: string } = await call('ListEventDeliveries', {
      status,
      nextToken,
    });
    for (const delivery of page.deliveries) {
      terminal.print(json ? JSON.stringify(delivery) : deliveryLine(delivery));
    }
    isEmpty &&= page.deliveries.length === 0;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  if (isEmpty)
    terminal.complain(`millrace: there are no ${status === undefined ? '' : `${status.toLowerCase()} `}deliveries.`);
}

function deliveryLine(delivery: EventDelivery): string {
  const { id, receiverKind, receiver, detailType, status, attempts, failure, createdAt } = delivery;
  const count = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const time = new Date(createdAt * 1000).toISOString();
  const reason = status !== 'Delivered' && failure !== undefined ? [failure] : [];
  return [time, id, `${receiverKind}/${receiver}`, status, count, detailType, ...reason].join('  ');
}
