import type { Build, BuildReport } from '../../../model/build.ts';

/** Returns the ARN of a report of a build, whose group is named after the project, and which has the UUID of the build. */
export function reportArn(
  { id, scope: { account, region } }: Pick<Build, 'id' | 'scope'>,
  { name }: BuildReport,
): string {
  const [project, uuid] = id.split(':');
  // A buildspec may name a group by its ARN.
  const group = name.startsWith('arn:') ? (name.split(':report-group/')[1] ?? name) : `${project}-${name}`;
  return `arn:aws:codebuild:${region}:${account}:report/${group}:${uuid}`;
}
