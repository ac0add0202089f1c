import { ServiceError } from '../../../contract/errors.ts';
import type { CodeBuild } from '../../../contract/generated.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { StoredResource } from '../../../model/resource.ts';
import { findProjectMistakes } from '../../../projects/find-mistakes.ts';
import { type BuildProject, projectArn, projectName } from '../../../projects/project.ts';
import type { Dependencies } from '../../dependencies.ts';

/** Throws InvalidInputException with everything that is wrong with a project. */
export function checkProject(
  project: BuildProject,
  { assumableRoles }: Pick<Dependencies['settings'], 'assumableRoles'>,
): void {
  const messages = findProjectMistakes(project).map(({ message }) => message);
  if (messages.length === 0 && assumableRoles && !assumableRoles.has(project.serviceRole)) {
    // Terraform tries again if it reads this text, since roles take a while at AWS.
    messages.push(`CodeBuild is not authorized to perform: sts:AssumeRole on ${project.serviceRole}`);
  }
  if (messages.length > 0) throw new ServiceError('InvalidInputException', messages.join('; '));
}

/** Returns ResourceNotFoundException. */
export function projectNotFound(scope: Scope, nameOrArn: string): ServiceError {
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : projectArn(scope, nameOrArn);
  return new ServiceError('ResourceNotFoundException', `Project cannot be found: ${arn}`);
}

/** Finds a project by its name or ARN; undefined if there is none in the account and Region. */
export async function findProject(
  scope: Scope,
  nameOrArn: string,
  { store }: Pick<Dependencies, 'store'>,
): Promise<StoredResource | undefined> {
  const name = projectName(scope, nameOrArn);
  return name === undefined ? undefined : store.resources.find(scope, 'Project', name);
}

/** What policies see of the tags in a request. */
export function tagsAsConditions(tags: CodeBuild.Tag[] = []): { key: string; value: string }[] {
  return tags.map(({ key = '', value = '' }) => ({ key, value }));
}
