import type { Logger } from 'pino';
import { showEvents } from '../api/codepipeline/executions/show-events.ts';
import type { Dependencies } from '../api/dependencies.ts';
import { approvalUrl } from '../approvals/approval-link.ts';
import { createFanOut } from '../events/fan-out.ts';
import { createLanes } from '../events/lanes.ts';
import { createTargetDestination } from '../events/target-destination.ts';
import { openDocument } from '../resources/seal-document.ts';
import type { DueWorkHandler } from '../scheduler/due-work.ts';
import { createRuleStarts } from './event-rules.ts';

/** Creates the due work that takes events to their receivers. */
export function eventWork(
  parts: Dependencies,
  { longestSleepMs, log }: { longestSleepMs: number; log: Logger },
): DueWorkHandler[] {
  const { store, sealer, now, newId } = parts;
  const destinations = [
    createTargetDestination({
      resources: store.resources,
      open: (scope, target) => openDocument(sealer, scope, target),
      approvalUrl: (approval) => approvalUrl(parts, approval),
    }),
    createRuleStarts(store),
  ];
  const toEvents: Parameters<typeof createFanOut>[0]['toEvents'] = async (stored) =>
    (await showEvents(stored, parts)).map(({ event }) => event);
  return [
    createFanOut({ store, destinations, toEvents, now, newId, longestSleepMs }),
    createLanes({ store, destinations, now, random: Math.random, log }),
  ];
}
