import type { Dependencies } from '../api/dependencies.ts';
import { ServiceError } from '../contract/errors.ts';
import type { RequireRight } from '../identity/roles/service-rights.ts';
import { type Build, type BuildOrder, buildWake } from '../model/build.ts';
import { batchArn } from '../model/build-batch.ts';
import { createBatchOrder } from '../projects/batch-order.ts';
import { createBuildOrder } from '../projects/build-order.ts';
import { withOverrides } from '../projects/overrides.ts';
import { readProject } from '../projects/project.ts';
import type { BuildTools, ProjectBuild, StartedBuild } from '../providers/provider.ts';
import type { JobRecord } from '../store/store.ts';
import { untilEnded } from './until-ended.ts';

/** What the builds of a job need. */
interface BuildParts {
  dependencies: Pick<Dependencies, 'store' | 'now'>;
  requireRight: RequireRight;
}

/** Returns the builds of a job. Their ids end with that of the job, so a node that takes the job over finds the same build. */
export function buildToolsOf(
  { dependencies: { store, now }, requireRight }: BuildParts,
  { job, action, pipeline, executionId }: JobRecord,
  signal: AbortSignal,
): BuildTools {
  const { account, region } = pipeline;
  const scope = { account, region };
  const initiator = `codepipeline/${pipeline.name}`;
  const ofJob = { job: { id: job.id, pipelineName: pipeline.name, executionId } };
  const waiting = { store, jobId: job.id, signal };
  /** Throws CodeBuild's ServiceError if there is no such project or the role may not. */
  const orderOf = async (right: string, build: ProjectBuild) => {
    const { projectName, buildspec, encryptionKey, variables, ...places } = build;
    const arn = `arn:aws:codebuild:${region}:${account}:project/${projectName}`;
    requireRight({ ...scope, roleArn: action.start.roleArn, jobId: job.id }, right, arn);
    const resource = await store.resources.find(scope, 'Project', projectName);
    if (!resource) throw new ServiceError('ResourceNotFoundException', `Project cannot be found: ${arn}`);
    const overrides = { buildspecOverride: buildspec, encryptionKeyOverride: encryptionKey };
    const project = withOverrides(readProject(resource, scope), overrides);
    const pipelineParts = { ...places, ...ofJob };
    const order = createBuildOrder(project, { uuid: job.id, initiator, variables, pipeline: pipelineParts });
    return { project, order };
  };
  const create = async (order: BuildOrder) => startedBuild(await store.builds.create(scope, job.id, order, now()));
  return {
    async startProject(build) {
      // If the job is performed again its build has been started, whatever has become of the project.
      const started = await store.builds.find(scope, `${build.projectName}:${job.id}`);
      return started ? startedBuild(started) : create((await orderOf('codebuild:StartBuild', build)).order);
    },
    startOrder: (order) => create({ ...order, logStream: job.id, initiator, ...ofJob }),
    async startBatch(build) {
      const [started] = await store.buildBatches.findAll(scope, [`${build.projectName}:${job.id}`]);
      if (started) return { id: started.id };
      const { project, order } = await orderOf('codebuild:StartBuildBatch', build);
      const { id } = await store.buildBatches.create(
        scope,
        job.id,
        createBatchOrder(project.buildBatchConfig, order),
        now(),
      );
      return { id };
    },
    ended: (id) =>
      untilEnded(
        {
          id,
          wakeName: buildWake(scope, id),
          lookIntervalMs: 10_000,
          find: () => store.builds.find(scope, id),
          stop: () => store.builds.requestStop(scope, id, now()),
        },
        waiting,
      ),
    async batchEnded(id) {
      const { status, failure } = await untilEnded(
        {
          id,
          wakeName: batchArn(scope, id),
          // A notification may be lost.
          lookIntervalMs: 2000,
          find: async () => (await store.buildBatches.findAll(scope, [id]))[0],
          stop: () => store.buildBatches.requestStop(scope, id, now()),
        },
        waiting,
      );
      return { id, status, phases: [], exportedVariables: [], ...(failure && { failure }) };
    },
  };
}

function startedBuild({ id, scope: { account, region }, order: { logGroup, logStream } }: Build): StartedBuild {
  return { id, logStreamArn: `arn:aws:logs:${region}:${account}:log-group:${logGroup}:log-stream:${logStream}` };
}
