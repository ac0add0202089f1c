import type { CodeBuild } from '../../../contract/generated.ts';
import type { StoredResource } from '../../../model/resource.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';

const pageSize = 100;

type Position = [value: string | number, name: string];

/** Returns a page of the names of projects. Throws InvalidInputException for a token of another listing. */
export async function projectPage(
  { sortBy = 'NAME', sortOrder = 'ASCENDING', nextToken: token }: CodeBuild.ListProjectsInput,
  call: Call,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<CodeBuild.ListProjectsOutput> {
  const belongsTo = ['ListProjects', call.account, call.region, sortBy, sortOrder];
  const text = readPageToken<string>(sealer, belongsTo, token, 'InvalidInputException');
  const after = text === undefined ? undefined : (JSON.parse(text) as Position);
  const direction = sortOrder === 'ASCENDING' ? 1 : -1;
  const inOrder = (left: Position, right: Position) => direction * compare(left, right);
  const positions = (await store.resources.names(call, 'Project'))
    .map((project): Position => [sortValue(project, sortBy), project.name])
    .filter((position) => after === undefined || inOrder(position, after) > 0)
    .sort(inOrder);
  const { items, nextToken } = cutPage(positions, pageSize, (last) =>
    createPageToken(sealer, belongsTo, JSON.stringify(last)),
  );
  return { projects: items.map(([, name]) => name), nextToken };
}

function sortValue(
  { name, createdAt, updatedAt }: Pick<StoredResource, 'name' | 'createdAt' | 'updatedAt'>,
  sortBy: CodeBuild.ProjectSortByType,
) {
  if (sortBy === 'NAME') return name;
  return sortBy === 'CREATED_TIME' ? createdAt : updatedAt;
}

function compare([left, leftName]: Position, [right, rightName]: Position): number {
  if (left !== right) return left < right ? -1 : 1;
  return leftName === rightName ? 0 : leftName < rightName ? -1 : 1;
}
