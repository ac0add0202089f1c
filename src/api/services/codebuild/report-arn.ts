import type { Build, BuildReport } from '../../../model/build.ts';
import type { Scope } from '../../../model/pipeline.ts';

/** Returns the name of the group of a report, which begins with the project unless the buildspec names the group by its ARN. */
function groupOf(project: string, name: string): string {
  return name.startsWith('arn:') ? (name.split(':report-group/')[1] ?? name) : `${project}-${name}`;
}

/** Returns the ARN of a report of a build: its group and the UUID of the build. */
export function reportArn(
  { id, scope: { account, region } }: Pick<Build, 'id' | 'scope'>,
  { name }: BuildReport,
): string {
  const [project = '', uuid] = id.split(':');
  return `arn:aws:codebuild:${region}:${account}:report/${groupOf(project, name)}:${uuid}`;
}

/** Returns the ARN of the group of a report. */
export function reportGroupArn({ account, region }: Scope, project: string, { name }: BuildReport): string {
  return `arn:aws:codebuild:${region}:${account}:report-group/${groupOf(project, name)}`;
}

const arnShape = /^arn:aws[\w-]*:codebuild:([a-z0-9-]+):(\d{12}):report\/([^:/]{1,300}):([^:/]{1,100})$/;

/**
 * Returns the ids that the build of a report can have: the name of its project is the beginning of that of the group, which
 * may end at any hyphen. Undefined if the ARN is none of a report in the account and Region.
 */
export function buildsOfReport({ account, region }: Scope, arn: string): string[] | undefined {
  const [, inRegion, ofAccount, group = '', uuid] = arnShape.exec(arn) ?? [];
  if (inRegion !== region || ofAccount !== account) return undefined;
  const parts = group.split('-');
  return parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('-')}:${uuid}`);
}

/** Returns the ARN by which policies name a report: that of its group. */
export function groupArnOfReport(arn: string): string {
  return arn.replace(/:report\/([^:]*).*$/, ':report-group/$1');
}
