import type { CodeBuild } from '../../../contract/generated.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { createPageToken, readPageToken } from '../../page-token.ts';
import { inTurns } from './in-turns.ts';
import { reportArn } from './report-arn.ts';
import { statusOf } from './shown-report.ts';

/** Builds that one call reads at most: few of them may have reports. */
const mostRead = 50;

/** Where a page has ended: in the reports of the build with this sequence, after so many. */
interface Position {
  sequence?: number;
  taken: number;
}

/** Returns a page of the ARNs of reports, by default from the newest build. Throws InvalidInputException for a wrong token. */
export async function reportPage(
  { filter, maxResults = 100, nextToken: token, sortOrder = 'DESCENDING' }: CodeBuild.ListReportsInput,
  call: Call,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<CodeBuild.ListReportsOutput> {
  const belongsTo = ['ListReports', call.account, call.region, sortOrder, filter?.status ?? ''];
  const text = readPageToken<string>(sealer, belongsTo, token, 'InvalidInputException');
  const start: Position = text === undefined ? { taken: 0 } : (JSON.parse(text) as Position);
  const tokenAt = (position: Position) => createPageToken(sealer, belongsTo, JSON.stringify(position));
  const listed = await store.builds.list(call, { order: sortOrder, after: start.sequence, limit: mostRead });
  const found = await inTurns(listed, (some) =>
    store.builds.findAll(
      call,
      some.map(({ id }) => id),
    ),
  );
  const byId = new Map(found.map((build) => [build.id, build]));
  const reports: string[] = [];
  let before: Position = start;
  for (const { id, sequence } of listed) {
    const build = byId.get(id);
    if (!build) continue;
    const arns = build.reports
      .filter((report) => filter?.status === undefined || statusOf(report) === filter.status)
      .map((report) => reportArn(build, report))
      .slice(before.taken);
    const room = maxResults - reports.length;
    reports.push(...arns.slice(0, room));
    if (arns.length > room) return { reports, nextToken: tokenAt({ ...before, taken: before.taken + room }) };
    before = { sequence, taken: 0 };
  }
  return { reports, nextToken: listed.length < mostRead ? undefined : tokenAt(before) };
}
