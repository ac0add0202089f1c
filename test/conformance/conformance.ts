import { describe } from 'vitest';
import { advanceCases } from './advance.ts';
import { agreementCases } from './agreement.ts';
import { approvalCases } from './approvals.ts';
import type { OpenStore } from './bench.ts';
import { catalogueCases } from './catalogue.ts';
import { claimCases } from './claims.ts';
import { conditionCases } from './conditions.ts';
import { connectionCases } from './connections.ts';
import { continuingCases } from './continuing-executions.ts';
import { deletionCases } from './deletions.ts';
import { deliveryCases } from './deliveries.ts';
import { dueWorkCases } from './due-work.ts';
import { durabilityCases } from './durability.ts';
import { eventCases } from './events.ts';
import { executionModeCases } from './execution-modes.ts';
import { groupedStartCases } from './grouped-starts.ts';
import { handOffCases } from './hand-off.ts';
import { historyCases } from './history.ts';
import { historyRaces } from './history-races.ts';
import { jobHistoryCases } from './job-history.ts';
import { jobRaces } from './job-races.ts';
import { keptSnapshotCases } from './kept-snapshots.ts';
import { objectRaces } from './object-races.ts';
import { objectCases } from './objects.ts';
import { pipelineRaces } from './pipeline-races.ts';
import { pipelineCases } from './pipelines.ts';
import { resourceCases } from './resources.ts';
import { retentionCases } from './retention.ts';
import { retryCases } from './retries.ts';
import { rollbackCases } from './rollbacks.ts';
import { rowRaces } from './row-races.ts';
import { sourceRevisionCases } from './source-revisions.ts';
import { sourceWatchCases } from './source-watches.ts';
import { stopCases } from './stops.ts';
import { tagCases } from './tags.ts';
import { thirdPartyCases } from './third-party.ts';
import { transitionCases } from './transitions.ts';
import { versionCases } from './versions.ts';
import { webhookCases } from './webhooks.ts';
import { writeGrantCases } from './write-grants.ts';

/**
 * The suite that every store has to pass. `open` creates a new store that reads the time (ms) from the function it is
 * given; the cases close it. Most tests of the object index are at the object endpoint.
 */
export function storeConformance(name: string, open: OpenStore): void {
  describe(`${name}: store conformance`, () => {
    describe('advance', () => advanceCases(open));
    describe('agreement with the engine', () => agreementCases(open));
    describe('pipelines', () => pipelineCases(open));
    describe('deletions', () => deletionCases(open));
    describe('versions', () => versionCases(open));
    describe('transitions', () => transitionCases(open));
    describe('stops', () => stopCases(open));
    describe('retries', () => retryCases(open));
    describe('approvals', () => approvalCases(open));
    describe('source revisions', () => sourceRevisionCases(open));
    describe('a resource', () => resourceCases(open));
    describe('a connection', () => connectionCases(open));
    describe('due work', () => dueWorkCases(open));
    describe('an event', () => eventCases(open));
    describe('source watches', () => sourceWatchCases(open));
    describe('rollbacks', () => rollbackCases(open));
    describe('execution modes', () => executionModeCases(open));
    describe('conditions', () => conditionCases(open));
    describe('continuing', () => continuingCases(open));
    describe('history and state', () => historyCases(open));
    describe('retention', () => retentionCases(open));
    describe('claims', () => claimCases(open));
    describe('deliveries', () => deliveryCases(open));
    describe('hand-off', () => handOffCases(open));
    describe('job history', () => jobHistoryCases(open));
    describe('catalogue and settings', () => catalogueCases(open));
    describe('third parties', () => thirdPartyCases(open));
    describe('objects', () => objectCases(open));
    describe('write grants', () => writeGrantCases(open));
    describe('tags', () => tagCases(open));
    describe('webhooks', () => webhookCases(open));
    describe('pipeline races', () => pipelineRaces(open));
    describe('grouped starts', () => groupedStartCases(open));
    describe('job races', () => jobRaces(open));
    describe('history races', () => historyRaces(open));
    describe('object races', () => objectRaces(open));
    describe('row races', () => rowRaces(open));
    describe('kept snapshots', () => keptSnapshotCases(open));
    describe('durability', () => durabilityCases(open));
  });
}
