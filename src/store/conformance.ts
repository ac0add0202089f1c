import { describe } from 'vitest';
import { advanceCases } from '../../test/support/store-conformance/advance.ts';
import { agreementCases } from '../../test/support/store-conformance/agreement.ts';
import { approvalCases } from '../../test/support/store-conformance/approvals.ts';
import type { OpenStore } from '../../test/support/store-conformance/bench.ts';
import { catalogueCases } from '../../test/support/store-conformance/catalogue.ts';
import { claimCases } from '../../test/support/store-conformance/claims.ts';
import { conditionCases } from '../../test/support/store-conformance/conditions.ts';
import { deletionCases } from '../../test/support/store-conformance/deletions.ts';
import { deliveryCases } from '../../test/support/store-conformance/deliveries.ts';
import { durabilityCases } from '../../test/support/store-conformance/durability.ts';
import { executionModeCases } from '../../test/support/store-conformance/execution-modes.ts';
import { goingOnCases } from '../../test/support/store-conformance/going-on.ts';
import { historyCases } from '../../test/support/store-conformance/history.ts';
import { jobHistoryCases } from '../../test/support/store-conformance/job-history.ts';
import { objectCases } from '../../test/support/store-conformance/objects.ts';
import { pipelineCases } from '../../test/support/store-conformance/pipelines.ts';
import { racesOfHistory } from '../../test/support/store-conformance/races-of-history.ts';
import { racesOfJobs } from '../../test/support/store-conformance/races-of-jobs.ts';
import { racesOfObjects } from '../../test/support/store-conformance/races-of-objects.ts';
import { racesOfPipelines } from '../../test/support/store-conformance/races-of-pipelines.ts';
import { racesOfRows } from '../../test/support/store-conformance/races-of-rows.ts';
import { retentionCases } from '../../test/support/store-conformance/retention.ts';
import { retryCases } from '../../test/support/store-conformance/retries.ts';
import { rollbackCases } from '../../test/support/store-conformance/rollbacks.ts';
import { sourceRevisionCases } from '../../test/support/store-conformance/source-revisions.ts';
import { sourceWatchCases } from '../../test/support/store-conformance/source-watches.ts';
import { stopCases } from '../../test/support/store-conformance/stops.ts';
import { tagCases } from '../../test/support/store-conformance/tags.ts';
import { thirdPartyCases } from '../../test/support/store-conformance/third-party.ts';
import { transitionCases } from '../../test/support/store-conformance/transitions.ts';
import { versionCases } from '../../test/support/store-conformance/versions.ts';
import { webhookCases } from '../../test/support/store-conformance/webhooks.ts';
import { writeGrantCases } from '../../test/support/store-conformance/write-grants.ts';

/**
 * The one suite that every store passes. `open` makes a store on fresh ground that reads its clock (ms) from the
 * function it is given; the cases close what they opened. The object index has most of its
 * suite at the object endpoint.
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
    describe('source watches', () => sourceWatchCases(open));
    describe('rollbacks', () => rollbackCases(open));
    describe('execution modes', () => executionModeCases(open));
    describe('conditions', () => conditionCases(open));
    describe('going on', () => goingOnCases(open));
    describe('history and state', () => historyCases(open));
    describe('retention', () => retentionCases(open));
    describe('claims', () => claimCases(open));
    describe('deliveries', () => deliveryCases(open));
    describe('the history of jobs', () => jobHistoryCases(open));
    describe('catalogue and settings', () => catalogueCases(open));
    describe('third parties', () => thirdPartyCases(open));
    describe('objects', () => objectCases(open));
    describe('write grants', () => writeGrantCases(open));
    describe('tags', () => tagCases(open));
    describe('webhooks', () => webhookCases(open));
    describe('races of pipelines', () => racesOfPipelines(open));
    describe('races of jobs', () => racesOfJobs(open));
    describe('races of history', () => racesOfHistory(open));
    describe('races of objects', () => racesOfObjects(open));
    describe('races of rows', () => racesOfRows(open));
    describe('durability', () => durabilityCases(open));
  });
}
