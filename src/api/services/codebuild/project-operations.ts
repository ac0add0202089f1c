import { ServiceError } from '../../../contract/errors.ts';
import type { CodeBuild } from '../../../contract/generated.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Resource } from '../../../model/resource.ts';
import { projectArn, projectName, readDocument, toDocument, withDefaults } from '../../../projects/project.ts';
import type { Dependencies } from '../../dependencies.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { checkProject, findProject, projectNotFound, tagsAsConditions } from './checked-project.ts';
import { inTurns } from './in-turns.ts';
import { projectPage } from './project-page.ts';
import { showProject } from './shown-project.ts';
import { everyProject, namedProject } from './touched-project.ts';

const operation = describeOperations<'codebuild'>('codebuild');

const service = 'codebuild.amazonaws.com';

/** The operations on projects. */
export const projectOperations: Pick<
  OperationsOf<'codebuild'>,
  'BatchGetProjects' | 'CreateProject' | 'DeleteProject' | 'ListProjects' | 'UpdateProject'
> = {
  BatchGetProjects: operation('BatchGetProjects', {
    note: 'complete; `cage` and `network` of a project are shown by `millrace resources show`',
    resources: ({ names }, scope) => names.flatMap((name) => namedProject(name, scope)),
    async run({ names }, call, dependencies) {
      const found = await inTurns([...new Set(names)], (some) =>
        Promise.all(
          some.map(async (name) => {
            const stored = await findProject(call, name, dependencies);
            return { name, project: stored && showProject(stored, call) };
          }),
        ),
      );
      return {
        projects: found.flatMap(({ project }) => project ?? []),
        projectsNotFound: found.flatMap(({ name, project }) => (project ? [] : [name])),
      };
    },
  }),
  CreateProject: operation('CreateProject', {
    note: 'complete for what [projects.md](projects.md) lists; the project is a resource of the kind Project',
    resources: ({ name }, scope) => namedProject(name, scope),
    passedRoles: ({ serviceRole }) => ({ roles: [serviceRole], service }),
    requestTags: ({ tags }) => tagsInRequest(tagsAsConditions(tags)),
    async run(input, call, dependencies) {
      const { name, ...declared } = input;
      const { store, now, settings } = dependencies;
      checkProject(withDefaults(name, declared, call.account), settings);
      const resource: Resource = { kind: 'Project', name, document: toDocument(input) };
      const by = { at: now(), origin: call.origin, action: 'CreateProject' };
      const isNew = await store.resources.create(call, resource, by).catch(asAccountLimit);
      if (!isNew) {
        const message = `Project already exists: ${projectArn(call, name)}`;
        throw new ServiceError('ResourceAlreadyExistsException', message);
      }
      return { project: await shownProject(call, name, dependencies) };
    },
  }),
  DeleteProject: operation('DeleteProject', {
    note: 'complete; the builds of the project stay until they are deleted or their time is over',
    resources: ({ name }, scope) => namedProject(name, scope),
    async run({ name: nameOrArn }, call, { store, now }) {
      const name = projectName(call, nameOrArn);
      const by = { at: now(), origin: call.origin, action: 'DeleteProject' };
      if (name !== undefined) await store.resources.delete(call, { kind: 'Project', name }, by);
      return {};
    },
  }),
  ListProjects: operation('ListProjects', {
    note: 'complete',
    resources: (_, scope) => everyProject(scope),
    run: (input, call, dependencies) => projectPage(input, call, dependencies),
  }),
  UpdateProject: operation('UpdateProject', {
    note: 'complete, as CreateProject',
    resources: ({ name }, scope) => namedProject(name, scope),
    passedRoles: ({ serviceRole }) => ({ roles: serviceRole === undefined ? [] : [serviceRole], service }),
    requestTags: ({ tags }) => tagsInRequest(tagsAsConditions(tags)),
    async run(input, call, dependencies) {
      const { name: nameOrArn, ...changed } = input;
      const { store, now, settings } = dependencies;
      const name = projectName(call, nameOrArn);
      if (name === undefined) throw projectNotFound(call, nameOrArn);
      const change = (document: Resource['document']) => {
        const next = { ...document, ...toDocument(changed) };
        checkProject(withDefaults(name, readDocument(next), call.account), settings);
        return next;
      };
      const by = { at: now(), origin: call.origin, action: 'UpdateProject' };
      if (!(await store.resources.change(call, { kind: 'Project', name }, change, by))) {
        throw projectNotFound(call, name);
      }
      return { project: await shownProject(call, name, dependencies) };
    },
  }),
};

async function shownProject(
  scope: Scope,
  name: string,
  { store }: Pick<Dependencies, 'store'>,
): Promise<CodeBuild.Project> {
  const stored = await store.resources.find(scope, 'Project', name);
  if (!stored) throw projectNotFound(scope, name);
  return showProject(stored, scope);
}

function asAccountLimit(error: unknown): never {
  if (!(error instanceof ServiceError) || error.code !== 'LimitExceededException') throw error;
  throw new ServiceError('AccountLimitExceededException', error.message);
}
