import { ServiceError } from '../../../contract/errors.ts';
import type { CodeBuild } from '../../../contract/generated.ts';
import { batchArn, readBatchArn } from '../../../model/build-batch.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { isSameJson } from '../../../model/same-json.ts';
import { createBatchOrder } from '../../../projects/batch-order.ts';
import { createBuildOrder } from '../../../projects/build-order.ts';
import { withOverrides } from '../../../projects/overrides.ts';
import { projectName, readProject } from '../../../projects/project.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { checkProject, findProject, projectNotFound } from './checked-project.ts';
import { showBatch } from './shown-batch.ts';
import { initiatorOf, newBuildUuid } from './started-build.ts';
import { namedProject } from './touched-project.ts';

const operation = describeOperations<'codebuild'>('codebuild');

const service = 'codebuild.amazonaws.com';
const pageSize = 100;

/** The operations of batches of builds. */
export const batchOperations: Pick<
  OperationsOf<'codebuild'>,
  'BatchGetBuildBatches' | 'ListBuildBatchesForProject' | 'StartBuildBatch' | 'StopBuildBatch'
> = {
  BatchGetBuildBatches: operation('BatchGetBuildBatches', {
    note: 'complete',
    resources: ({ ids }, scope) => ids.flatMap((id) => projectOfBatch(id, scope)),
    async run({ ids }, call, { store }) {
      const named = [...new Set(ids)].map((name) => ({ name, id: batchId(call, name) }));
      const found = await store.buildBatches.findAll(
        call,
        named.flatMap(({ id }) => id ?? []),
      );
      const byId = new Map(found.map((batch) => [batch.id, batch]));
      const batches = named.map(({ name, id = '' }) => ({ name, batch: byId.get(id) }));
      return {
        buildBatches: batches.flatMap(({ batch }) => (batch ? [showBatch(batch)] : [])),
        buildBatchesNotFound: batches.flatMap(({ name, batch }) => (batch ? [] : [name])),
      };
    },
  }),
  ListBuildBatchesForProject: operation('ListBuildBatchesForProject', {
    note: 'complete; pages have 100 ids, whatever `maxResults` says above that',
    resources: ({ projectName: name = '' }, scope) => namedProject(name, scope),
    async run(
      { projectName: nameOrArn = '', filter, maxResults = pageSize, nextToken: token, sortOrder },
      call,
      parts,
    ) {
      const { store, sealer } = parts;
      const project = projectName(call, nameOrArn);
      const order = sortOrder ?? 'DESCENDING';
      const belongsTo = ['ListBuildBatches', call.account, call.region, order, project ?? '', filter?.status ?? ''];
      const after = readPageToken<number>(sealer, belongsTo, token, 'InvalidInputException');
      const size = Math.min(maxResults, pageSize);
      const page = { project: project ?? '', order, status: filter?.status, after, limit: size + 1 } as const;
      const rows = project === undefined ? [] : await store.buildBatches.list(call, page);
      if (rows.length === 0 && !(await findProject(call, nameOrArn, parts))) throw projectNotFound(call, nameOrArn);
      const { items, nextToken } = cutPage(rows, size, ({ sequence }) => createPageToken(sealer, belongsTo, sequence));
      return { ids: items.map(({ id }) => id), nextToken };
    },
  }),
  StartBuildBatch: operation('StartBuildBatch', {
    note: 'lists, graphs and matrices; `combineArtifacts` and `debugSessionEnabled` are refused, `serviceRole` and `batchReportMode` of its configuration have no effect',
    resources: ({ projectName: name }, scope) => namedProject(name, scope),
    passedRoles: ({ serviceRoleOverride: role }) => ({ roles: role === undefined ? [] : [role], service }),
    async run(input, call, dependencies) {
      const { store, now, newId, settings } = dependencies;
      const stored = await findProject(call, input.projectName, dependencies);
      if (!stored) throw projectNotFound(call, input.projectName);
      const { buildTimeoutInMinutesOverride, ...others } = input;
      const project = withOverrides(readProject(stored, call), {
        ...others,
        timeoutInMinutesOverride: buildTimeoutInMinutesOverride,
      });
      checkProject(project, settings);
      const config = input.buildBatchConfigOverride ?? project.buildBatchConfig;
      refuseUnsupported(input, config);
      const uuid = newBuildUuid(call, `batch ${stored.name}`, input.idempotencyToken, newId);
      const start = { uuid, initiator: initiatorOf(call), variables: input.environmentVariablesOverride };
      const order = createBatchOrder(config, createBuildOrder(project, start));
      const batch = await store.buildBatches.create(call, uuid, order, now());
      if (!isSameJson(batch.order, JSON.parse(JSON.stringify(order)))) {
        const message = 'The idempotencyToken was used for a batch with other parameters.';
        throw new ServiceError('InvalidInputException', message);
      }
      return { buildBatch: showBatch(batch) };
    },
  }),
  StopBuildBatch: operation('StopBuildBatch', {
    note: 'complete; the builds of the batch stop too',
    resources: ({ id }, scope) => projectOfBatch(id, scope),
    async run({ id: idOrArn }, call, { store, now }) {
      const id = batchId(call, idOrArn);
      if (id === undefined) {
        const message = `Invalid build batch ID: ${idOrArn} is neither PROJECT:UUID nor the ARN of a batch in this account and Region`;
        throw new ServiceError('InvalidInputException', message);
      }
      const batch = await store.buildBatches.requestStop(call, id, now());
      if (!batch) throw new ServiceError('ResourceNotFoundException', `Build batch cannot be found: ${id}`);
      return { buildBatch: showBatch(batch) };
    },
  }),
};

function refuseUnsupported(
  { debugSessionEnabled }: CodeBuild.StartBuildBatchInput,
  config: CodeBuild.ProjectBuildBatchConfig | undefined,
): void {
  const mistake =
    debugSessionEnabled === true
      ? 'Debug sessions are not supported: run the buildspec with millrace build --batch --keep instead.'
      : config?.combineArtifacts === true
        ? 'combineArtifacts is not supported: each build of a batch stores its artifacts in a folder of its identifier.'
        : undefined;
  if (mistake !== undefined) throw new ServiceError('InvalidInputException', mistake);
}

/** Returns the id of a batch that a caller names by id or ARN; undefined for what is neither, or is elsewhere. */
function batchId({ account, region }: Scope, idOrArn: string): string | undefined {
  if (!idOrArn.startsWith('arn:')) return /^[^:/]+:[^:/]+$/.test(idOrArn) ? idOrArn : undefined;
  const read = readBatchArn(idOrArn);
  return read && idOrArn === batchArn({ account, region }, read.id) ? read.id : undefined;
}

/** A batch is judged as its project. */
function projectOfBatch(idOrArn: string, scope: Scope) {
  const id = batchId(scope, idOrArn);
  return id === undefined ? [{ arn: idOrArn }] : namedProject(id.split(':')[0] ?? '', scope);
}
