import { ServiceError } from '../../../contract/errors.ts';
import { createBuildOrder } from '../../../projects/build-order.ts';
import { mostVariables } from '../../../projects/find-mistakes.ts';
import { withOverrides } from '../../../projects/overrides.ts';
import { readProject } from '../../../projects/project.ts';
import { repeatOrder } from '../../../projects/repeated-order.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { checkProject, findProject, projectNotFound } from './checked-project.ts';
import { buildNotFound, projectOfBuild, requireBuildId } from './named-build.ts';
import { showBuild } from './shown-build.ts';
import { initiatorOf, newBuildUuid, startBuild } from './started-build.ts';
import { namedProject } from './touched-project.ts';

const operation = describeOperations<'codebuild'>('codebuild');

const service = 'codebuild.amazonaws.com';

/** The operations that start and stop builds. */
export const buildOperations: Pick<OperationsOf<'codebuild'>, 'RetryBuild' | 'StartBuild' | 'StopBuild'> = {
  RetryBuild: operation('RetryBuild', {
    note: 'complete for builds that no pipeline has started; the build has the sources, variables and limits of the one before',
    resources: ({ id = '' }, scope) => projectOfBuild(id, scope),
    async run({ id: idOrArn = '', idempotencyToken }, call, dependencies) {
      const id = requireBuildId(call, idOrArn);
      const before = await dependencies.store.builds.find(call, id);
      if (!before) throw buildNotFound(id);
      const { order } = before;
      if (order.job || order.batch) {
        const owner = order.job ? `the pipeline ${order.job.pipelineName}` : 'a batch';
        const message = `The build ${id} was started by ${owner}: only builds that were started alone can be retried.`;
        throw new ServiceError('InvalidInputException', message);
      }
      const uuid = newBuildUuid(call, order.projectName, idempotencyToken, dependencies.newId);
      const uuids = { before: id.split(':')[1] ?? '', after: uuid };
      const stored = await findProject(call, order.projectName, dependencies);
      const mostOpen = stored && readProject(stored, call).concurrentBuildLimit;
      const repeated = { order: repeatOrder(order, uuids, initiatorOf(call)), mostOpen };
      return { build: showBuild(await startBuild(call, uuid, repeated, dependencies)) };
    },
  }),
  StartBuild: operation('StartBuild', {
    note: 'complete for what [projects.md](projects.md) lists; `debugSessionEnabled` is refused',
    resources: ({ projectName }, scope) => namedProject(projectName, scope),
    passedRoles: ({ serviceRoleOverride: role }) => ({ roles: role === undefined ? [] : [role], service }),
    async run(input, call, dependencies) {
      const { projectName: nameOrArn, idempotencyToken, environmentVariablesOverride: variables } = input;
      if (input.debugSessionEnabled === true) {
        const message = 'Debug sessions are not supported: run the buildspec with millrace build --keep instead.';
        throw new ServiceError('InvalidInputException', message);
      }
      if (variables && variables.length > mostVariables) {
        const message = `Invalid environment variables: there are ${variables.length}, expected at most ${mostVariables}.`;
        throw new ServiceError('InvalidInputException', message);
      }
      const stored = await findProject(call, nameOrArn, dependencies);
      if (!stored) throw projectNotFound(call, nameOrArn);
      const project = withOverrides(readProject(stored, call), input);
      checkProject(project, dependencies.settings);
      const uuid = newBuildUuid(call, stored.name, idempotencyToken, dependencies.newId);
      const order = createBuildOrder(project, { uuid, initiator: initiatorOf(call), variables });
      const build = await startBuild(call, uuid, { order, mostOpen: project.concurrentBuildLimit }, dependencies);
      return { build: showBuild(build) };
    },
  }),
  StopBuild: operation('StopBuild', {
    note: 'complete; a build that has ended is returned as it is',
    resources: ({ id }, scope) => projectOfBuild(id, scope),
    async run({ id: idOrArn }, call, { store, now }) {
      const id = requireBuildId(call, idOrArn);
      const build = await store.builds.requestStop(call, id, now());
      if (!build) throw buildNotFound(id);
      return { build: showBuild(build) };
    },
  }),
};
