import type { CodeBuild } from '../../../contract/generated.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { projectName } from '../../../projects/project.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { findProject, projectNotFound } from './checked-project.ts';
import { inTurns } from './in-turns.ts';
import { buildId, projectOfBuild } from './named-build.ts';
import { showBuild } from './shown-build.ts';
import { everyProject, namedProject } from './touched-project.ts';

const operation = describeOperations<'codebuild'>('codebuild');

const pageSize = 100;

/** The operations that read and delete builds. */
export const buildListOperations: Pick<
  OperationsOf<'codebuild'>,
  'BatchDeleteBuilds' | 'BatchGetBuilds' | 'ListBuilds' | 'ListBuildsForProject'
> = {
  BatchDeleteBuilds: operation('BatchDeleteBuilds', {
    note: 'complete; builds that have not ended stay, with the status code `IN_PROGRESS`, and others that are not there have `NOT_FOUND`',
    resources: ({ ids }, scope) => ids.flatMap((id) => projectOfBuild(id, scope)),
    async run({ ids }, call, { store }) {
      const named = [...new Set(ids)].map((named) => ({ named, id: buildId(call, named) }));
      const wanted = named.flatMap(({ id }) => id ?? []);
      const deleted = new Set(await store.builds.delete(call, wanted));
      const kept = new Set((await store.builds.findAll(call, wanted)).map(({ id }) => id));
      const notDeleted = named.filter(({ id = '' }) => !deleted.has(id));
      return {
        buildsDeleted: named.flatMap(({ named, id = '' }) => (deleted.has(id) ? [named] : [])),
        buildsNotDeleted: notDeleted.map(({ named, id = '' }) => ({
          id: named,
          statusCode: kept.has(id) ? 'IN_PROGRESS' : 'NOT_FOUND',
        })),
      };
    },
  }),
  BatchGetBuilds: operation('BatchGetBuilds', {
    note: 'complete, also for builds of pipelines; the source has the URL and not all that the project says of it',
    resources: ({ ids }, scope) => ids.flatMap((id) => projectOfBuild(id, scope)),
    async run({ ids }, call, { store }) {
      const named = [...new Set(ids)].map((named) => ({ named, id: buildId(call, named) }));
      const wanted = named.flatMap(({ id }) => id ?? []);
      const shown = await inTurns(wanted, async (some) => (await store.builds.findAll(call, some)).map(showBuild));
      const byId = new Map(shown.map((build) => [build.id, build]));
      const builds = named.map(({ named, id = '' }) => ({ named, build: byId.get(id) }));
      return {
        builds: builds.flatMap(({ build }) => build ?? []),
        buildsNotFound: builds.flatMap(({ named, build }) => (build ? [] : [named])),
      };
    },
  }),
  ListBuilds: operation('ListBuilds', {
    note: 'complete',
    resources: (_, scope) => everyProject(scope),
    run: (input, call, dependencies) => buildPage(input, call, dependencies),
  }),
  ListBuildsForProject: operation('ListBuildsForProject', {
    note: 'complete',
    resources: ({ projectName: name }, scope) => namedProject(name, scope),
    async run({ projectName: nameOrArn, ...input }, call, dependencies) {
      const project = projectName(call, nameOrArn);
      if (project === undefined) throw projectNotFound(call, nameOrArn);
      const page = await buildPage({ ...input, project }, call, dependencies);
      // The builds of a deleted project can still be listed.
      if (page.ids.length === 0 && !(await findProject(call, project, dependencies))) {
        throw projectNotFound(call, project);
      }
      return page;
    },
  }),
};

interface ListInput extends CodeBuild.ListBuildsInput {
  project?: string;
}

/** Returns a page of the ids of builds, by default from the newest. Throws InvalidInputException for a token of another list. */
async function buildPage(
  { nextToken: token, sortOrder = 'DESCENDING', project }: ListInput,
  scope: Scope,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<{ ids: string[]; nextToken?: string }> {
  const belongsTo = ['ListBuilds', scope.account, scope.region, sortOrder, project ?? ''];
  const after = readPageToken<number>(sealer, belongsTo, token, 'InvalidInputException');
  const rows = await store.builds.list(scope, { project, order: sortOrder, after, limit: pageSize + 1 });
  const { items, nextToken } = cutPage(rows, pageSize, ({ sequence }) => createPageToken(sealer, belongsTo, sequence));
  return { ids: items.map(({ id }) => id), nextToken };
}
