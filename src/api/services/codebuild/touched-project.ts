import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { projectArn, projectName } from '../../../projects/project.ts';

/** A project, named by its name or ARN, judged with its tags. */
export function namedProject(nameOrArn: string, scope: Scope): TouchedResource[] {
  const name = projectName(scope, nameOrArn);
  return name === undefined
    ? [{ arn: nameOrArn }]
    : [{ arn: projectArn(scope, name), tagged: { kind: 'project', name } }];
}

/** Every project of the account and Region. */
export function everyProject(scope: Scope): TouchedResource[] {
  return [{ arn: projectArn(scope, '*') }];
}
