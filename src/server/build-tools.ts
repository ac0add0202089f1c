import type { Dependencies } from '../api/dependencies.ts';
import { ServiceError } from '../contract/errors.ts';
import { systemFailureOf } from '../contract/system-failure.ts';
import type { RequireRight } from '../identity/roles/service-rights.ts';
import { type Build, type BuildOrder, buildWake } from '../model/build.ts';
import { createBuildOrder } from '../projects/build-order.ts';
import { withOverrides } from '../projects/overrides.ts';
import { readProject } from '../projects/project.ts';
import type { BuildTools, StartedBuild } from '../providers/provider.ts';
import { logWake } from '../store/logs/logs.ts';
import type { JobRecord } from '../store/store.ts';
import { JobFailure } from '../worker/job-failure.ts';

/** How soon the end of a build is noticed if its notification was lost. */
const lookIntervalMs = 10_000;

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
  const create = async (order: BuildOrder) => startedBuild(await store.builds.create(scope, job.id, order, now()));
  const stopForNobody = async (id: string): Promise<never> => {
    await store.builds.requestStop(scope, id, now());
    throw new Error('The action ended before its build, which is to stop.');
  };
  return {
    async startProject({ projectName, buildspec, encryptionKey, variables, ...places }) {
      const arn = `arn:aws:codebuild:${region}:${account}:project/${projectName}`;
      // If the job is performed again its build has been started, whatever has become of the project.
      const started = await store.builds.find(scope, `${projectName}:${job.id}`);
      if (started) return startedBuild(started);
      requireRight({ ...scope, roleArn: action.start.roleArn, jobId: job.id }, 'codebuild:StartBuild', arn);
      const resource = await store.resources.find(scope, 'Project', projectName);
      if (!resource) throw new ServiceError('ResourceNotFoundException', `Project cannot be found: ${arn}`);
      const overrides = { buildspecOverride: buildspec, encryptionKeyOverride: encryptionKey };
      const project = withOverrides(readProject(resource, scope), overrides);
      return create(
        createBuildOrder(project, { uuid: job.id, initiator, variables, pipeline: { ...places, ...ofJob } }),
      );
    },
    startOrder: (order) => create({ ...order, logStream: job.id, initiator, ...ofJob }),
    async ended(id) {
      for (;;) {
        const look = new AbortController();
        const anyEnd = AbortSignal.any([signal, look.signal]);
        // Before the look, so that an end between the two is noticed.
        const moved = [buildWake(scope, id), logWake(job.id)].map((name) =>
          store.notifications.wait(name, lookIntervalMs, anyEnd),
        );
        try {
          const build = await store.builds.find(scope, id);
          if (!build)
            throw new JobFailure('JobFailed', `The build ${id} was deleted before its action had its result.`);
          if (build.status !== 'IN_PROGRESS') return build;
          if (!(await store.jobs.isOpen(job.id))) await stopForNobody(id);
          await Promise.race(moved);
        } catch (error) {
          // A build outlasts an outage of the database; if this node's lease doesn't, another one waits for it.
          if (systemFailureOf(error)?.kind !== 'unavailable') throw error;
          await moved[0];
        } finally {
          look.abort();
        }
        signal.throwIfAborted();
      }
    },
  };
}

function startedBuild({ id, scope: { account, region }, order: { logGroup, logStream } }: Build): StartedBuild {
  return { id, logStreamArn: `arn:aws:logs:${region}:${account}:log-group:${logGroup}:log-stream:${logStream}` };
}
